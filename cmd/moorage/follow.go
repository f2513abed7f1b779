package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/r3labs/sse/v2"
	"gopkg.in/cenkalti/backoff.v1"

	"moorage"
	"moorage/handlers/api"
)

const maxEvent = 1 << 20 // bytes

func deploymentPath(id moorage.DeploymentID) string { return "/api/deployments/" + string(id) }

func logPath(id moorage.DeploymentID) string { return deploymentPath(id) + "/log" }

// text prints the log as it is now.
func (r remote) text(ctx context.Context, id moorage.DeploymentID, w io.Writer) error {
	res, err := r.ask(ctx, answerWithin, http.MethodGet, logPath(id), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	for lines := bufio.NewReader(res.Body); ; {
		line, err := lines.ReadString('\n')
		if _, err := io.WriteString(w, plain(line)); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the log from %s: %w", r.base, err)
		}
	}
}

// follow prints lines as they come, also over broken connections, and returns
// the deployment when it is settled.
func (r remote) follow(ctx context.Context, id moorage.DeploymentID, w io.Writer) (api.Deployment, error) {
	f := follower{w: w}
	for {
		var d api.Deployment
		err := r.fetch(ctx, http.MethodGet, deploymentPath(id), nil, &d) // says in words what an event stream cannot
		if no := (refusal{}); err != nil && (f.seen == 0 || errors.As(err, &no) && no.final()) {
			return f.end, err
		}
		if err == nil {
			f.listen(ctx, r, id)
		}
		if f.ended {
			return f.end, f.err
		}
		select {
		case <-ctx.Done():
			return f.end, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// follower prints a stream and remembers how far it came.
type follower struct {
	w     io.Writer
	seen  int64
	ended bool
	end   api.Deployment
	err   error
}

// listen follows one connection until it breaks or the log ends.
func (f *follower) listen(ctx context.Context, r remote, id moorage.DeploymentID) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	client := sse.NewClient(r.base+logPath(id), sse.ClientMaxBufferSize(maxEvent))
	client.Headers["Authorization"] = "Bearer " + r.token
	client.Connection = &http.Client{} // a stream has no timeout
	client.ReconnectStrategy = &backoff.StopBackOff{}
	if f.seen > 0 {
		client.LastEventID.Store([]byte(strconv.FormatInt(f.seen, 10)))
	}
	// The error of a broken connection is of no use: the next one goes on.
	_ = client.SubscribeRawWithContext(ctx, func(e *sse.Event) {
		switch string(e.Event) {
		case "line":
			var l api.Line
			if f.err = json.Unmarshal(e.Data, &l); f.err == nil && l.Seq > f.seen {
				f.seen = l.Seq
				_, f.err = fmt.Fprintln(f.w, plain(l.Text))
			}
			if f.err != nil {
				f.ended = true
				stop()
			}
		case "end":
			f.ended, f.err = true, json.Unmarshal(e.Data, &f.end)
			stop()
		}
	})
}
