package deploy_test

import (
	"slices"
	"testing"

	"moorage"
	"moorage/deploy"
)

func TestTheLiveDeploymentSaysHowItStarts(t *testing.T) {
	r := newRig(t)
	live := deploy.Live{Database: r.db, Box: r.box}
	if _, _, err := live.LiveSpec(r.ctx, r.server.ID); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("before the first deployment: %v", err)
	}
	r.variable("HARBOUR_KEY", "open sesame", true)
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusLive)
	spec, secrets, err := live.LiveSpec(r.ctx, r.server.ID)
	must(t, err)
	if spec.Deployment != d.ID || spec.Image != d.Image.ID || spec.Run.Transport != moorage.TransportStdio || spec.Env["HARBOUR_KEY"] != "open sesame" {
		t.Errorf("it starts as deployment %s of image %s", spec.Deployment, spec.Image)
	}
	if !slices.Equal(secrets, []string{"open sesame"}) {
		t.Errorf("%d of its values are secret", len(secrets))
	}
}
