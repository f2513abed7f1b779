package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/r3labs/sse/v2"
	"gopkg.in/cenkalti/backoff.v1"

	"moorage"
	"moorage/handlers/api"
)

// logs prints the log of a deployment of the Moorage at MOORAGE_URL, with the
// token in MOORAGE_TOKEN. With -follow it goes on until the deployment is
// settled, over broken connections, and the exit status is its result.
func logs(ctx context.Context, p process, args []string) error {
	flags := flag.NewFlagSet("moorage logs", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	follow := flags.Bool("follow", false, "go on until the deployment is settled")
	id, err := oneArgument(flags, args)
	if err != nil {
		return err
	}
	deployment, err := moorage.ParseDeploymentID(id)
	if err != nil {
		return misused("%q is not the id of a deployment, such as dep_…", id)
	}
	r, err := newRemote(p.getenv)
	if err != nil {
		return err
	}
	if !*follow {
		return r.text(ctx, deployment, p.stdout)
	}
	end, err := r.follow(ctx, deployment, p.stdout)
	if err != nil {
		return err
	}
	return result(p.stderr, end)
}

// oneArgument parses flags before and after one argument.
func oneArgument(flags *flag.FlagSet, args []string) (string, error) {
	if err := parse(flags, args); err != nil {
		return "", err
	}
	if flags.NArg() == 0 {
		return "", misused("%s wants the id of a deployment", flags.Name())
	}
	id := flags.Arg(0)
	if err := parse(flags, flags.Args()[1:]); err != nil {
		return "", err
	}
	if flags.NArg() > 0 {
		return "", misused("%s wants one deployment, not also %q", flags.Name(), flags.Args())
	}
	return id, nil
}

// result says how a deployment ended; the error is the exit status.
func result(w io.Writer, d api.Deployment) error {
	if d.Error == nil && d.Status == moorage.StatusLive {
		fmt.Fprintf(w, "Live at %s\n", d.DeploymentURL)
		return nil
	}
	fmt.Fprintf(w, "The deployment is %s.\n", d.Status)
	if d.Error != nil {
		fmt.Fprintf(w, "%s %s\n", d.Error.Message, d.Error.Next)
	}
	if d.Status == moorage.StatusFailed || d.Status == moorage.StatusCancelled {
		return status(1)
	}
	return nil
}

// remote is a Moorage elsewhere.
type remote struct {
	base  string
	token string
	http  *http.Client
}

const remoteTimeout = 30 * time.Second // of one answer that is no stream

func newRemote(getenv func(string) string) (remote, error) {
	base := strings.TrimRight(getenv("MOORAGE_URL"), "/")
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return remote{}, fmt.Errorf("MOORAGE_URL is not a URL: %q", base)
	}
	token := getenv("MOORAGE_TOKEN")
	if token == "" {
		return remote{}, errors.New("MOORAGE_TOKEN is not set; make a token under API tokens, or with moorage token create")
	}
	return remote{base: base, token: token, http: &http.Client{Timeout: remoteTimeout}}, nil
}

// get asks for a path. The answer's body is to be closed.
func (r remote) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	res, err := r.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", r.base, err)
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		err := problem(res.Status, io.LimitReader(res.Body, 1<<20))
		if res.StatusCode >= http.StatusInternalServerError || res.StatusCode == http.StatusTooManyRequests {
			return nil, err
		}
		return nil, refusal{err}
	}
	return res, nil
}

// refusal is an answer that stays the same however often one asks.
type refusal struct{ error }

// problem reads an error of application/problem+json.
func problem(status string, body io.Reader) error {
	var p struct{ Detail, Next string }
	if err := json.NewDecoder(body).Decode(&p); err != nil || p.Detail == "" {
		return fmt.Errorf("Moorage answered %s", status)
	}
	return errors.New(strings.TrimSpace(p.Detail + " " + p.Next))
}

// text prints the log as it is now.
func (r remote) text(ctx context.Context, id moorage.DeploymentID, w io.Writer) error {
	res, err := r.get(ctx, logPath(id))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(w, res.Body)
	return err
}

func logPath(id moorage.DeploymentID) string { return "/api/deployments/" + string(id) + "/log" }

// follow prints lines as they come, also over broken connections, and returns
// the deployment when it is settled.
func (r remote) follow(ctx context.Context, id moorage.DeploymentID, w io.Writer) (api.Deployment, error) {
	f := follower{w: w}
	for {
		res, err := r.get(ctx, strings.TrimSuffix(logPath(id), "/log")) // says in words what an event stream cannot
		if refused := (refusal{}); err != nil && (f.seen == 0 || errors.As(err, &refused)) {
			return f.end, err
		}
		if err == nil {
			res.Body.Close()
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
				_, f.err = fmt.Fprintln(f.w, l.Text)
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

const maxEvent = 1 << 20 // bytes
