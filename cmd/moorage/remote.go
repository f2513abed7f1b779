package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"moorage"
	"moorage/handlers/api"
)

// remote is a Moorage elsewhere: the one client of its API.
type remote struct {
	base  string // without a slash at its end
	token string
	http  *http.Client
}

const (
	defaultURL   = "http://127.0.0.1:8080"
	answerWithin = 30 * time.Second // until an answer begins; how long it goes on is its own affair
	callWithin   = 15 * time.Minute // the same, of a tool
	maxAnswer    = 32 << 20         // bytes of an answer that is no stream
)

// errMoved keeps the token from being sent to where an answer points.
var errMoved = errors.New("the answer is somewhere else")

func newRemote(getenv func(string) string) (remote, error) {
	base := strings.TrimRight(cmp.Or(getenv("MOORAGE_URL"), defaultURL), "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return remote{}, misused("MOORAGE_URL is not a URL such as https://mcp.example.com: %q", base)
	}
	token := strings.TrimSpace(getenv("MOORAGE_TOKEN"))
	if token == "" {
		return remote{}, misused("MOORAGE_TOKEN is not set. %s", tokenAdvice(base))
	}
	return remote{base, token, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return errMoved }}}, nil
}

// fetch sends in as JSON, or nothing when it is nil, and reads the answer into out.
func (r remote) fetch(ctx context.Context, method, path string, in, out any) error {
	return r.fetchWithin(ctx, answerWithin, method, path, in, out)
}

func (r remote) fetchWithin(ctx context.Context, limit time.Duration, method, path string, in, out any) error {
	res, err := r.ask(ctx, limit, method, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s to %s %s: %w", r.base, method, path, err)
	}
	return nil
}

// ask sends a request. The body of the answer is to be closed; that it is long
// in coming is no fault. Errors are sentences.
func (r remote) ask(ctx context.Context, limit time.Duration, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	ctx, stop := context.WithCancelCause(ctx)
	late := time.AfterFunc(limit, func() { stop(context.DeadlineExceeded) })
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := r.http.Do(req)
	late.Stop()
	if err != nil {
		defer stop(nil)
		return nil, r.unanswered(ctx, err)
	}
	res.Body = stopping{res.Body, stop}
	if res.StatusCode >= http.StatusMultipleChoices {
		defer res.Body.Close()
		return nil, r.refusal(res)
	}
	return res, nil
}

// stopping ends the context of a request with its answer.
type stopping struct {
	io.ReadCloser
	stop context.CancelCauseFunc
}

func (s stopping) Close() error {
	s.stop(nil)
	return s.ReadCloser.Close()
}

// unanswered says where was looked for a Moorage.
func (r remote) unanswered(ctx context.Context, err error) error {
	if errors.Is(err, errMoved) {
		return moorage.Errorf(moorage.Invalid, "%s sends its visitors elsewhere.", r.base).
			Try("Set MOORAGE_URL to where Moorage is, as the address bar of a browser says it: https:// if it has that.").Because(err)
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, context.DeadlineExceeded):
		return moorage.Errorf(moorage.Unavailable, "Moorage at %s did not answer in time.", r.base).Try("Try again; if it stays so, look at its log.").Because(cause)
	case cause != nil:
		return cause // interrupted
	}
	return moorage.Errorf(moorage.Unavailable, "No Moorage answers at %s.", r.base).
		Try("Start it with moorage serve, or set MOORAGE_URL to where yours is, such as https://mcp.example.com.").Because(err)
}

// refusal is an error of application/problem+json (RFC 9457).
type refusal api.Problem

func (r remote) refusal(res *http.Response) error {
	var p refusal
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil || p.Detail == "" {
		p = refusal{Detail: fmt.Sprintf("%s answered %s, which Moorage would not.", r.base, res.Status), Next: "Look whether MOORAGE_URL is right, and what stands in front of it."}
	}
	if p.Status = res.StatusCode; p.Status == http.StatusUnauthorized {
		p.Detail = fmt.Sprintf("The Moorage at %s does not know the token in MOORAGE_TOKEN: it is revoked, expired, or of another one.", r.base)
		p.Next = tokenAdvice(r.base)
	}
	return p
}

// tokenAdvice says where tokens come from.
func tokenAdvice(base string) string {
	return fmt.Sprintf("Make one on the page %s/tokens, or with moorage token create on its machine, and export it as MOORAGE_TOKEN.", base)
}

func (p refusal) Error() string {
	text := strings.TrimSpace(plain(p.Detail) + " " + plain(p.Next))
	for _, f := range p.Errors {
		text += fmt.Sprintf("\n  %s: %s", cmp.Or(plain(f.Field), "/"), plain(f.Message))
	}
	if p.Status >= http.StatusInternalServerError && p.Request != "" {
		text += "\n(reference " + plain(p.Request) + ", as in its log)"
	}
	return text
}

// final reports whether asking again gets the same answer.
func (p refusal) final() bool {
	return p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests
}
