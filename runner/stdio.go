package runner

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"moorage/jsonrpc"
)

// errLinkClosed is why a message could not be handed on.
var errLinkClosed = errors.New("the conversation has ended")

// stdioLink speaks newline-delimited JSON-RPC. The server's stdout is not
// trusted: what is no message is counted and never goes on.
type stdioLink struct {
	stream io.ReadWriteCloser
	out    chan []byte
	in     chan jsonrpc.Message
	junk   atomic.Int64
	work   sync.WaitGroup

	deaf   chan struct{} // closed when the server takes no more
	closed chan struct{} // closed when nobody listens to it any more
	once   sync.Once
}

func newStdioLink(stream io.ReadWriteCloser) *stdioLink {
	l := &stdioLink{
		stream: stream,
		out:    make(chan []byte, outbox),
		in:     make(chan jsonrpc.Message, inbox),
		deaf:   make(chan struct{}),
		closed: make(chan struct{}),
	}
	l.work.Go(l.read)
	l.work.Go(l.write)
	return l
}

func (l *stdioLink) messages() <-chan jsonrpc.Message { return l.in }

func (l *stdioLink) reason() string { return "" }

func (l *stdioLink) noise() int64 { return l.junk.Load() }

func (l *stdioLink) send(ctx context.Context, m jsonrpc.Message) error {
	select {
	case <-l.deaf: // asked first: a select of several picks any
		return errLinkClosed
	default:
	}
	select {
	case l.out <- append(m.Bytes(), '\n'):
		return nil
	case <-l.deaf:
		return errLinkClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends the server's stdin: its sign to end.
func (l *stdioLink) close() {
	l.once.Do(func() {
		close(l.closed)
		l.stream.Close()
	})
}

func (l *stdioLink) wait() { l.work.Wait() }

func (l *stdioLink) write() {
	defer close(l.deaf)
	for {
		select {
		case line := <-l.out:
			if _, err := l.stream.Write(line); err != nil {
				return // what it still has to say is read on
			}
		case <-l.closed:
			return
		}
	}
}

func (l *stdioLink) read() {
	defer close(l.in)
	defer l.close()
	lines := bufio.NewReaderSize(l.stream, 64<<10)
	for {
		line, err := readLine(lines)
		if len(line) > 0 {
			l.take(line)
		}
		if errors.Is(err, errLineTooLong) {
			l.junk.Add(1)
		} else if err != nil {
			return
		}
	}
}

// take passes on one line. A server that goes on after goodbye is read and not
// listened to, so that it can end.
func (l *stdioLink) take(line []byte) {
	m, err := jsonrpc.ParseServer(line)
	if err != nil {
		l.junk.Add(1)
		return
	}
	select {
	case l.in <- m:
	case <-l.closed:
	}
}

var errLineTooLong = errors.New("line too long")

// readLine returns the next line without its end. A line beyond the cap is
// read to its end, so that the next one is whole, and dropped.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	var long bool
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > jsonrpc.MaxMessage+1; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && err == nil:
			return nil, errLineTooLong
		default:
			return bytes.TrimSpace(line), err
		}
	}
}
