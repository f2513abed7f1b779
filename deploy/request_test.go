package deploy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"moorage"
	"moorage/builder"
	"moorage/runtime"
)

func TestARollbackUsesTheEarlierImageAndBuildsNothing(t *testing.T) {
	r := newRig(t)
	stop := r.run()
	first, second := r.deploy(), r.deploy()
	d, err := r.pipeline.Rollback(r.ctx, first.ID, r.user)
	must(t, err)
	back := r.settled(d.ID)
	r.wants(back, moorage.StatusLive)
	stop()
	if back.Image != first.Image || back.Commit != first.Commit || back.RollbackOf != first.ID || back.Trigger != moorage.TriggerRollback {
		t.Errorf("it is %+v", back)
	}
	if r.script.times("build") != 2 || r.script.times("fetch") != 2 {
		t.Error("something was cloned or built")
	}
	if r.path(d.ID) != wholePath {
		t.Errorf("it went %s", r.path(d.ID))
	}
	if !strings.Contains(r.text(d.ID), "nothing is built") {
		t.Errorf("the log does not say so:\n%s", r.text(d.ID))
	}
	r.wants(r.settled(second.ID), moorage.StatusRetired)
}

func TestARollbackIsRefusedInWords(t *testing.T) {
	r := newRig(t)
	r.run()
	first, second := r.deploy(), r.deploy()
	must(t, r.script.RemoveImage(r.ctx, first.Image))
	_, err := r.pipeline.Rollback(r.ctx, first.ID, r.user)
	if moorage.ErrorMessage(err) != "The image of this deployment is no longer kept." || moorage.ErrorNext(err) == "" {
		t.Errorf("without an image: %v", err)
	}
	if _, err = r.pipeline.Rollback(r.ctx, second.ID, r.user); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("to what is live: %v", err)
	}
	r.script.on("build", func(context.Context, builder.Progress) error { return errors.New("broken") })
	if _, err = r.pipeline.Rollback(r.ctx, r.deploy().ID, r.user); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("to what was never live: %v", err)
	}
}

func TestARetryOfAFailedPushBuildsNothing(t *testing.T) {
	r := newRig(t, withRegistry)
	r.run()
	r.script.on("push", func(context.Context, builder.Progress) error { return errors.New("registry is down") })
	failed := r.deploy()
	r.wants(failed, moorage.StatusFailed)
	if failed.Image.ID == "" || failed.Image.Ref != "moorage/greeter:"+string(failed.ID) {
		t.Fatalf("the image was not kept: %+v", failed.Image)
	}
	r.script.on("push", nil)
	d, err := r.pipeline.Retry(r.ctx, failed.ID, r.user)
	must(t, err)
	again := r.settled(d.ID)
	r.wants(again, moorage.StatusLive)
	if r.script.times("build") != 1 || r.script.times("push") != 2 || again.Image.Digest == "" {
		t.Errorf("built %d times, pushed %d times: %+v", r.script.times("build"), r.script.times("push"), again.Image)
	}
	if _, err := r.pipeline.Retry(r.ctx, d.ID, r.user); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("what is live is tried again: %v", err)
	}
}

func TestARetryBuildsWhenTheConfigurationHasChanged(t *testing.T) {
	r := newRig(t)
	r.run()
	r.script.on("probe", func(context.Context, builder.Progress) error { return errors.New("silence") })
	failed := r.deploy()
	r.wants(failed, moorage.StatusFailed)
	r.script.on("probe", nil)
	c := stdio()
	c.Build.Context = "server"
	r.configure(c)
	d, err := r.pipeline.Retry(r.ctx, failed.ID, r.user)
	must(t, err)
	r.wants(r.settled(d.ID), moorage.StatusLive)
	if r.script.times("build") != 2 {
		t.Errorf("built %d times", r.script.times("build"))
	}
}

func TestARetryTakesTheRunSettingsOfToday(t *testing.T) {
	r := newRig(t)
	r.run()
	r.script.on("probe", func(context.Context, builder.Progress) error { return errors.New("silence") })
	failed := r.deploy()
	r.script.on("probe", nil)
	c := stdio()
	c.Run.WritableRoot = true
	r.configure(c)
	d, err := r.pipeline.Retry(r.ctx, failed.ID, r.user)
	must(t, err)
	again := r.settled(d.ID)
	r.wants(again, moorage.StatusLive)
	if r.script.times("build") != 1 || !again.Config.Run.WritableRoot {
		t.Errorf("built %d times, runs with %+v", r.script.times("build"), again.Config.Run)
	}
}

