package aggregate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"

	"moorage"
	"moorage/jsonrpc"
)

// Headers of Streamable HTTP (MCP, basic/transports), the era without sessions,
// and the key of _meta that says so (MCP 2026-07-28, basic).
const (
	headerSession = "Mcp-Session-Id"
	headerVersion = "Mcp-Protocol-Version"
	modernVersion = "2026-07-28"
	metaVersion   = "io.modelcontextprotocol/protocolVersion"
)

// A client asks for the small form by the URL, which is what people can configure
// in every client: /mcp?tools=find.
const (
	formParam = "tools"
	formFind  = "find"
)

// guest is who sent a request, and what they get.
type guest struct {
	caller moorage.Caller
	actor  moorage.Actor
	view   *view
}

type guestKey struct{}

// guestOf is the guest of a request. The SDK carries it where it carries what it
// knows of a token.
func guestOf(info *auth.TokenInfo) guest { return info.Extra["guest"].(guest) }

// Serve answers one HTTP request of MCP (MCP 2025-11-25 and 2026-07-28,
// basic/transports: Streamable HTTP). still says whether the caller may go on: a
// connection that lasts asks at every beat. It always writes an answer.
func (a *Aggregate) Serve(w http.ResponseWriter, r *http.Request, c moorage.Caller, still func(ctx context.Context) error) {
	if origin := r.Header.Get("Origin"); origin != "" && origin != a.o.Origin && !slices.Contains(a.o.Origins, origin) {
		refuse(w, http.StatusForbidden, "Pages of another site may not call this.")
		return
	}
	v := a.view(c, r.URL.Query().Get(formParam) == formFind)
	if id := r.Header.Get(headerSession); id != "" && !a.ours(id, v.key) {
		refuse(w, http.StatusNotFound, "There is no such session. Initialize again.")
		return
	}
	handler := a.legacy
	modern := r.Header.Get(headerVersion) >= modernVersion
	if r.Method == http.MethodPost {
		said, ok := read(w, r)
		if !ok {
			return
		}
		if begins(said) && a.sessionsOf(c.User.ID) >= a.o.PerUser {
			w.Header().Set("Retry-After", "10")
			refuse(w, http.StatusTooManyRequests, "You have as many sessions open as one person may have. End some.")
			return
		}
		modern = modern || saysModern(said)
		if modern && !v.agrees(w, r, c, said[0]) {
			return
		}
	}
	if modern {
		handler = a.modern
	}
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), guestKey{}, guest{c, moorage.ActorOf(r.Context()), v}))
	defer cancel()
	out := newSteady(w)
	defer out.end()
	defer a.watch(ctx, cancel, out, still)()
	auth.RequireBearerToken(verified, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})(handler).ServeHTTP(out, r.WithContext(ctx))
}

// verified says what was found out about a token before.
func verified(ctx context.Context, _ string, _ *http.Request) (*auth.TokenInfo, error) {
	g := ctx.Value(guestKey{}).(guest)
	return &auth.TokenInfo{UserID: string(g.caller.User.ID), Extra: map[string]any{"guest": g}}, nil
}

// watch keeps a connection, and ends it when its caller may go on no more or when
// this is closed. The function waits for the end of the watch.
func (a *Aggregate) watch(ctx context.Context, cancel context.CancelFunc, out *steady, still func(ctx context.Context) error) func() {
	ctx, end := context.WithCancel(ctx)
	done := make(chan struct{})
	a.following.Go(func() {
		defer close(done)
		tick := time.NewTicker(a.o.Beat)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if still(ctx) != nil || out.beat() != nil {
					cancel()
					return
				}
			case <-a.life.Done():
				cancel()
				return
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { end(); <-done }
}

// read reads what a POST says, strictly, and leaves it for the SDK as it was
// understood; false when it has answered why it cannot.
func read(w http.ResponseWriter, r *http.Request) ([]jsonrpc.Message, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, "A request may hold at most 4 MiB.")
		return nil, false
	case err != nil:
		refuse(w, http.StatusBadRequest, "The request broke off.")
		return nil, false
	}
	raws, batch := []json.RawMessage{body}, bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
	if batch && json.Unmarshal(body, &raws) != nil || len(raws) == 0 || len(raws) > maxBatch {
		refuse(w, http.StatusBadRequest, "A batch is a list of 1 to 100 messages.")
		return nil, false
	}
	var said []jsonrpc.Message
	for i, raw := range raws {
		m, err := jsonrpc.Parse(raw)
		if err != nil {
			refuseWith(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeParse, "Not a message: "+err.Error()+"."))
			return nil, false
		}
		said, raws[i] = append(said, m), m.Bytes()
	}
	body = raws[0]
	if batch {
		body = array(raws)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return said, true
}

// maxBatch is how many messages one request may hold.
const maxBatch = 100

// begins reports whether a request opens a session.
func begins(said []jsonrpc.Message) bool { return said[0].Method == methodInitialize }

// saysModern reports whether a message names a version of the modern era itself.
func saysModern(said []jsonrpc.Message) bool {
	params, _ := jsonrpc.ParseObject(said[0].Params) // of no object nothing is known
	meta, _ := jsonrpc.ParseObject(params.Get("_meta"))
	return said[0].Method != "" && meta.Text(metaVersion) >= modernVersion
}

func refuse(w http.ResponseWriter, status int, text string) {
	refuseWith(w, status, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, text))
}

func refuseWith(w http.ResponseWriter, status int, m jsonrpc.Message) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(m.Bytes()) // a client that has gone is nobody's trouble
}
