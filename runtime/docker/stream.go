package docker

import (
	"context"
	"io"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"moorage"
)

// attach connects to the streams of the container. Stderr of a stdio server has
// a connection of its own: on a shared one, a stdout that nobody reads at the
// moment would hold up the words that explain why.
func (c *instance) attach(ctx context.Context, transport moorage.Transport) error {
	if transport.Listens() {
		return c.listen(ctx, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	}
	wire, err := c.dial(ctx, container.AttachOptions{Stream: true, Stdin: true, Stdout: true})
	if err != nil {
		return err
	}
	c.stdio = newStdio(wire)
	c.work.Go(c.stdio.pump)
	return c.listen(ctx, container.AttachOptions{Stream: true, Stderr: true})
}

// listen copies what the server prints for people into the output.
func (c *instance) listen(ctx context.Context, options container.AttachOptions) error {
	wire, err := c.dial(ctx, options)
	if err != nil {
		return err
	}
	c.work.Go(func() {
		defer c.output.Close()
		// The only error is that the engine cut the line: the output ends there.
		_, _ = stdcopy.StdCopy(c.output, c.output, wire.Reader)
	})
	return nil
}

func (c *instance) dial(ctx context.Context, options container.AttachOptions) (types.HijackedResponse, error) {
	wire, err := c.docker.engine.ContainerAttach(ctx, c.id, options)
	if err != nil {
		return wire, c.docker.translate("attach to container", err)
	}
	c.wires = append(c.wires, wire)
	return wire, nil
}

// stdio is the server's stdin and stdout. Nothing is buffered between: a
// stdout that is not read fills the pipes behind it until the server blocks.
type stdio struct {
	wire types.HijackedResponse
	r    *io.PipeReader
	w    *io.PipeWriter
}

func newStdio(wire types.HijackedResponse) *stdio {
	r, w := io.Pipe()
	return &stdio{wire: wire, r: r, w: w}
}

// Read returns what the server wrote to stdout, and io.EOF when it has ended.
func (s *stdio) Read(p []byte) (int, error) { return s.r.Read(p) }

// Write sends p to the server's stdin, in one piece between other calls.
func (s *stdio) Write(p []byte) (int, error) { return s.wire.Conn.Write(p) }

// Close ends the server's stdin. Stdout can still be read.
func (s *stdio) Close() error { return s.wire.CloseWrite() }

// pump carries stdout to the reader until the container ends.
func (s *stdio) pump() {
	_, err := stdcopy.StdCopy(s.w, io.Discard, s.wire.Reader)
	s.w.CloseWithError(err) // nil: io.EOF
}

// abandon gives up what nobody has read: readers get io.EOF. The engine does
// not see a container through to its end while it has stdout left to deliver, so this comes
// before the removal.
func (s *stdio) abandon() {
	_ = s.w.Close()
	s.wire.Close()
}
