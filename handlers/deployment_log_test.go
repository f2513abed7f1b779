package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/handlers/api"
	"moorage/handlers/feed"
)

// event is one of a stream.
type event struct{ id, name, data string }

// stream is one connection of a reader.
type stream struct {
	t    *testing.T
	stop context.CancelFunc
	body io.ReadCloser
	scan *bufio.Scanner
}

// open asks for a stream; header and value pairs come with it.
func (s *site) openStream(url string, as who, pairs ...string) *stream {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.String()+url, nil)
	must(s.t, err)
	s.dress(r, as)
	for name, values := range header(pairs...) {
		r.Header[name] = values
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	must(s.t, err)
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		s.t.Fatalf("%s answers %s, %s", url, res.Status, res.Header.Get("Content-Type"))
	}
	scan := bufio.NewScanner(res.Body)
	scan.Buffer(nil, 16<<20)
	return &stream{s.t, stop, res.Body, scan}
}

// next returns the next event; false at the end of the stream.
func (r *stream) next() (e event, ok bool) {
	for r.scan.Scan() {
		line := r.scan.Text()
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e != (event{}):
			return e, true
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			e.data += value + "\n"
		}
	}
	return e, false
}

func (r *stream) close() {
	r.stop()
	r.body.Close()
}

// page is what a reader's page holds after some events.
type page struct {
	t     *testing.T
	last  string // the cursor
	lines []int64
	steps []int
	ended string
}

var (
	newStep = regexp.MustCompile(`hx-target="#steps"`)
	stepID  = regexp.MustCompile(`id="step-(\d+)"`)
	linesOf = regexp.MustCompile(`hx-target="#step-(\d+)-lines"`)
	lineID  = regexp.MustCompile(`id="L(\d+)"`)
)

// take puts an event on the page as the browser does.
func (p *page) take(e event) {
	if e.id != "" {
		p.last = e.id
	}
	if e.name == "eof" {
		p.ended = strings.TrimSpace(e.data)
	}
	for _, m := range linesOf.FindAllStringSubmatch(e.data, -1) {
		if n, _ := strconv.Atoi(m[1]); !slices.Contains(p.steps, n) {
			p.t.Errorf("lines came for step %d, which is not on the page", n)
		}
	}
	if newStep.MatchString(e.data) {
		for _, m := range stepID.FindAllStringSubmatch(e.data, -1) {
			n, _ := strconv.Atoi(m[1])
			p.steps = append(p.steps, n)
		}
	}
	for _, m := range lineID.FindAllStringSubmatch(e.data, -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		p.lines = append(p.lines, n)
	}
}

// whole checks that the page holds lines and steps 1 to n, once and in order.
func (p *page) whole(lines int64, steps int) {
	p.t.Helper()
	if int64(len(p.lines)) != lines || len(p.steps) != steps {
		p.t.Errorf("%d lines and %d steps, want %d and %d", len(p.lines), len(p.steps), lines, steps)
	}
	slices.Sort(p.lines) // lines of steps that run together come in groups
	for i, n := range p.lines {
		if n != int64(i+1) {
			p.t.Fatalf("line %d is in the place of %d", n, i+1)
		}
	}
	for i, n := range p.steps {
		if n != i+1 {
			p.t.Fatalf("step %d is in the place of %d", n, i+1)
		}
	}
}

// writer writes a log as a build does.
type writer struct {
	s   *site
	id  moorage.DeploymentID
	seq int64
}

func (w *writer) step(n int) {
	w.s.t.Helper()
	must(w.s.t, w.s.db.BeginStep(w.s.t.Context(), w.id, moorage.Step{N: n, Name: fmt.Sprintf("RUN step %d", n), Status: moorage.StepRunning, StartedAt: w.s.clock()}))
}

