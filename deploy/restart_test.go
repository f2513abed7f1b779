package deploy_test

import (
	"testing"

	"moorage"
)

func TestARestartTakesTheVariablesAndSettingsOfTodayAndBuildsNothing(t *testing.T) {
	r := newRig(t)
	r.run()
	first := r.deploy()
	r.variable("API_KEY", "brand-new", true)
	c := stdio()
	c.Run.WritableRoot = true
	r.configure(c)
	d, err := r.pipeline.Restart(r.ctx, first.ID, r.user)
	must(t, err)
	again := r.settled(d.ID)
	r.wants(again, moorage.StatusLive)
	r.wants(r.settled(first.ID), moorage.StatusRetired)
	if r.script.times("build") != 1 || !again.Config.Run.WritableRoot || r.script.env["API_KEY"] != "brand-new" {
		t.Errorf("built %d times, runs with %+v and %v", r.script.times("build"), again.Config.Run, r.script.env)
	}
	if _, err := r.pipeline.Restart(r.ctx, first.ID, r.user); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("what is not live was restarted: %v", err)
	}
}
