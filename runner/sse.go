package runner

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"moorage/jsonrpc"
)

const (
	welcomeTimeout = 10 * time.Second // for a server to say where it takes messages
	maxTarget      = 4 << 10          // bytes of that address
)

// sseLink is a client of HTTP with SSE (MCP 2024-11-05, basic/transports): one GET
// stream carries all that the server says. First comes the address that each
// message is posted to. There is no other way to have the stream again: with it
// the conversation ends. It speaks the legacy era alone.
type sseLink struct {
	*poster
	target string // where messages go; set before any does
}

// newSSELink begins a conversation with the server at an endpoint, which it opens
// at once. The server has so long to say where it takes messages.
func newSSELink(ctx context.Context, endpoint string, patience time.Duration) *sseLink {
	l := &sseLink{poster: newPoster(ctx, endpoint)}
	l.begin(func() { l.listen(patience) })
	return l
}

func (l *sseLink) close() { l.cancel() }

// listen reads the stream until it ends. Why it does, the end of the container
// tells better than the stream.
func (l *sseLink) listen(patience time.Duration) {
	late := time.AfterFunc(patience, func() {
		l.lose(fmt.Sprintf("The server did not say within %s where it takes messages, as the old HTTP+SSE asks.", duration(patience)))
	})
	defer late.Stop()
	body, why := l.open()
	if body == nil {
		l.lose(why)
		return
	}
	defer body.Close()
	events := newEventReader(body, &cursor{}, &l.junk)
	for {
		e, err := events.next()
		switch {
		case err != nil:
			l.lose("")
			return
		case l.target != "":
			l.hear(e)
		case e.name != "endpoint":
			l.junk.Add(1)
		default:
			if l.target, why = l.resolve(string(bytes.TrimSpace(e.data))); why != "" {
				l.lose(why)
				return
			}
			late.Stop()
			l.work.Go(func() { l.write(l.tell, l.ask) })
		}
	}
}

// open opens the stream, or says why there is none.
func (l *sseLink) open() (body io.ReadCloser, why string) {
	req, err := http.NewRequestWithContext(l.life, http.MethodGet, l.url, nil)
	if err != nil {
		return nil, "The server cannot be asked: " + errNoURL.Error() + "."
	}
	req.Header.Set("User-Agent", "moorage")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Cache-Control", "no-store")
	resp, err := l.do(req)
	if err != nil {
		return nil, "The server did not open its stream: " + err.Error() + "."
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode != http.StatusOK:
		why = fmt.Sprintf("The server answered with HTTP status %d at %s, where its stream of events should be.", resp.StatusCode, req.URL.Path)
	case kind != "text/event-stream":
		why = fmt.Sprintf("The server answered at %s with something else than a stream of events.", req.URL.Path)
	default:
		return resp.Body, ""
	}
	resp.Body.Close()
	return nil, why
}

// resolve is the address that a server names for its messages. It must be one of
// the server's own: what it says must not make Moorage call others.
func (l *sseLink) resolve(said string) (target, why string) {
	base, err := url.Parse(l.url)
	if err != nil {
		return "", "The server cannot be asked: " + errNoURL.Error() + "."
	}
	u, err := base.Parse(said)
	switch {
	case err != nil, said == "", len(said) > maxTarget:
		return "", "The server named no address for its messages that could be one."
	case u.Scheme != base.Scheme, u.User != nil, !strings.EqualFold(u.Hostname(), base.Hostname()), cmp.Or(u.Port(), "80") != base.Port():
		return "", "The server wants its messages at another address than its own. It must name a path alone."
	}
	u.Fragment = ""
	return u.String(), ""
}

// hear passes on an event that is a message; others mean nothing.
func (l *sseLink) hear(e event) {
	if e.name != "" && e.name != "message" {
		return
	}
	said, err := jsonrpc.ParseServer(bytes.TrimSpace(e.data))
	if err != nil {
		l.junk.Add(1)
		return
	}
	l.pass(said)
}

// tell posts a notification or an answer. JSON-RPC has no way to say that it
// was not accepted.
func (l *sseLink) tell(m jsonrpc.Message) {
	ctx, cancel := context.WithTimeout(l.life, noticeTimeout)
	defer cancel()
	_, _ = l.post(ctx, m)
}

// ask posts a call, whose answer comes on the stream. Some servers accept it when
// they have answered it.
func (l *sseLink) ask(m jsonrpc.Message) {
	if modern(http.Header{}, m) {
		l.pass(jsonrpc.Refusal(m.ID, jsonrpc.CodeNoMethod, "The old HTTP+SSE has only what came before MCP "+modernVersion+"."))
		return
	}
	status, err := l.post(l.life, m)
	switch {
	case err != nil:
		l.fail(m, "The server did not take the message: "+err.Error()+".")
	case status >= http.StatusMultipleChoices:
		l.fail(m, fmt.Sprintf("The server did not take the message: it answered with HTTP status %d.", status))
	}
}

func (l *sseLink) post(ctx context.Context, m jsonrpc.Message) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.target, bytes.NewReader(m.Bytes()))
	if err != nil {
		return 0, errNoURL
	}
	req.Header.Set("User-Agent", "moorage")
	req.Header.Set("Content-Type", "application/json")
	resp, err := l.do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, jsonrpc.MaxMessage))
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}
