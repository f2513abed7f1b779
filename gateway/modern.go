package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"moorage/jsonrpc"
	"moorage/runner"
)

// The era without sessions, and keys of _meta in it (MCP 2026-07-28, basic).
const (
	modernVersion  = "2026-07-28"
	metaVersion    = "io.modelcontextprotocol/protocolVersion"
	methodDiscover = "server/discover"
	methodListen   = "subscriptions/listen"

	methodListTools = "tools/list"
	methodCallTool  = "tools/call"
)

// isModern reports whether a version, as its header has it, is of the modern era.
func isModern(version string) bool { return version >= modernVersion }

// saysModern reports whether a message names such a version itself.
func saysModern(m jsonrpc.Message) bool {
	return m.Method != "" && isModern(metaOf(m).Text(metaVersion))
}

func metaOf(m jsonrpc.Message) jsonrpc.Object {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return nil
	}
	meta, _ := jsonrpc.ParseObject(params.Get("_meta")) // of no object nothing is known
	return meta
}

// modern answers a POST of the era without sessions: one message, one answer.
func (g *Gateway) modern(w http.ResponseWriter, r *http.Request, c Call, m jsonrpc.Message) {
	if m.IsResponse() {
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "In this protocol version clients answer nothing."))
		return
	}
	if why := agrees(r.Header, m); why != nil {
		refuse(w, http.StatusBadRequest, *why)
		return
	}
	if !m.IsRequest() {
		w.WriteHeader(http.StatusAccepted) // who cancels a call ends its connection
		return
	}
	if why := c.view().Refuses(m); why != nil {
		refuse(w, http.StatusBadRequest, *why)
		return
	}
	g.call(w, r, c, m)
}

// call makes a call of a server in its own era, or over the bridge when that is
// the legacy one.
func (g *Gateway) call(w http.ResponseWriter, r *http.Request, c Call, m jsonrpc.Message) {
	e, err := g.eraOf(r.Context(), c)
	if err != nil {
		fail(w, m.ID, unavailable(err))
		return
	}
	if !e.modern {
		g.bridge.serve(w, r, c, m)
		return
	}
	session, err := g.o.Runner.Connect(r.Context(), c.Server.ID, runner.Guest{
		User: c.Caller.User.ID, Speaks: modernVersion, Modern: true, Direct: c.view().Whole(),
	})
	if err != nil {
		fail(w, m.ID, err)
		return
	}
	defer session.Close()
	if address := session.Address(); address != "" {
		ended, o := session.Passing(m), &overhearing{ResponseWriter: w}
		g.forward(o, r, address, m)
		ended(o.end(r, m))
		return
	}
	if why := g.agreesParams(r, c, session, m); why != nil {
		refuse(w, http.StatusBadRequest, *why)
		return
	}
	g.exchange(w, r, c, session, m)
}

// spoken are the versions that a client may choose from, whichever the server
// behind speaks.
var spoken = append([]string{modernVersion}, legacyVersions...)

// unsupported says which versions there are instead of the one that was asked for.
func unsupported(m jsonrpc.Message) jsonrpc.Message {
	return jsonrpc.RefusalWith(m.ID, jsonrpc.CodeVersion, "Unsupported protocol version", map[string]any{
		"supported": spoken, "requested": metaOf(m).Text(metaVersion),
	})
}

// exchange makes the call and answers with all that comes of it.
func (g *Gateway) exchange(w http.ResponseWriter, r *http.Request, c Call, session *runner.Session, m jsonrpc.Message) {
	if err := begin(r.Context(), session, m); err != nil {
		fail(w, m.ID, err)
		return
	}
	g.tell(w, r, c, func(ctx context.Context, st *stream) { g.collect(ctx, st, c, session, m) })
}

// tell answers a call with what is put on a stream, until the answer. A client
// that goes has cancelled it: ctx ends then.
func (g *Gateway) tell(w http.ResponseWriter, r *http.Request, c Call, put func(ctx context.Context, st *stream)) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	st := newStream("call", 1)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		put(ctx, st)
	}()
	defer func() { cancel(); <-heard }()

	if body, whole := g.first(ctx, st); whole {
		answer(w, statusOf(codeOf(body)), body)
		return
	}
	if ctx.Err() == nil {
		g.stream(w, r, st, show{still: c.Still})
	}
}

// begin hands the call to the server.
func begin(ctx context.Context, session *runner.Session, m jsonrpc.Message) error {
	taken, err := session.Offer(ctx, m)
	if err == nil && !taken {
		err = errGone
	}
	return err
}

// collect puts what the server says about a call on its stream, until the
// answer. A subscription lasts as long as its client; another call of which
// nothing is heard for too long is given up.
func (g *Gateway) collect(ctx context.Context, st *stream, c Call, session *runner.Session, m jsonrpc.Message) {
	for {
		heard, cancel := ctx, context.CancelFunc(func() {})
		if m.Method != methodListen {
			heard, cancel = context.WithTimeout(ctx, g.o.CallTimeout)
		}
		said, err := session.Hear(heard)
		late := heard.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case late:
			st.put(jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "The server did not answer within "+g.o.CallTimeout.String()+"."))
			return
		case err != nil:
			st.abandon()
			return
		case said.IsRequest():
			continue // forbidden in this era
		}
		if said.IsResponse() {
			said = c.view().Narrow(m.Method, said)
		}
		st.put(said)
		if said.IsResponse() {
			return
		}
	}
}

func codeOf(body []byte) int {
	var e struct {
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // we have written it
	return e.Error.Code
}

// discoverTimeout is how long a server that does not know the modern era may
// take to say so.
const discoverTimeout = 15 * time.Second
