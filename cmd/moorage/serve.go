package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"moorage"
	"moorage/failpoint"
	"moorage/static"
	"moorage/telemetry"
)

// Deadlines of the HTTP server. Streams set their own for each write.
const (
	headerTimeout = 5 * time.Second
	idleTimeout   = time.Minute
	drainTimeout  = 30 * time.Second
	maxHeader     = 32 << 10 // bytes
)

const serveHelp = `Runs Moorage until it is interrupted. The first start makes the data folder and
prints a one-time link; who opens it becomes the operator. Each flag can be set
as an environment variable, too; what everybody on a machine could read in the
arguments, secrets, is read from a file or the environment only.

Examples:
  moorage serve
  moorage serve --addr 127.0.0.1:9000 --data /var/lib/moorage
  MOORAGE_URL=https://mcp.example.com moorage serve --trusted-proxies 127.0.0.1`

// serve runs Moorage until it is interrupted.
func serve(ctx context.Context, p process, args []string) error {
	config, err := readConfig(p, "serve", args)
	if err != nil {
		return err
	}
	if config.Failpoints, err = failpoint.Parse(p.getenv(failpoint.Env)); err != nil {
		return err
	}
	if err := static.Check(); err != nil {
		return err
	}
	release, err := holdData(config.Data, time.Now())
	if err != nil {
		return err
	}
	defer release()
	ctx = moorage.WithActor(ctx, moorage.Actor{Means: moorage.MeansSystem}) // what it does by itself
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := telemetry.NewLogger(p.stderr)
	config.Failpoints.Warn(log)
	listener, err := net.Listen("tcp", config.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	config.listensOn(listener.Addr())
	a, err := build(ctx, config, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer a.close()
	if err := a.db.Reserve(); err != nil {
		log.Warn("No room is kept for deleting on a full disk", "err", err)
	}
	if err := greet(ctx, p, a); err != nil {
		return errors.Join(err, listener.Close())
	}
	return a.run(ctx, entrance{listener, a.docker.Admits})
}

// greet tells the person at the terminal where to go.
func greet(ctx context.Context, p process, a *app) error {
	has, err := a.db.HasAdmin(ctx)
	if err != nil {
		return err
	}
	if has {
		fmt.Fprintf(p.stdout, "\nMoorage runs at %s\n\n", a.config.URL)
		return nil
	}
	link, err := setupURL(ctx, a.auth, a.config)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\nMoorage runs. Open this link within 30 minutes; it makes you its operator:\n\n  %s\n\n", link)
	return nil
}

// run serves until ctx ends, then drains: no new work, the running work comes
// to an end that the next start can go on from.
func (a *app) run(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: a.handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error { return a.work(ctx) })
	group.Go(func() error { a.keeper.Run(ctx); return nil })
	group.Go(func() error { a.reporter.Run(ctx); return nil })
	group.Go(func() error { a.oauth.Run(ctx); return nil })
	group.Go(func() error { a.gateway.Run(ctx); return nil })
	group.Go(func() error { a.usage.Run(ctx, a.runner); return nil })
	group.Go(func() error { a.all.Run(ctx); return nil })
	group.Go(func() error { a.monitor.Run(ctx); return nil })
	group.Go(func() error {
		<-ctx.Done()
		close(a.stopping)
		draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		return errors.Join(a.gateway.Close(draining), a.all.Close(draining), a.runner.Shutdown(draining), server.Shutdown(draining))
	})
	a.log.Info("Started", "address", listener.Addr().String(), "url", a.config.URL.String(), "data", a.config.Data, "version", buildVersion())
	err := group.Wait()
	a.log.Info("Stopped", "err", err)
	return err
}

// work recovers what a former process left behind, then runs deployments. An
// engine that does not answer yet is asked again until it does: pages tell
// about it meanwhile.
func (a *app) work(ctx context.Context) error {
	for {
		// The pipeline first: to say what became of deployments takes no engine.
		err := errors.Join(a.pipeline.Recover(ctx), a.docker.Settle(ctx), a.runner.Recover(ctx))
		if err == nil {
			break
		}
		a.log.Warn("Not recovered yet", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(recoverAgain):
		}
	}
	a.pipeline.Run(ctx)
	return nil
}

const recoverAgain = 3 * time.Second

// listensOn fills in the port that the system chose for port 0.
func (c *Config) listensOn(addr net.Addr) {
	if _, port, err := net.SplitHostPort(c.URL.Host); err == nil && port == "0" {
		c.URL.Host = reachable(addr.String())
	}
}

const setupLinkHelp = `Prints a new one-time link that makes its reader the operator, for 30 minutes.
It works beside a running Moorage and wants the same settings: the link begins
with MOORAGE_URL.

Examples:
  moorage setup-link --data /var/lib/moorage`

// setupLink prints a new one-time link. It works beside a running Moorage.
func setupLink(ctx context.Context, p process, args []string) error {
	config, err := readConfig(p, "setup-link", args)
	if err != nil {
		return err
	}
	a, err := openExisting(ctx, config)
	if err != nil {
		return err
	}
	defer a.close()
	link, err := setupURL(ctx, a.auth, config)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, link)
	return err
}

// openExisting opens the data folder of a Moorage that was started before,
// which may be running.
func openExisting(ctx context.Context, config Config) (*app, error) {
	if !begun(config.Data) {
		return nil, errNotBegun(config)
	}
	return open(ctx, config, slog.New(slog.DiscardHandler))
}

// begun reports whether there is a Moorage in a data folder.
func begun(data string) bool {
	_, err := os.Stat(filepath.Join(data, "moorage.db"))
	return err == nil
}

func errNotBegun(config Config) error {
	return moorage.Errorf(moorage.NotFound, "There is no Moorage in %s.", config.Data).Try("Name its data folder with --data or MOORAGE_DATA, or start it first with moorage serve.")
}
