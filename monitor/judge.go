package monitor

import (
	"time"

	"moorage"
)

// unhealthyAfter is how many checks in a row have to fail: one may have met a
// server that was busy, or a network that was.
const unhealthyAfter = 2

// look is what one look at what runs of a server has found.
type look struct {
	server     moorage.ServerID
	deployment moorage.DeploymentID
	oldest     time.Time     // when the first of its instances started
	took       time.Duration // of the slowest answer; 0: there was none
	why        string        // an instance did not answer; "": all did
}

// judge says how a server is after a look at it, from what was known before. What
// was known of another deployment, or of instances that have gone, counts for
// nothing.
func judge(was moorage.Health, l look, now time.Time) moorage.Health {
	if was.Deployment != l.deployment || was.CheckedAt.Before(l.oldest) {
		was = moorage.Health{State: moorage.HealthHealthy, Since: now}
	}
	is := moorage.Health{ServerID: l.server, Deployment: l.deployment, State: moorage.HealthHealthy, Since: was.Since, CheckedAt: now, Took: l.took, Why: l.why}
	if l.why != "" {
		is.Failures = was.Failures + 1
	}
	if is.Failures >= unhealthyAfter {
		is.State = moorage.HealthUnhealthy
	}
	if is.State != was.State {
		is.Since = now
	}
	return is
}

// fail says that a server is failing, whatever a look at it has found.
func fail(is moorage.Health, t moorage.Trouble, now time.Time) moorage.Health {
	if is.State != moorage.HealthFailing {
		is.State, is.Since = moorage.HealthFailing, now
	}
	is.Why, is.Until = t.Why, t.Until
	return is
}

// absolve says that a server does not fail any more: what it is like, the next
// look finds out.
func absolve(is moorage.Health, now time.Time) moorage.Health {
	return moorage.Health{ServerID: is.ServerID, Deployment: is.Deployment, State: moorage.HealthHealthy, Since: now, CheckedAt: is.CheckedAt, Took: is.Took}
}
