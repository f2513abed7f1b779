package e2e

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// deed is a commit of the store on the way of a deployment, and how often at
// least it is made: when the source is built, when an earlier image is used
// again. 0: not at all.
type deed struct {
	name         string
	built, again int
	transport    string // of the server that it takes, or pushed; "": any
}

// deeds are those of a deployment that goes live. Half of the work that is not
// a commit is the engine's: it is done when the commit after it is reached.
var deeds = []deed{
	{"claim deployment", 1, 1, ""},
	{"begin step", 8, 3, ""},
	{"end step", 8, 3, ""},
	{"append to the log", 5, 3, ""},
	{"set commit", 1, 1, ""},
	{"set readme", 1, 1, ""},
	{"set config", 1, 0, ""},
	{"advance deployment", 4, 4, ""},
	{"set image", 2, 1, ""}, // built, pushed
	{"switch", 1, 1, ""},
	{"create instance", 1, 1, "http"},
	{"set instance status", 4, 4, "http"}, // two are taken up at the start; one drains and stops
	{"forget image", 1, 0, "http"},
}

// tidings are the deeds of a deployment that a push asks for, and of which GitHub
// is told: at least what it is about, that it is live, and that the one before is
// no longer.
var tidings = []deed{
	{"take push", 1, 0, pushed},
	{"set reported", 3, 0, pushed},
}

// repairs are the deeds of a restart that puts right what a kill has left.
var repairs = []string{"create deployment", "append to the log", "end deployment"}

// round is one deployment, and where Moorage is killed on its way: the first
// process, and if there is a second failpoint, also the one after it.
type round struct {
	failpoint string // of the summary
	first     string
	second    string
	transport string // of the server, or pushed
	built     bool
	overtaken bool // there is a newer commit than the one that is pushed
}

func (r round) String() string {
	how := "an image that is used again"
	if r.built {
		how = "a build"
	}
	if r.overtaken {
		how += " of a newer commit"
	}
	if r.second == "" {
		return fmt.Sprintf("kill %s, %s server, %s", r.first, r.transport, how)
	}
	return fmt.Sprintf("kill %s, then %s, %s server, %s", r.first, r.second, r.transport, how)
}

const (
	lanes      = 3 // data folders side by side
	keptImages = 5 // of a server: with one more, one is removed and forgotten
)

// killing is a run of the harness.
type killing struct {
	seed   uint64
	random *rand.Rand
	rounds int // for each failpoint
}

// newKilling reads MOORAGE_CHAOS_SEED, which repeats a run, and
// MOORAGE_CHAOS_ROUNDS.
func newKilling(t *testing.T) *killing {
	t.Helper()
	k := &killing{
		seed:   number(t, "MOORAGE_CHAOS_SEED", uint64(time.Now().UnixNano())),
		rounds: int(number(t, "MOORAGE_CHAOS_ROUNDS", 10)),
	}
	k.random = rand.New(rand.NewPCG(k.seed, 0))
	return k
}

func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(cmp.Or(os.Getenv(name), strconv.FormatUint(otherwise, 10)), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// plan deals the failpoints to the lanes, and shuffles the rounds of each. Those
// of a push alone have a third of the rounds: every failpoint is tried by pushes, too.
func (k *killing) plan() (dealt [lanes][]round) {
	next := 0
	deal := func(rounds int, make func() round) {
		for range rounds {
			dealt[next%lanes] = append(dealt[next%lanes], make())
		}
		next++
	}
	for _, when := range []string{"before ", "after "} {
		for _, d := range deeds {
			deal(k.rounds, func() round { return k.round(when, d) })
		}
		for _, d := range tidings {
			deal((k.rounds+2)/3, func() round { return k.round(when, d) })
		}
		for _, repair := range repairs {
			deal(k.rounds, func() round { return k.repair(when+repair, "") })
		}
		deal((k.rounds+2)/3, func() round { return k.tiding(when + "set reported") })
	}
	for _, rounds := range dealt {
		k.random.Shuffle(len(rounds), func(i, j int) { rounds[i], rounds[j] = rounds[j], rounds[i] })
	}
	return dealt
}

// repair is a round whose restart is killed, too.
func (k *killing) repair(second, transport string) round {
	// Not the first: what was not claimed is not interrupted.
	d := deeds[1+k.random.IntN(len(deeds)-4)]
	d.transport = transport
	r := k.round("before ", d)
	r.failpoint, r.second = second+" at the restart", second
	return r
}

// tiding is a round whose restart is killed when it tells GitHub: of the failure
// and of the retry, or of what went live before anybody could tell.
func (k *killing) tiding(second string) round {
	r := k.repair(second, pushed)
	if k.random.IntN(2) == 0 {
		r.first = "after switch"
	}
	r.second = fmt.Sprintf("%s@%d", second, 1+k.random.IntN(2))
	return r
}

// round chooses what the failpoint leaves open.
func (k *killing) round(when string, d deed) round {
	r := round{failpoint: when + d.name, transport: d.transport}
	if r.transport == "" {
		r.transport = []string{"http", "stdio", pushed}[k.random.IntN(3)]
	}
	r.built = d.again == 0 || r.transport == pushed || k.random.IntN(2) == 0
	r.overtaken = r.transport == pushed && k.random.IntN(3) == 0
	hits := d.again
	if r.built {
		hits = d.built
	}
	r.first = fmt.Sprintf("%s%s@%d", when, d.name, 1+k.random.IntN(hits))
	if k.random.IntN(5) == 0 && !once[d.name] {
		r.second = r.first // the retry is killed, too, if there is one
	}
	return r
}

// once are deeds that a retry has less of: it has its plan and its push already,
// and may have little to tell.
var once = map[string]bool{"set config": true, "take push": true, "set reported": true}

// TestAKillBetweenAnyTwoCommitsLosesNothing kills Moorage before and after each
// commit of a deployment, starts it again, and compares what is there with what
// has to be there.
func TestAKillBetweenAnyTwoCommitsLosesNothing(t *testing.T) {
	k := newKilling(t)
	fmt.Fprintf(os.Stderr, "kill harness: MOORAGE_CHAOS_SEED=%d, %d rounds for each failpoint\n", k.seed, k.rounds)
	for n, rounds := range k.plan() {
		t.Run(fmt.Sprintf("lane %d", n+1), func(t *testing.T) {
			l := newLane(t, openEngine(t), keptImages+1)
			l.follow()
			for i, r := range rounds {
				l.play(r)
				if t.Failed() {
					t.Fatalf("Round %d of %d: %s. MOORAGE_CHAOS_SEED=%d repeats it.", i+1, len(rounds), r, k.seed)
				}
			}
			l.sum(t)
		})
	}
}
