package sse_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"moorage/handlers/sse"
)

// connection takes what is written until it is stalled; then a write lasts
// until its deadline.
type connection struct {
	*httptest.ResponseRecorder
	stalled  bool
	deadline time.Time
}

func (c *connection) SetWriteDeadline(at time.Time) error {
	c.deadline = at
	return nil
}

func (c *connection) Write(p []byte) (int, error) {
	if c.stalled {
		time.Sleep(time.Until(c.deadline))
		return 0, os.ErrDeadlineExceeded
	}
	return c.ResponseRecorder.Write(p)
}

func TestAnEventIsWrittenAsTheStandardHasIt(t *testing.T) {
	c := &connection{ResponseRecorder: httptest.NewRecorder()}
	s, err := sse.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range [][3]string{
		{"", "", "hello"},
		{"12.3", "status", "live"},
		{"1\nevent: evil", "a\r\nid: 9", "one\ntwo\r\nthree\rfour\n\nevent: evil"},
	} {
		if err := s.Send(e[0], e[1], e[2]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ping(); err != nil {
		t.Fatal(err)
	}
	want := ": hello\n\n" +
		"data: hello\n\n" +
		"id: 12.3\nevent: status\ndata: live\n\n" +
		"id: 1event: evil\nevent: aid: 9\ndata: one\ndata: two\ndata: three\ndata: four\ndata: \ndata: event: evil\n\n" +
		": ping\n\n"
	if got := c.Body.String(); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	for name, want := range map[string]string{"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if c.Header().Get(name) != want {
			t.Errorf("%s is %q", name, c.Header().Get(name))
		}
	}
	if !c.Flushed || c.Code != http.StatusOK {
		t.Error("it was not sent at once")
	}
}

func TestAStalledReaderIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &connection{ResponseRecorder: httptest.NewRecorder()}
		s, err := sse.Start(c)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // a deadline is of one write, not of the stream
		if err := s.Ping(); err != nil {
			t.Fatal(err)
		}
		c.stalled = true
		began := time.Now()
		if err := s.Send("1", "", "x"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it held the writer for %s", took)
		}
	})
}

func TestWhatCannotHaveADeadlineIsNoStream(t *testing.T) {
	if _, err := sse.Start(httptest.NewRecorder()); !errors.Is(err, http.ErrNotSupported) {
		t.Error(err)
	}
}
