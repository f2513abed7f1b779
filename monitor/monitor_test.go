package monitor

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moorage"
)

// harbour is what runs and what was written down, as a test has it.
type harbour struct {
	mu       sync.Mutex
	running  []moorage.Running
	says     map[moorage.InstanceID]error
	asked    map[moorage.InstanceID]int
	read     map[moorage.InstanceID]int
	troubles map[moorage.DeploymentID]moorage.Trouble
	health   map[moorage.ServerID]moorage.Health
	checks   []moorage.HealthCheck
	observed []moorage.OfferKind
	swept    int
	news     chan struct{}
}

func (h *harbour) Running() []moorage.Running {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.running)
}

func (h *harbour) Check(_ context.Context, id moorage.InstanceID) (time.Duration, error) {
	time.Sleep(3 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked[id]++
	return 3 * time.Millisecond, h.says[id]
}

func (h *harbour) Lists(_ context.Context, id moorage.InstanceID) (map[moorage.OfferKind][]moorage.Offer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.read[id]++
	for n := range h.running {
		if h.running[n].Instance == id {
			h.running[n].Unread = false
		}
	}
	return map[moorage.OfferKind][]moorage.Offer{moorage.OfferTool: nil}, nil
}

func (h *harbour) Troubles() map[moorage.DeploymentID]moorage.Trouble {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.troubles
}

func (h *harbour) Judgements(context.Context) ([]moorage.Health, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []moorage.Health
	for _, one := range h.health {
		list = append(list, one)
	}
	return list, nil
}

func (h *harbour) RecordHealth(_ context.Context, found []moorage.Health, checks []moorage.HealthCheck) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range found {
		h.health[one.ServerID] = one
	}
	h.checks = append(h.checks, checks...)
	return nil
}

func (h *harbour) SweepHealth(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.swept++
	return nil
}

func (h *harbour) Observe(_ context.Context, _ moorage.DeploymentID, kind moorage.OfferKind, _ []moorage.Offer) (moorage.HeldSet, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.observed = append(h.observed, kind)
	return nil, nil
}

// starts lets an instance run from now on.
func (h *harbour) starts(server, instance string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = append(h.running, moorage.Running{ServerID: moorage.ServerID(server), Deployment: moorage.DeploymentID("of " + server),
		Instance: moorage.InstanceID(instance), StartedAt: time.Now(), Unread: true})
	h.ring()
}

// answers says what an instance answers from now on.
func (h *harbour) answers(instance moorage.InstanceID, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.says[instance] = err
}

func (h *harbour) ring() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// after lets time pass, and then looks at what became of it.
func (h *harbour) after(d time.Duration, look func()) {
	time.Sleep(d)
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	look()
}

// want is for a look.
func (h *harbour) want(t *testing.T, server moorage.ServerID, state moorage.HealthState, failures int) {
	t.Helper()
	if is := h.health[server]; is.State != state || is.Failures != failures {
		t.Errorf("%s is %q after %d failures, want %q after %d", server, is.State, is.Failures, state, failures)
	}
}

// watched runs a test beside a monitor, in a time of its own.
func watched(t *testing.T, test func(t *testing.T, h *harbour)) {
	synctest.Test(t, func(t *testing.T) {
		h := &harbour{says: map[moorage.InstanceID]error{}, asked: map[moorage.InstanceID]int{}, read: map[moorage.InstanceID]int{},
			troubles: map[moorage.DeploymentID]moorage.Trouble{}, health: map[moorage.ServerID]moorage.Health{}, news: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			New(Options{Instances: h, News: h.news, Records: h, Logger: slog.New(slog.DiscardHandler), Now: time.Now}).Run(ctx)
		}()
		test(t, h)
		cancel()
		<-ended
	})
}

const (
	soon  = 1100 * time.Millisecond // longer than from the start of an instance to the first look at it
	round = 34 * time.Second        // longer than from one look at everything to the next
)

var silent = moorage.Errorf(moorage.Unavailable, "The server did not answer ping within 5 seconds.")

