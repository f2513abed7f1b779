package builder

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client"
	dockerfile "github.com/moby/buildkit/frontend/dockerfile/builder"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/filesync"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"moorage"
)

// Build makes the image. The Dockerfile is read and checked by us, and
// understood by a frontend in this process, so that the engine pulls no
// frontend and an old engine builds what a new one does.
func (e *Engine) Build(ctx context.Context, b Build, p Progress) (moorage.Image, error) {
	src, err := e.openSource(b, p)
	if err != nil {
		return moorage.Image{}, err
	}
	defer src.Close()
	timeout := b.Timeout
	if timeout == 0 {
		timeout = e.options.BuildTimeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	src.stop = cancel
	board := newBoard(p)
	err = e.solve(limited, b, src, board)
	board.close(err == nil, limited.Err() != nil)
	switch {
	case err == nil:
		return e.inspect(ctx, b.Ref)
	case ctx.Err() != nil:
		return moorage.Image{}, fmt.Errorf("build: %w", context.Cause(ctx))
	case src.refusal() != nil:
		return moorage.Image{}, src.refusal()
	case limited.Err() != nil:
		return moorage.Image{}, moorage.Errorf(moorage.Limited, "The build took longer than %s and was stopped.", timeout).
			Try("Make the build do less, or allow it more time (MOORAGE_BUILD_TIMEOUT).")
	}
	if _, gone := e.docker.Ping(ctx); gone != nil { // in the middle: BuildKit only says that it was cut off
		return moorage.Image{}, engineGone(err)
	}
	return moorage.Image{}, board.explain(err)
}

// solve runs BuildKit to its end, feeding the board.
func (e *Engine) solve(ctx context.Context, b Build, src *source, board *board) error {
	client, err := bk.New(ctx, "",
		bk.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return e.docker.DialHijack(ctx, "/grpc", "h2c", nil)
		}),
		bk.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return e.docker.DialHijack(ctx, "/session", proto, meta)
		}), bk.WithGRPCDialOption(grpc.WithChainStreamInterceptor(skipEmpty)))
	if err != nil {
		return engineGone(err)
	}
	defer client.Close()
	frontend := func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return dockerfile.Build(ctx, &guard{Client: c, source: src})
	}
	events, shown := make(chan *bk.SolveStatus), make(chan *bk.SolveStatus)
	var g errgroup.Group
	g.Go(func() error {
		_, err := client.Build(ctx, solveOptions(b, src), "moorage", frontend, events)
		return err
	})
	g.Go(func() error {
		backlog(events, shown)
		return nil
	})
	g.Go(func() error {
		for status := range shown {
			board.show(status)
		}
		return nil
	})
	return g.Wait()
}

// solveOptions are all that a build is asked for with: folders of our session,
// an image in the engine, and not one entitlement.
func solveOptions(b Build, src *source) bk.SolveOpt {
	name, _, _ := strings.Cut(b.Ref, ":")
	return bk.SolveOpt{
		FrontendAttrs: attributes(b, name),
		Session:       []session.Attachable{filesync.NewFSSyncProvider(src)},
		Exports:       []bk.ExportEntry{{Type: "moby", Attrs: map[string]string{"name": b.Ref}}},
		SharedKey:     name,
	}
}

// attributes are what the Dockerfile frontend is told. A cmdline makes it
// ignore "# syntax=" lines. Cache mounts are the server's own: nobody finds, or
// leaves, anything in another's.
func attributes(b Build, server string) map[string]string {
	attrs := map[string]string{
		"filename": dockerfileName, "cmdline": "moorage",
		"build-arg:BUILDKIT_CACHE_MOUNT_NS": server,
	}
	if b.Config.NoCache {
		attrs["no-cache"] = ""
	}
	for name, value := range b.Labels {
		attrs["label:"+name] = value
	}
	return attrs
}

func (e *Engine) inspect(ctx context.Context, ref string) (moorage.Image, error) {
	found, err := e.docker.ImageInspect(ctx, ref)
	if err != nil {
		return moorage.Image{}, fmt.Errorf("inspect image %s: %w", ref, err)
	}
	return moorage.Image{Ref: ref, ID: found.ID, Size: found.Size}, nil
}

// engineGone is what to say when the container engine does not answer.
func engineGone(err error) error {
	return moorage.Errorf(moorage.Unavailable, "The container engine does not answer.").
		Try("Check that it runs and that Moorage may use its socket (DOCKER_HOST), then try again.").Because(err)
}

// ownStep is a step of our own among BuildKit's. Why it failed is the caller's
// to say.
func ownStep(p Progress, name string, work func(note func(format string, args ...any)) error) error {
	step := p.Begin(name, time.Now())
	out := &stepWriter{step: step, p: p}
	err := work(out.note)
	status := moorage.StepDone
	if err != nil {
		status = moorage.StepFailed
	}
	p.End(step, status, false, time.Now())
	return err
}
