package deploy_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moorage"
)

func TestARealBuildThatHangsEndsAtItsDeadline(t *testing.T) {
	word := fmt.Sprint("until the deadline of ", time.Now().UnixNano())
	r := newEngineRig(t, fmt.Sprintf("FROM scratch\nCOPY --chmod=755 server /server\nRUN [\"/server\", \"linger\", %q]\n", word))
	r.pipeline.BuildTimeout = 10 * time.Second
	r.run()
	id := r.enqueue()
	r.prints(id, "this will take a while")
	if !runsOnThisMachine(t, word) {
		t.Fatal("the process of the build is not to be seen: the engine is on another machine")
	}
	d := r.settled(id)
	r.wants(d, moorage.StatusFailed)
	if want := "Building took longer than 10 seconds."; d.Error != want {
		t.Errorf("it says %q, not %q", d.Error, want)
	}
	r.stepsEnded(d.ID)
	for deadline := time.Now().Add(20 * time.Second); runsOnThisMachine(t, word); {
		if time.Now().After(deadline) {
			t.Fatal("the process of the build outlives its deadline")
		}
	}
}

// runsOnThisMachine reports whether a process was started with a word: what
// BuildKit runs is no container that the engine would list.
func runsOnThisMachine(t *testing.T, word string) bool {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	for _, file := range found {
		line, err := os.ReadFile(file) // fails when it has ended meanwhile
		if err == nil && bytes.Contains(line, []byte("linger\x00"+word)) {
			return true
		}
	}
	return false
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