// write appends lines that go round the given steps.
func (w *writer) write(n int, steps ...int) {
	w.s.t.Helper()
	var batch []moorage.LogLine
	for i := range n {
		w.seq++
		batch = append(batch, moorage.LogLine{Seq: w.seq, Step: steps[i%len(steps)], Stream: moorage.StreamStdout, At: w.s.clock(), Text: fmt.Sprintf("line %d", w.seq)})
	}
	must(w.s.t, w.s.db.AppendLog(w.s.t.Context(), w.id, batch))
}

func (w *writer) end(n int) {
	w.s.t.Helper()
	must(w.s.t, w.s.db.EndStep(w.s.t.Context(), w.id, n, moorage.StepDone, false, w.s.clock()))
}

func (w *writer) fail() {
	w.s.t.Helper()
	must(w.s.t, w.s.db.EndDeployment(w.s.t.Context(), w.id, moorage.StatusCloning, moorage.StatusFailed, moorage.Errorf(moorage.Invalid, "It did not build.")))
}

func TestALogComesWholeOverEveryBrokenConnection(t *testing.T) {
	s := newSite(t)
	s.listen()
	s.enqueue(s.server)
	w := &writer{s: s, id: s.begin().ID}
	w.step(1)
	w.write(700, 1)
	path := "/deployments/" + string(w.id)
	p := &page{t: t}
	first := s.do(exchange{URL: path, As: browser(s.owner), ExpectedStatus: 200}).Body.String()
	for _, m := range stepID.FindAllStringSubmatch(first, -1) {
		n, _ := strconv.Atoi(m[1])
		p.steps = append(p.steps, n)
	}
	for _, m := range lineID.FindAllStringSubmatch(first, -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		p.lines = append(p.lines, n)
	}
	if !strings.Contains(first, path+"/log?after=700.1") {
		t.Fatal("the page does not go on where it ends")
	}
	wrote := make(chan struct{})
	go func() { // while readers come and go
		defer close(wrote)
		for n := 2; n <= 12; n++ {
			w.step(n)
			for range 10 {
				w.write(30, n, n-1)
			}
			w.end(n - 1)
		}
		w.fail()
	}()
	url, connections := path+"/log?after=700.1", 0
	for p.ended == "" {
		connections++
		var r *stream
		if p.last == "" {
			r = s.openStream(url, browser(s.owner))
		} else {
			r = s.openStream(url, browser(s.owner), "Last-Event-ID", p.last) // goes before ?after=
		}
		for range connections { // a little longer each time
			e, ok := r.next()
			if !ok {
				break
			}
			p.take(e)
		}
		r.close()
	}
	<-wrote
	if p.ended != string(moorage.StatusFailed) {
		t.Errorf("it ended %q", p.ended)
	}
	p.whole(w.seq, 12)
	if connections < 3 {
		t.Errorf("only %d connections: nothing was broken", connections)
	}
}

func TestALogThatHasEndedIsSentOnceAndClosed(t *testing.T) {
	s := newSite(t)
	s.listen()
	s.enqueue(s.server)
	w := &writer{s: s, id: s.begin().ID}
	w.step(1)
	w.write(1234, 1)
	w.fail()
	for after, want := range map[string]int64{"": 1234, "0.0": 1234, "1000.1": 234, "1234.1": 0, "99999.9": 0, "nonsense": 1234, "-5.-5": 1234} {
		r, p := s.openStream("/deployments/"+string(w.id)+"/log?after="+after, browser(s.owner)), &page{t: t, steps: []int{1}}
		for e, ok := r.next(); ok; e, ok = r.next() {
			p.take(e)
		}
		r.close()
		if int64(len(p.lines)) != want || p.ended != "failed" {
			t.Errorf("after %q come %d lines, want %d; the end is %q", after, len(p.lines), want, p.ended)
		}
	}
}

