package deploy_test

import (
	"testing"

	"moorage"
)

func TestTheReadmeIsKeptAlsoWhenAnEarlierImageIsUsedAgain(t *testing.T) {
	r := newRig(t)
	r.run()
	first := r.deploy()
	r.deploy()
	back, err := r.pipeline.Rollback(r.ctx, first.ID, r.user)
	must(t, err)
	r.settled(back.ID)
	for how, id := range map[string]moorage.DeploymentID{"cloned": first.ID, "rolled back": back.ID} {
		text, err := r.db.Readme(r.ctx, id)
		must(t, err)
		if text != "# Greeter\n" {
			t.Errorf("of the deployment that was %s it says %q", how, text)
		}
	}
}
