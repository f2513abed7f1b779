package deploy_test

import (
	"io"
	"strings"
	"sync"
	"testing"

	"moorage"
	"moorage/runtime"
	"moorage/secrets"
)

func TestASecretThatIsSplitBetweenTheLogAndTheRunnerIsShownByNeither(t *testing.T) {
	for name, secret := range map[string]string{
		"of one line":   "kraken-7f3a9c",
		"of many lines": "BEGIN\nMIIEvQIBADANBg\nEND\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.configure(overHTTP())
			r.variable("HARBOUR_KEY", secret, true)
			r.script.warmed = make(chan runtime.Container, 1)
			r.run()
			masker := secrets.NewMasker([]string{secret}) // the runner's
			text := "its key is " + secret + ", it says\n"
			for cut := range len(text) + 1 {
				logged, handed := r.printsAcross(text[:cut], text[cut:])
				shown := strings.ReplaceAll(logged+masker.Mask(handed), "\n", "")
				if want := "its key is ***, it says"; shown != want {
					t.Errorf("split at %d: the log has %q and the runner gets %q", cut, logged, handed)
				}
			}
		})
	}
}

// printsAcross deploys an HTTP server that prints one text while it is probed
// and another after it was handed over. It returns what of both is in the log,
// and what the runner gets.
func (r *rig) printsAcross(before, after string) (logged, handed string) {
	r.t.Helper()
	r.script.output = before
	d := r.deploy()
	r.wants(d, moorage.StatusLive)
	c := <-r.script.warmed
	r.script.mu.Lock()
	to := r.script.containers[c.ID()].w
	r.script.mu.Unlock()
	var server sync.WaitGroup
	server.Go(func() {
		io.WriteString(to, after)
		to.Close()
	})
	rest, err := io.ReadAll(c.Output())
	must(r.t, err)
	server.Wait()
	for _, line := range r.lines(d.ID) {
		if line.Stream == moorage.StreamStderr {
			logged += line.Text + "\n"
		}
	}
	return logged, string(rest)
}