func TestARedeployHasTheOldBranchAndTheConfigurationOfToday(t *testing.T) {
	r := newRig(t)
	source := r.server.Source
	source.Ref = "v1.2"
	d, err := r.pipeline.Enqueue(r.ctx, moorage.Deployment{ServerID: r.server.ID, CreatedBy: r.user, Source: source, Config: stdio()})
	must(t, err)
	r.configure(overHTTP())
	again, err := r.pipeline.Redeploy(r.ctx, d.ID, r.user)
	must(t, err)
	if again.Source.Ref != "v1.2" || again.Config.Run.Transport != moorage.TransportHTTP || again.Trigger != moorage.TriggerRedeploy {
		t.Errorf("it is %+v", again)
	}
}

func TestFiveImagesAreKeptAndTheLiveOneAlways(t *testing.T) {
	r := newRig(t)
	r.script.exit = &runtime.Exit{Code: 1}
	stop := r.run()
	live := r.deploy()
	r.script.on("probe", func(context.Context, builder.Progress) error { return errors.New("silence") })
	var failed []moorage.Deployment
	for range 7 {
		failed = append(failed, r.deploy())
	}
	stop() // the images were pruned
	kept, err := r.db.KeptImages(r.ctx, r.server.ID)
	must(t, err)
	names := map[moorage.DeploymentID]bool{}
	for _, d := range kept {
		names[d.ID] = true
	}
	if !names[live.ID] || names[failed[0].ID] || names[failed[1].ID] || !names[failed[6].ID] {
		t.Errorf("kept: %v", names)
	}
	for _, d := range failed[:2] {
		if there, _ := r.script.HasImage(r.ctx, d.Image); there {
			t.Errorf("the image of %s is still there", d.ID)
		}
	}
}

func TestTheTokenGoesToTheConfiguredGitHubOnly(t *testing.T) {
	for origin, want := range map[string]string{
		"https://github.example":       "ghp_0123456789abcdef",
		"https://elsewhere.example":    "",
		"http://github.example":        "",
		"https://github.example:8443":  "",
		"https://github.example.evil":  "",
		"https://evil@github.example2": "",
	} {
		t.Run(origin, func(t *testing.T) {
			r := newRig(t)
			r.script.github = "ghp_0123456789abcdef"
			r.script.on("fetch", func(_ context.Context, p builder.Progress) error {
				p.Write(1, moorage.StreamStderr, r.server.CreatedAt, []byte("auth ghp_0123456789"))
				p.Write(1, moorage.StreamStderr, r.server.CreatedAt, []byte("abcdef refused\n"))
				return nil
			})
			r.run()
			source := r.server.Source
			source.RepoURL = origin + "/ada/greeter"
			d, err := r.pipeline.Enqueue(r.ctx, moorage.Deployment{ServerID: r.server.ID, CreatedBy: r.user, Source: source, Config: stdio()})
			must(t, err)
			r.wants(r.settled(d.ID), moorage.StatusLive)
			if r.script.token != want {
				t.Errorf("the clone was given %q", r.script.token)
			}
			if masked := !strings.Contains(r.text(d.ID), "ghp_"); masked != (want != "") {
				t.Errorf("the log says:\n%s", r.text(d.ID))
			}
		})
	}
}

func TestWhatNobodyHasPlannedIsPlannedAndRemembered(t *testing.T) {
	r := newRig(t)
	r.configure(moorage.Config{Run: moorage.RunConfig{Network: moorage.NetworkInternet}})
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if d.Error != "The server needs the variable PLANNED_KEY, which is not set." {
		t.Errorf("it says %q", d.Error)
	}
	run := d.Config.Run
	if d.Config.Build.Dockerfile != "Dockerfile" || run.Transport != moorage.TransportStdio || run.Network != moorage.NetworkInternet {
		t.Errorf("it is built as %+v", d.Config)
	}
	if !strings.Contains(r.text(d.ID), "Builds Dockerfile. It is the only one.") {
		t.Errorf("the log does not say what was found:\n%s", r.text(d.ID))
	}
}
