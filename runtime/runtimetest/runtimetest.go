// Package runtimetest is what every implementation of runtime.Runtime must
// pass. It speaks to an implementation through the contract alone.
package runtimetest

import (
	"io"
	"testing"
	"time"

	"moorage"
	"moorage/runtime"
)

// Subject is an implementation under test.
type Subject struct {
	// Image runs the program in testdata/guest, which is its entrypoint.
	Image string
	// Open returns a new Runtime for the same engine and the same data folder, as after a
	// restart of Moorage.
	Open func(t *testing.T) runtime.Runtime
}

// Run holds an implementation to the contract. The data folder of the subject
// must have no containers of anybody else.
func Run(t *testing.T, s Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"answers a ping":                                     ping,
		"carries stdin and stdout":                           carriesStdio,
		"ends stdin when it is closed":                       endsStdin,
		"keeps what is said on stderr":                       keepsStderr,
		"tells the exit code":                                tellsExitCode,
		"tells that memory ran out":                          tellsOOM,
		"tells what it uses":                                 tellsStats,
		"gives the variables":                                givesVariables,
		"serves HTTP":                                        servesHTTP,
		"outlives the context of Start":                      outlivesStart,
		"stops what ignores SIGTERM":                         stopsStubborn,
		"stops more than once":                               stopsTwice,
		"stops although the context has ended":               stopsWithoutContext,
		"waits no longer than its context":                   waitBounded,
		"carries much on stdout while stderr is flooded":     carriesFlood,
		"hears stderr while nobody reads stdout":             hearsMute,
		"starts many at once":                                startsMany,
		"leaves nothing when the image is missing":           leavesNothing,
		"leaves nothing when it is cancelled in the middle":  leavesNothingCancelled,
		"refuses what cannot be right":                       refuses,
		"lists, and takes up an HTTP server after a restart": adopts,
		"removes what a restart finds":                       removes,
		"refuses to take up a stdio server":                  refusesToAdoptStdio,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// spec is a server that speaks over stdio and runs the guest in a mode.
func (s Subject) spec(command ...string) runtime.Spec {
	now := time.Now()
	return runtime.Spec{
		Instance:   moorage.NewInstanceID(now),
		Server:     moorage.NewServerID(now),
		Deployment: moorage.NewDeploymentID(now),
		Image:      s.Image,
		Run: moorage.RunConfig{
			Transport: moorage.TransportStdio,
			Command:   command,
			Network:   moorage.NetworkNone,
			Limits:    moorage.Limits{MemoryMB: 64},
		},
	}
}

// http is a server that speaks HTTP.
func (s Subject) http(network moorage.Network) runtime.Spec {
	spec := s.spec("serve")
	spec.Run.Transport, spec.Run.Port, spec.Run.Network = moorage.TransportHTTP, 8765, network
	return spec
}

// started starts a container that is gone when the test ends.
func started(t *testing.T, r runtime.Runtime, spec runtime.Spec) runtime.Container {
	t.Helper()
	c, err := r.Start(t.Context(), spec)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

// stop works in a cleanup too, where the context of the test has ended.
func stop(t *testing.T, c runtime.Container) {
	t.Helper()
	if err := c.Stop(t.Context(), 0); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func wait(t *testing.T, c runtime.Container) runtime.Exit {
	t.Helper()
	exit, err := c.Wait(t.Context())
	if err != nil {
		t.Fatalf("wait: %v", err)
	}
	return exit
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(b)
}

// line reads the next line without its end, and not a byte more.
func line(t *testing.T, r io.Reader) string {
	t.Helper()
	var text []byte
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err != nil {
			t.Fatalf("read a line: %v after %q", err, text)
		}
		if b[0] == '\n' {
			return string(text)
		}
		text = append(text, b[0])
	}
}

// next reads so many bytes.
func next(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	return string(text)
}

// find returns what is listed of an instance, and whether anything is.
func find(t *testing.T, r runtime.Runtime, id moorage.InstanceID) (runtime.Listed, bool) {
	t.Helper()
	all, err := r.List(t.Context())
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	for _, l := range all {
		if l.Instance == id {
			return l, true
		}
	}
	return runtime.Listed{}, false
}

func mustBeGone(t *testing.T, r runtime.Runtime, id moorage.InstanceID) {
	t.Helper()
	if l, ok := find(t, r, id); ok {
		t.Errorf("still there: %+v", l)
	}
}

// mustExplain checks the code, and that a person gets sentences.
func mustExplain(t *testing.T, err error, code moorage.Code) {
	t.Helper()
	if moorage.ErrorCode(err) != code || moorage.ErrorMessage(err) == moorage.ErrorMessage(nil) {
		t.Errorf("got error %v with code %q, want a sentence with code %q", err, moorage.ErrorCode(err), code)
	}
}
