package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// demo is a deployment whose log is live: a step every twenty lines. The
// stream breaks off every fifteen messages, so that the page has to come back
// for the rest.
type demo struct {
	lines int
	every time.Duration
}

const (
	demoStep  = 20
	demoBreak = 15
)

func (d demo) routes(mux *http.ServeMux) {
	page := deployment(moorage.StatusBuilding, moorage.StepRunning, 0)
	page.Steps, page.StreamURL, page.SearchURL = nil, "/deployments/demo/log?after=0", "/deployments/demo/search"
	mux.Handle("GET /deployments/demo", templ.Handler(views.Deployment(page)))
	mux.HandleFunc("GET /deployments/demo/log", d.stream)
	mux.HandleFunc("GET /deployments/demo/search", d.search)
}

func (d demo) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	after, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	tick := time.NewTicker(d.every)
	defer tick.Stop()
	for seq := after + 1; seq <= d.lines; seq++ {
		if seq > after+demoBreak {
			return
		}
		if head := d.before(seq); len(head) > 0 {
			send(r.Context(), w, seq-1, head...)
		}
		send(r.Context(), w, seq, d.line(seq)...)
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
	fmt.Fprintf(w, "event: eof\ndata: done\n\n")
}

// before is what happens before line seq: perhaps the last step ends and
// another begins.
func (d demo) before(seq int) []templ.Component {
	if (seq-1)%demoStep != 0 {
		return nil
	}
	n := stepOf(seq)
	all := []templ.Component{views.StreamStep(demoStepView(n, moorage.StepRunning))}
	if n > 1 {
		all = append(all, views.StreamStepHead(demoStepView(n-1, moorage.StepDone)))
	}
	return all
}

// line is line seq and, when it is the last, the end of all.
func (d demo) line(seq int) []templ.Component {
	line := parts.LineView{Seq: int64(seq), At: now.Add(time.Duration(seq) * time.Second), Stream: moorage.StreamStdout, Text: output[seq%len(output)]}
	all := []templ.Component{views.StreamLines(stepOf(seq), []parts.LineView{line})}
	if seq == d.lines {
		all = append(all, views.StreamStepHead(demoStepView(stepOf(seq), moorage.StepDone)), views.StreamDeploymentHead(headOf(moorage.StatusLive)))
	}
	return all
}

func stepOf(seq int) int { return (seq-1)/demoStep + 1 }

func demoStepView(n int, status moorage.StepStatus) parts.StepView {
	step := parts.StepView{N: n, Name: fmt.Sprintf("RUN npm ci, part %d", n), Status: status, Took: "3.0 s"}
	if status == moorage.StepRunning {
		step.StartedISO = time.Now().UTC().Format(time.RFC3339)
	}
	return step
}

func (d demo) search(w http.ResponseWriter, r *http.Request) {
	v := views.LogHitsView{Query: r.FormValue("q"), Hits: []views.LogHit{{Seq: 2, Step: 1, Before: "found ", Match: r.FormValue("q"), After: " here"}}}
	templ.Handler(views.LogHits(v)).ServeHTTP(w, r)
}

// send writes components as one message of a stream.
func send(ctx context.Context, w http.ResponseWriter, id int, components ...templ.Component) {
	var text bytes.Buffer
	for _, c := range components {
		if err := c.Render(ctx, &text); err != nil {
			return
		}
	}
	fmt.Fprintf(w, "id: %d\n", id)
	for line := range bytes.Lines(text.Bytes()) {
		fmt.Fprintf(w, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	fmt.Fprint(w, "\n")
	http.NewResponseController(w).Flush()
}
