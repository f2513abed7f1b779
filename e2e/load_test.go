package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	crowd  = 200 // clients at once
	loners = 4   // of them, whose capabilities get them a server of their own
)

// load is what the crowd has been through.
type load struct {
	h     *home
	token string
	seed  uint64
	http  *http.Client

	answered, cancelled, left atomic.Int64
}

// Every client counts its requests and its progress tokens from one; only the
// name that it gives tells whose answer it gets. MOORAGE_LOAD_CALLS is how many
// calls all of them make together.
func TestNobodyInACrowdGetsAnothersAnswer(t *testing.T) {
	h := start(t, "MOORAGE_IDLE_TIMEOUT=2s")
	p := program{t, h, h.token()}
	p.live("example:greeter", "greeter")
	seed := number(t, "MOORAGE_CHAOS_SEED", uint64(time.Now().UnixNano()))
	t.Logf("MOORAGE_CHAOS_SEED=%d", seed)
	l := &load{h: h, token: p.token, seed: seed, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}}}
	l.gather(t, crowd/10, 1) // what is made once is made before it is counted
	h.nothingRuns()
	before := h.settledMeasures()

	calls := int(number(t, "MOORAGE_LOAD_CALLS", 20_000))
	began := time.Now()
	l.gather(t, crowd, calls/crowd)
	t.Logf("%d calls answered, %d cancelled, %d left alone in %s", l.answered.Load(), l.cancelled.Load(), l.left.Load(), time.Since(began).Round(time.Millisecond))

	h.nothingRuns()
	h.backTo(before)
}

// gather lets so many clients make so many calls each, and leave.
func (l *load) gather(t *testing.T, clients, calls int) {
	t.Helper()
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			if err := l.visit(t.Context(), n, calls); err != nil {
				t.Errorf("client %d: %v", n, err)
			}
		})
	}
	all.Wait()
	l.http.CloseIdleConnections()
}

// visit is one client from its first word to its last.
func (l *load) visit(ctx context.Context, n, calls int) error {
	d := &dialogue{http: l.http, endpoint: l.h.endpoint("greeter"), token: l.token, modern: n%2 == 1}
	capabilities := `{}`
	if n < 2*loners && !d.modern {
		capabilities = `{"roots":{}}`
	}
	if err := d.hello(ctx, capabilities); err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	dice := rand.New(rand.NewPCG(l.seed, uint64(n)))
	for call := range calls {
		if err := l.once(ctx, d, dice, fmt.Sprintf("client %d call %d %x", n, call, dice.Uint64())); err != nil {
			return fmt.Errorf("call %d: %w", call, err)
		}
	}
	return d.bye(ctx)
}

// once makes one call: most are waited for, some are cancelled, and from some
// the client goes away.
func (l *load) once(ctx context.Context, d *dialogue, dice *rand.Rand, nonce string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	switch fate := dice.IntN(100); {
	case fate < 2:
		l.cancelled.Add(1)
		return l.cancel(ctx, d)
	case fate < 7:
		l.left.Add(1)
		return l.leave(ctx, d, nonce, time.Duration(dice.IntN(5000))*time.Microsecond)
	}
	l.answered.Add(1)
	answer, err := d.call(ctx, "greet", fmt.Sprintf(`{"name":%q}`, nonce))
	if err == nil && answer.text() != "Hello, "+nonce+"." {
		return fmt.Errorf("%q gets %q %+v", nonce, answer.text(), answer.Error)
	}
	return err
}

// cancel asks for something long, and takes it back after the first step: by a
// word in the legacy era, by going away in the modern one.
func (l *load) cancel(ctx context.Context, d *dialogue) error {
	res, err := d.begin(ctx, "countdown", `{"from":100,"pause":5000}`)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return d.read(res, func(s said) bool {
		if s.Method != "notifications/progress" {
			return true
		}
		if d.modern {
			return false
		}
		if told := d.tell(ctx, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, d.ids)); told != nil {
			err = errors.Join(err, told)
		}
		return err == nil
	})
}

// leave asks for something and goes away, perhaps before there is an answer.
func (l *load) leave(ctx context.Context, d *dialogue, nonce string, after time.Duration) error {
	hurried, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	answer, err := d.call(hurried, "greet", fmt.Sprintf(`{"name":%q}`, nonce))
	if err == nil && !strings.Contains(answer.text(), nonce) {
		return fmt.Errorf("%q gets %q %+v", nonce, answer.text(), answer.Error)
	}
	if hurried.Err() != nil {
		return ctx.Err()
	}
	return err
}

// measures are what a process must not have more of after a crowd than before.
type measures struct{ goroutines, descriptors float64 }

// slack is what comes and goes by itself: connections to the database, and to us.
var slack = measures{goroutines: 5, descriptors: 5}

func (h *home) measures() (m measures) {
	h.t.Helper()
	_, text := h.get("/metrics", "")
	for name, into := range map[string]*float64{"go_goroutines": &m.goroutines, "process_open_fds": &m.descriptors} {
		_, rest, found := strings.Cut(text, "\n"+name+" ")
		value, _, _ := strings.Cut(rest, "\n")
		var err error
		if *into, err = strconv.ParseFloat(value, 64); err != nil || !found {
			h.t.Fatalf("/metrics does not tell %s: %v", name, err)
		}
	}
	return m
}

// settledMeasures waits until two looks in a row are alike.
func (h *home) settledMeasures() (m measures) {
	h.t.Helper()
	eventually(h.t, "the measures of an idle Moorage are steady", func() bool {
		last := m
		m = h.measures()
		return m == last
	})
	return m
}

// backTo waits until there is no more than there was.
func (h *home) backTo(before measures) {
	h.t.Helper()
	var now measures
	within(h.t, 2*patience, fmt.Sprintf("there is no more than before (%+v)", before), func() bool {
		now = h.measures()
		return now.goroutines <= before.goroutines+slack.goroutines && now.descriptors <= before.descriptors+slack.descriptors
	})
	h.t.Logf("before: %+v, after: %+v", before, now)
}