func TestTheLogOfTheAPIComesWholeToo(t *testing.T) {
	s := newSite(t)
	s.listen()
	s.enqueue(s.server)
	w := &writer{s: s, id: s.begin().ID}
	w.step(1)
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		for range 40 {
			w.write(25, 1)
		}
		w.fail()
	}()
	var seen int64
	var end api.Deployment
	for connections := 1; end.ID == ""; connections++ {
		pairs := []string{"Accept", "text/event-stream", "Last-Event-ID", strconv.FormatInt(seen, 10)}
		r := s.openStream("/api/deployments/"+string(w.id)+"/log", program(s.owner), pairs...)
		for range connections * 10 {
			e, ok := r.next()
			if !ok {
				break
			}
			if e.name == "end" {
				must(t, json.Unmarshal([]byte(e.data), &end))
				break
			}
			var l api.Line
			must(t, json.Unmarshal([]byte(e.data), &l))
			if e.name != "line" || l.Seq != seen+1 || e.id != strconv.FormatInt(l.Seq, 10) || l.Text != fmt.Sprintf("line %d", l.Seq) {
				t.Fatalf("after %d comes %+v", seen, e)
			}
			seen = l.Seq
		}
		r.close()
	}
	<-wrote
	if seen != 1000 || end.Status != moorage.StatusFailed || end.Error == nil || end.Error.Message != "It did not build." {
		t.Errorf("%d lines, the end is %+v", seen, end)
	}
	text := s.do(exchange{URL: "/api/deployments/" + string(w.id) + "/log", As: program(s.owner), ExpectedStatus: 200}).Body.String()
	raw := s.do(exchange{URL: "/deployments/" + string(w.id) + "/log.txt", As: browser(s.owner), ExpectedStatus: 200}).Body.String()
	var want strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&want, "line %d\n", n+1)
	}
	if text != want.String() || raw != text {
		t.Errorf("the texts are %d and %d bytes, want %d", len(text), len(raw), want.Len())
	}
}