func TestWhatStartsIsAskedSoonAndThenAgainAndAgain(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		h.starts("weather", "one")
		h.after(soon, func() {
			h.want(t, "weather", moorage.HealthHealthy, 0)
			if h.asked["one"] != 1 || h.read["one"] != 1 || len(h.checks) != 1 || h.checks[0].Took != 3*time.Millisecond {
				t.Errorf("asked %v, read %v, found %+v", h.asked, h.read, h.checks)
			}
		})
		h.ring() // of something else
		h.after(soon, func() {
			if h.asked["one"] != 1 {
				t.Errorf("asked %d times", h.asked["one"])
			}
		})
		h.after(10*time.Minute, func() {
			if n := h.asked["one"]; n < 18 || n > 23 {
				t.Errorf("asked %d times in ten minutes", n)
			}
			if h.read["one"] != 1 || h.swept != 1 {
				t.Errorf("read %d times, swept %d times", h.read["one"], h.swept)
			}
		})
	})
}

func TestAServerIsUnhealthyAfterTwoFailuresInARowAndHealthyAfterOneAnswer(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		h.answers("one", silent)
		h.starts("weather", "one")
		h.after(soon, func() { h.want(t, "weather", moorage.HealthHealthy, 1) })
		h.after(round, func() {
			h.want(t, "weather", moorage.HealthUnhealthy, 2)
			if is := h.health["weather"]; is.Why != "The server did not answer ping within 5 seconds." || is.Took != 0 {
				t.Errorf("it is %+v", is)
			}
		})
		h.answers("one", nil)
		h.after(round, func() {
			h.want(t, "weather", moorage.HealthHealthy, 0)
			if last := h.checks[len(h.checks)-1]; last.State != moorage.HealthHealthy || last.Error != "" {
				t.Errorf("the last look has found %+v", last)
			}
		})
	})
}

func TestAServerIsNoBetterThanTheWorstOfItsInstances(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		h.answers("one", silent)
		h.starts("weather", "one")
		time.Sleep(2 * round)
		h.starts("weather", "two") // which answers
		h.after(soon, func() {
			if h.health["weather"].State != moorage.HealthUnhealthy || h.asked["two"] != 1 {
				t.Errorf("it is %+v", h.health["weather"])
			}
		})
	})
}

func TestWhatHasGoneMeanwhileSaysNothing(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		h.answers("one", moorage.Errorf(moorage.Conflict, "This server is being replaced or stopped."))
		h.starts("weather", "one")
		h.after(2*round, func() {
			if len(h.checks) > 0 || h.read["one"] > 0 {
				t.Errorf("found %+v, read %v", h.checks, h.read)
			}
		})
	})
}

func TestANewInstanceBeginsWithoutTheFailuresOfThoseBefore(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		h.answers("one", silent)
		h.answers("two", silent)
		h.starts("weather", "one")
		h.after(2*round, func() {
			h.want(t, "weather", moorage.HealthUnhealthy, h.asked["one"])
			h.running = nil
		})
		h.starts("weather", "two")
		h.after(soon, func() { h.want(t, "weather", moorage.HealthHealthy, 1) })
	})
}

func TestOfOneDeploymentOneInstanceIsReadInASecond(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		for _, instance := range []string{"one", "two", "three"} {
			h.starts("weather", instance)
		}
		h.starts("time", "four")
		h.after(soon, func() {
			if len(h.observed) != 2 || h.read["four"] != 1 {
				t.Errorf("read %v", h.read)
			}
		})
		h.after(2*round, func() {
			if len(h.observed) != 4 {
				t.Errorf("read %v in the end", h.read)
			}
		})
	})
}

func TestAServerThatEndsAgainAndAgainIsFailingUntilItDoesNot(t *testing.T) {
	watched(t, func(t *testing.T, h *harbour) {
		end := func(ends int) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.troubles = map[moorage.DeploymentID]moorage.Trouble{"of weather": {ServerID: "weather", Ends: ends, Why: "The server ended with exit code 7.", Until: time.Now().Add(5 * time.Minute)}}
			h.ring()
		}
		end(9)
		h.after(0, func() {
			if len(h.health) > 0 {
				t.Errorf("it is %+v", h.health)
			}
		})
		end(10)
		h.after(0, func() { // at once
			h.want(t, "weather", moorage.HealthFailing, 0)
			if is := h.health["weather"]; is.Why != "The server ended with exit code 7." || !is.Until.Equal(time.Now().Add(5*time.Minute)) || !is.Since.Equal(time.Now()) {
				t.Errorf("it is %+v", is)
			}
		})
		h.starts("weather", "one") // an answer does not make up for that
		h.after(soon, func() {
			h.want(t, "weather", moorage.HealthFailing, 0)
			h.troubles = nil
		})
		h.after(round, func() { h.want(t, "weather", moorage.HealthHealthy, 0) })
	})
}
