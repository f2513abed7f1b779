package moorage

import "testing"

func TestEveryStateReachesAnEndAndNoneLoops(t *testing.T) {
	var walk func(s DeploymentStatus, seen map[DeploymentStatus]bool)
	walk = func(s DeploymentStatus, seen map[DeploymentStatus]bool) {
		if seen[s] {
			t.Fatalf("%s comes round again", s)
		}
		seen[s] = true
		for _, next := range transitions[s] {
			if !next.Valid() {
				t.Errorf("%s leads to %q, which is no status", s, next)
			}
			branch := map[DeploymentStatus]bool{}
			for k := range seen {
				branch[k] = true
			}
			walk(next, branch)
		}
		if len(transitions[s]) == 0 && !s.Settled() {
			t.Errorf("%s ends nowhere and is not settled", s)
		}
	}
	for s := range transitions {
		walk(s, map[DeploymentStatus]bool{})
	}
}

func TestOnlyWhatTheTableAllows(t *testing.T) {
	for _, tt := range []struct {
		from, to DeploymentStatus
		want     bool
	}{
		{StatusQueued, StatusCloning, true},
		{StatusQueued, StatusSuperseded, true},
		{StatusQueued, StatusLive, false},
		{StatusProbing, StatusLive, true},
		{StatusStarting, StatusLive, false},
		{StatusLive, StatusRetired, true},
		{StatusLive, StatusFailed, false},
		{StatusFailed, StatusQueued, false},
		{"nonsense", StatusQueued, false},
	} {
		if got := tt.from.CanBecome(tt.to); got != tt.want {
			t.Errorf("%s → %s: %t, want %t", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestARunningDeploymentCanAlwaysFailAndBeCancelled(t *testing.T) {
	for s := range transitions {
		if s.Running() && (!s.CanBecome(StatusFailed) || !s.CanBecome(StatusCancelled)) {
			t.Errorf("%s can get stuck", s)
		}
	}
}