func TestStreamsEndWithTheProcessAndLeaveNothing(t *testing.T) {
	s := newSite(t)
	s.listen()
	s.enqueue(s.server)
	w := &writer{s: s, id: s.begin().ID}
	before := runtime.NumGoroutine()
	var open []*stream
	for range 10 {
		open = append(open, s.openStream("/deployments/"+string(w.id)+"/log", browser(s.owner)), s.openStream("/stream", browser(s.owner)),
			s.openStream("/api/deployments/"+string(w.id)+"/log", program(s.owner), "Accept", "text/event-stream"))
	}
	for i, r := range open {
		if i%2 == 0 {
			r.close() // the reader left
		}
	}
	close(s.stopping)
	for i, r := range open {
		if i%2 == 1 {
			for _, ok := r.next(); ok; _, ok = r.next() { // until the server ends it
			}
			r.close()
		}
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
		if t.Context().Err() != nil {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestAStalledReaderIsCutOffAndHurtsNobody(t *testing.T) {
	s := newSite(t)
	s.enqueue(s.server)
	w := &writer{s: s, id: s.begin().ID}
	w.step(1)
	for range 20 {
		w.write(500, 1)
	}
	stalled := &deaf{header: http.Header{}}
	cookie := s.session(s.owner)
	r := httptest.NewRequest(http.MethodGet, s.base.String()+"/deployments/"+string(w.id)+"/log", nil).WithContext(t.Context())
	r.AddCookie(cookie)
	s.handler.ServeHTTP(stalled, r) // returns: the write has a deadline
	if stalled.deadline.IsZero() {
		t.Fatal("a write has no deadline")
	}
	w.write(1, 1) // nobody waits for the stalled one
	s.listen()
	p, good := &page{t: t}, s.openStream("/deployments/"+string(w.id)+"/log", browser(s.owner))
	defer good.close()
	for len(p.lines) < 10_001 {
		e, ok := good.next()
		if !ok {
			t.Fatal("the other reader was cut off")
		}
		p.take(e)
	}
}

// deaf is a connection that takes nothing: a write waits for its deadline.
type deaf struct {
	header   http.Header
	deadline time.Time
}

func (d *deaf) Header() http.Header                 { return d.header }
func (d *deaf) WriteHeader(int)                     {}
func (d *deaf) Flush()                              {}
func (d *deaf) SetWriteDeadline(at time.Time) error { d.deadline = at; return nil }
func (d *deaf) Write([]byte) (int, error)           { return 0, net.ErrClosed }

func TestWhatLastsEndsWithTheSessionAndTheRole(t *testing.T) {
	s := newSite(t)
	g := guard{auth: s.auth}
	for name, lose := range map[string]func(u moorage.User){
		"signed out":      func(u moorage.User) { must(t, s.db.DeleteWebSessionsOf(t.Context(), u.ID)) },
		"a token revoked": func(u moorage.User) { must(t, s.auth.SignOutEverywhere(t.Context(), u.ID)) },
		"a role taken": func(u moorage.User) {
			u.Role = moorage.RoleMember
			must(t, s.db.UpdateUser(t.Context(), u))
		},
	} {
		u := s.person(name, 0, moorage.RoleAdmin)
		as, permission := browser(u), auth.SignedIn
		if name == "a token revoked" {
			as, permission = program(u), auth.Bearer
		}
		r := httptest.NewRequest(http.MethodGet, s.base.String(), nil).WithContext(t.Context())
		s.dress(r, as)
		c := echo.New().NewContext(r, httptest.NewRecorder())
		c.Set(callerKey, moorage.Caller{User: u})
		c.Set(permissionKey, permission)
		if !g.stillMay(c) {
			t.Errorf("%s: ended before", name)
		}
		lose(u)
		if g.stillMay(c) {
			t.Errorf("%s: it goes on", name)
		}
	}
}

func TestAnOpenStreamKeepsNoSessionAlive(t *testing.T) {
	s := newSite(t)
	r := httptest.NewRequest(http.MethodGet, s.base.String(), nil).WithContext(t.Context())
	s.dress(r, browser(s.owner))
	c := echo.New().NewContext(r, httptest.NewRecorder())
	c.Set(callerKey, moorage.Caller{User: s.owner})
	c.Set(permissionKey, auth.SignedIn)
	for range 11 {
		s.pass(time.Hour)
		if !(guard{auth: s.auth}).stillMay(c) {
			t.Fatal("it ended too early")
		}
	}
	s.pass(time.Hour)
	if (guard{auth: s.auth}).stillMay(c) {
		t.Error("a stream kept its session alive")
	}
}

func TestASearchCutsLinesWhereTheyMatch(t *testing.T) {
	for _, tt := range []struct{ text, query, before, match, after string }{
		{"Error: no such file", "error", "", "Error", ": no such file"},
		{"\x1b[31mERROR\x1b[0m: red", "error: r", "", "ERROR: r", "ed"},
		{"İİİ needle ẞ", "NEEDLE", "İİİ ", "needle", " ẞ"},
		{"a\x1b[31mb", "[31m", "ab", "", ""},
	} {
		hit := logHit(moorage.LogLine{Text: tt.text}, tt.query)
		if hit.Before != tt.before || hit.Match != tt.match || hit.After != tt.after {
			t.Errorf("%q in %q: %+v", tt.query, tt.text, hit)
		}
	}
}

func FuzzLogHit(f *testing.F) {
	f.Add("İstanbul ẞ ⱥ", "ß")
	f.Add("\xff\xfe needle", "\xfe")
	f.Add(strings.Repeat("ı", 100)+"x", "X")
	f.Fuzz(func(t *testing.T, text, query string) {
		if query == "" {
			return // Search does not ask for it
		}
		hit := logHit(moorage.LogLine{Text: text}, query)
		for _, part := range []string{hit.Before, hit.Match, hit.After} {
			if !utf8.ValidString(part) {
				t.Errorf("%q", part)
			}
		}
	})
}

func FuzzParseCursor(f *testing.F) {
	f.Add("120.7")
	f.Add("-1.-1")
	f.Add("99999999999999999999.1")
	f.Fuzz(func(t *testing.T, s string) {
		k := feed.ParseCursor(s)
		if k.Seq < 0 || k.Step < 0 || feed.ParseCursor(k.String()) != k {
			t.Errorf("%q is %+v", s, k)
		}
	})
}
