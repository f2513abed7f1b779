package clone

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"moorage"
)

func TestATreeBombIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	r := newRepository(t)
	entry := "100644 blob " + r.blob([]byte("x"))
	for range 10 {
		var entries []string
		for i := range 10 {
			entries = append(entries, fmt.Sprintf("%s\tf%d", entry, i))
		}
		entry = "040000 tree " + r.tree(entries...)
	}
	r.commit("main", strings.Fields(entry)[2], "ten billion files")
	req := request(t, r.serve(""))
	_, _, err := run(t, req)
	wantError(t, err, moorage.Limited, "the number of its files is 11111111111")
	if entries, err := os.ReadDir(req.Dir); err != nil || len(entries) > 0 {
		t.Errorf("written: %v, %v", entries, err)
	}
}

func TestEachLimitIsNamedWithItsFigure(t *testing.T) {
	r := newRepository(t)
	noise := make([]byte, 300<<10)
	rand.Read(noise)
	deep := "100644 blob " + r.blob(noise) + "\tnoise"
	for range 5 {
		deep = "040000 tree " + r.tree(deep) + "\td"
	}
	r.commit("main", r.tree("100644 blob "+r.blob([]byte("x"))+"\ta", deep), "x")
	server := r.serve("")
	for message, limits := range map[string]Limits{
		"the number of its files is 8, and at most 3 is allowed":           {Files: 3},
		"the size of its files is 300.0 KiB, and at most 100.0 KiB":        {TreeBytes: 100 << 10},
		"its file “noise” is 300.0 KiB, and at most 200.0 KiB":             {FileBytes: 200 << 10},
		"the depth of its folders is more, and at most 4 is allowed":       {Depth: 4},
		"what the Git host sends is more, and at most 50.0 KiB is allowed": {Transfer: 50 << 10},
	} {
		req := request(t, server)
		req.Limits = limits
		_, _, err := run(t, req)
		wantError(t, err, moorage.Limited, message)
	}
}

// stall answers the first bytes and then nothing until the client is gone.
func stall(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		fmt.Fprint(w, "001e# service=git-upload-pack\n")
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server
}

func TestAHostThatDripsIsGivenUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		fmt.Fprint(w, "001e# service=git-upload-pack\n0000fff0")
		for tick := time.Tick(10 * time.Millisecond); ; {
			select {
			case <-req.Context().Done():
				return
			case <-tick:
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
			}
		}
	}))
	defer server.Close()
	for _, s := range []*httptest.Server{server, stall(t)} {
		req := request(t, s)
		req.Limits = Limits{Window: 500 * time.Millisecond, Rate: 10 << 10}
		_, _, err := run(t, req)
		wantError(t, err, moorage.Unavailable, "sends too slowly")
	}
}

func TestTheWallTimeEndsTheChild(t *testing.T) {
	req := request(t, stall(t))
	req.Limits = Limits{Wall: 500 * time.Millisecond}
	_, _, err := run(t, req)
	wantError(t, err, moorage.Limited, "The clone took longer than 500ms")
}

func TestCancellingEndsTheChild(t *testing.T) {
	began := make(chan struct{}, 1)
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began <- struct{}{}
		<-req.Context().Done() // the connection ends with the process
		close(gone)
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := Run(ctx, request(t, server), &bytes.Buffer{})
		done <- err
	}()
	<-began
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled clone succeeded")
	}
	<-gone
}

func TestMemoryIsLimited(t *testing.T) {
	r := newRepository(t)
	r.commit("main", r.tree("100644 blob "+r.blob(make([]byte, 300<<20))+"\tzeros"), "a bomb that inflates a thousandfold")
	req := request(t, r.serve(""))
	req.Limits = Limits{Memory: 100 << 20, FileBytes: 1 << 30, TreeBytes: 1 << 30}
	_, said, err := run(t, req)
	if err == nil {
		t.Fatal("a file of 300 MiB was written")
	}
	wantError(t, err, moorage.Limited, "needs more memory")
	if len(said) > 4096 || strings.Contains(said, "goroutine ") {
		t.Errorf("the dying child said %q", said)
	}
}
