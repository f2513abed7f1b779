package runner

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"moorage"
	"moorage/jsonrpc"
)

// Close codes of a socket, beside those of RFC 6455. The reason is a sentence.
const (
	CloseIdle     websocket.StatusCode = 4000 // no call for the idle timeout
	CloseReplaced websocket.StatusCode = 4001 // a new deployment took over; connect again
	CloseExited   websocket.StatusCode = 4002 // the server ended
	CloseStopped  websocket.StatusCode = 4003 // the server was stopped by its owner
	CloseRefused  websocket.StatusCode = 4004 // no session could be had
	CloseRevoked  websocket.StatusCode = 4005 // the person may not call the server any more
)

// subprotocol is what MCP over WebSocket is called by the clients that speak
// it: one JSON-RPC message in each text frame.
const subprotocol = "mcp"

const (
	pingEvery    = 20 * time.Second
	writeTimeout = 10 * time.Second
)

// Sockets serves MCP over WebSocket to whoever holds a ticket. A socket is a
// session: when one ends, so does the other.
//
// Beside what the server says, two notifications of Moorage's own are sent.
// notifications/moorage/idle {"closesAt": unix ms} says when the socket closes
// if no more is called: at the beginning, each time that a call begins or ends (an
// unanswered one holds the socket open, for an hour at most), and once more in
// the last minute.
// notifications/moorage/session {"instance", "transport", "startedAt": unix ms}
// says, at the beginning, what the socket talks to.
type Sockets struct {
	*Tickets
	runner *Runner
	o      SocketOptions
}

// SocketOptions bound sockets. Zero durations mean the defaults.
type SocketOptions struct {
	Origin      string        // our URL; pages of another scheme, host or port are refused
	IdleTimeout time.Duration // without a call; default 5 minutes
	Logger      *slog.Logger
	Now         func() time.Time
}

// NewSockets returns sockets over the sessions of a runner.
func NewSockets(r *Runner, o SocketOptions) *Sockets {
	setDefault(&o.IdleTimeout, 5*time.Minute)
	if u, err := url.Parse(o.Origin); err == nil { // an origin has no path (RFC 6454, 6.2)
		o.Origin = strings.ToLower(u.Scheme + "://" + u.Host)
	}
	return &Sockets{Tickets: newTickets(o.Now), runner: r, o: o}
}

// ServeTicket opens the socket that a ticket stands for and serves it until it
// closes. An error means that there was no socket, and nothing was written:
// Forbidden for a ticket that is not good and for a foreign Origin,
// Invalid for what is no MCP over WebSocket. What goes wrong later is said by
// the close code and its reason, which a browser can read.
func (s *Sockets) ServeTicket(w http.ResponseWriter, r *http.Request, ticket string) error {
	if origin := r.Header.Get("Origin"); origin != "" && origin != s.o.Origin {
		return moorage.Errorf(moorage.Forbidden, "This socket is for pages of this Moorage only.")
	}
	if !wantsMCP(r) {
		return moorage.Errorf(moorage.Invalid, "This address speaks MCP over WebSocket.").
			Try("Connect with the subprotocol %q.", subprotocol)
	}
	t, err := s.Take(ticket)
	if err != nil {
		return err
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // the Origin was compared above, exactly
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		s.o.Logger.Debug("socket not opened", "server", t.Server, "user", t.User, "err", err)
		return nil // Accept has answered
	}
	conn.SetReadLimit(jsonrpc.MaxMessage)
	s.serve(r.Context(), conn, t)
	return nil
}

func (s *Sockets) serve(ctx context.Context, conn *websocket.Conn, t Ticket) {
	session, err := s.runner.Connect(ctx, t.Server, Guest{User: t.User, Held: t.Held})
	if err != nil {
		s.o.Logger.Info("no session", "server", t.Server, "user", t.User, "err", err)
		conn.Close(CloseRefused, reason(moorage.ErrorMessage(err)))
		return
	}
	defer session.Close()
	if err := t.May(ctx); err != nil {
		s.o.Logger.Info("session refused", "server", t.Server, "user", t.User, "err", err)
		conn.Close(CloseRevoked, reason(moorage.ErrorMessage(err)))
		return
	}
	sock := &socket{conn: conn, session: session, may: t.May, idle: s.o.IdleTimeout, now: s.o.Now}
	bye := sock.run(ctx)
	s.o.Logger.Info("socket closed", "server", t.Server, "user", t.User,
		"instance", session.Info().Instance, "code", int(bye.Code), "reason", bye.Reason)
}

// wantsMCP reports whether r is a WebSocket handshake that offers our subprotocol.
func wantsMCP(r *http.Request) bool {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return false
	}
	for _, offer := range r.Header.Values("Sec-WebSocket-Protocol") {
		if slices.ContainsFunc(strings.Split(offer, ","), func(p string) bool { return strings.TrimSpace(p) == subprotocol }) {
			return true
		}
	}
	return false
}

// farewell says how a socket closes after its session has ended.
func farewell(err error) websocket.CloseError {
	var ending *Ending
	if !errors.As(err, &ending) {
		return websocket.CloseError{Code: websocket.StatusGoingAway, Reason: "The connection was lost."}
	}
	code := map[Cause]websocket.StatusCode{
		CauseClosed:   websocket.StatusNormalClosure,
		CauseExited:   CloseExited,
		CauseReplaced: CloseReplaced,
		CauseStopped:  CloseStopped,
		CauseRevoked:  CloseRevoked,
		CauseShutdown: websocket.StatusGoingAway,
	}[ending.Cause]
	return websocket.CloseError{Code: code, Reason: reason(ending.Reason)}
}

// reason cuts a sentence to what a close frame can carry: 123 bytes (RFC 6455, 5.5).
func reason(s string) string {
	const most = 123
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
