package deploy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"moorage"
)

func TestARealBuildThatHangsEndsAtItsDeadline(t *testing.T) {
	r := newEngineRig(t, "FROM scratch\nCOPY --chmod=755 server /server\nRUN [\"/server\", \"linger\", \"until the deadline\"]\n")
	r.pipeline.BuildTimeout = 5 * time.Second
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if want := "Building took longer than 5 seconds."; d.Error != want {
		t.Errorf("it says %q, not %q", d.Error, want)
	}
	r.stepsEnded(d.ID)
}

// What is lost of a flood is lost at its end, with a word about it: of the engine,
// which clips what a step prints, or of the log, which is full.
func TestARealBuildThatFloodsLosesNothingWithoutAWord(t *testing.T) {
	const many = 1_000_000
	r := newEngineRig(t, fmt.Sprintf("FROM scratch\nCOPY --chmod=755 server /server\nRUN [\"/server\", \"flood\", \"%d\", %q]\nENTRYPOINT [\"/server\"]\n", many, time.Now()))
	r.variable("GREETER_KEY", "open-sesame-42", true)
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusLive)
	kept, word := 0, ""
	for line := range strings.Lines(r.text(d.ID)) {
		n, flood := 0, false
		if rest, ok := strings.CutPrefix(line, "flood "); ok {
			_, err := fmt.Sscan(rest, &n)
			flood = err == nil
		}
		switch {
		case strings.Contains(line, "output clipped"), strings.Contains(line, "This log is full"):
			word = line
		case flood && word == "" && n != kept+1:
			t.Fatalf("after line %d of the flood comes line %d", kept, n)
		case flood && word == "":
			kept = n
		}
	}
	if kept < 1000 || kept < many && word == "" {
		t.Errorf("%d lines of %d were kept, with the word %q", kept, many, word)
	}
}
