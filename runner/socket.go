package runner

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"

	"moorage"
	"moorage/jsonrpc"
)

// socket is one open WebSocket with its session.
type socket struct {
	conn    *websocket.Conn
	session *Session
	may     func(context.Context) error
	idle    time.Duration
	now     func() time.Time
}

// run relays until either side ends, or nothing is called for too long. It
// returns how the socket was closed, when nothing of it runs any more.
func (s *socket) run(ctx context.Context) websocket.CloseError {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tasks := []func(context.Context) websocket.CloseError{s.read, s.write, s.ping, s.watchIdle}
	ends := make(chan websocket.CloseError, len(tasks)) // only the first is heard
	var work sync.WaitGroup
	for _, task := range tasks {
		work.Go(func() { ends <- task(ctx) })
	}
	bye := <-ends
	s.conn.Close(bye.Code, bye.Reason) // before cancel, which would cut the line
	cancel()
	work.Wait()
	return bye
}

// read hands the client's frames to the session.
func (s *socket) read(ctx context.Context) websocket.CloseError {
	for {
		kind, frame, err := s.conn.Read(ctx)
		switch {
		case errors.Is(err, websocket.ErrMessageTooBig):
			return websocket.CloseError{Code: websocket.StatusMessageTooBig, Reason: "A message is larger than 16 MiB."}
		case err != nil:
			return goodbye(err)
		case kind != websocket.MessageText:
			return websocket.CloseError{Code: websocket.StatusUnsupportedData, Reason: "A message is one text frame."}
		}
		if err := s.session.Send(ctx, frame); err != nil {
			return farewell(err)
		}
	}
}

// goodbye says how to close after the client has, or has gone.
func goodbye(err error) websocket.CloseError {
	var said websocket.CloseError
	if errors.As(err, &said) || errors.Is(err, io.EOF) {
		return websocket.CloseError{Code: websocket.StatusNormalClosure, Reason: "Closed by the client."}
	}
	return websocket.CloseError{Code: websocket.StatusGoingAway, Reason: "The connection was lost."}
}

// write sends what the session says to the client.
func (s *socket) write(ctx context.Context) websocket.CloseError {
	info := s.session.Info()
	first := jsonrpc.Notice("notifications/moorage/session", map[string]any{
		"instance": info.Instance, "transport": info.Transport, "startedAt": info.StartedAt.UnixMilli(),
	})
	err := s.put(ctx, first.Bytes())
	for err == nil {
		var m []byte
		if m, err = s.session.Receive(ctx); err == nil {
			err = s.put(ctx, m)
		}
	}
	return farewell(err)
}

// put sends one frame. A client that does not take it in time is let go.
func (s *socket) put(ctx context.Context, frame []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, frame)
}

// ping finds out when the client has gone without a word, or may call the server
// no longer.
func (s *socket) ping(ctx context.Context) websocket.CloseError {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return farewell(ctx.Err())
		}
		if err := s.may(ctx); err != nil && ctx.Err() == nil {
			return websocket.CloseError{Code: CloseRevoked, Reason: reason(moorage.ErrorMessage(err))}
		}
		ponged, cancel := context.WithTimeout(ctx, pingEvery)
		err := s.conn.Ping(ponged)
		cancel()
		if err != nil {
			return goodbye(err)
		}
	}
}
