package deploy

import (
	"context"
	"io"
	"sync"
	"time"

	"moorage/runtime"
	"moorage/secrets"
)

const (
	// stopGrace is what a server has between SIGTERM and SIGKILL.
	stopGrace = time.Second

	// lastWordsTime is how long the reader of a stopped instance's output has
	// to take the rest of it.
	lastWordsTime = time.Second
)

// instance is the container of a deployment while it is tried out. Its output
// has one reader, which puts it into the log first; after handOver the Output
// of the instance itself continues it, for whoever takes over. Both have it
// from one mask: a secret of which each had a half would be shown by both.
type instance struct {
	runtime.Container
	spec runtime.Spec

	mu     sync.Mutex         // held over a write to the log, so that handOver ends them
	log    func(chunk []byte) // nil: handed over
	from   *io.PipeReader
	to     *io.PipeWriter
	silent chan struct{} // closed when the output has ended; nil: nobody listens
}

func newInstance(spec runtime.Spec, c runtime.Container) *instance {
	r, w := io.Pipe()
	return &instance{Container: c, spec: spec, from: r, to: w}
}

// Output continues the container's output from where the log let go, masked as
// the log is. What the mask held back then comes first.
func (i *instance) Output() io.Reader { return i.from }

// Stop stops the container, and returns when its output is where it belongs.
func (i *instance) Stop(ctx context.Context, grace time.Duration) error {
	err := i.Container.Stop(ctx, grace)
	if i.silent != nil {
		select {
		case <-i.silent:
		case <-time.After(lastWordsTime):
		}
	}
	i.from.Close() // a pump that nobody reads from lets go
	return err
}

// listen begins to put the output into the log, as mask shows it.
func (i *instance) listen(mask *secrets.Stream, log func(chunk []byte)) {
	i.log = log
	i.silent = make(chan struct{})
	go i.pump(i.Container.Output(), mask)
}

func (i *instance) pump(output io.Reader, mask *secrets.Stream) {
	defer close(i.silent)
	defer i.to.Close()
	chunk := make([]byte, 32<<10)
	for {
		n, err := output.Read(chunk)
		i.pass(mask.Write(chunk[:n]))
		if err != nil {
			i.pass(mask.Flush())
			return
		}
	}
}

// pass gives a chunk to whoever has the output now.
func (i *instance) pass(chunk []byte) {
	if len(chunk) > 0 && !i.logged(chunk) {
		_, _ = i.to.Write(chunk) // fails when nobody wants it: reading goes on all the same
	}
}

// logged puts a chunk into the log, as long as it is the log's.
func (i *instance) logged(chunk []byte) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.log == nil {
		return false
	}
	i.log(chunk)
	return true
}

// handOver lets go of the output: nothing of it comes to the log any more.
func (i *instance) handOver() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.log = nil
}
