package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"moorage"
)

// job is one deployment in a worker's hands. A worker has it to itself.
type job struct {
	*Pipeline
	moorage.Deployment

	shift  context.Context // the worker's, which ends with the shutdown
	ctx    context.Context // ends with it, or when cancel is called
	cancel context.CancelCauseFunc
	book   *logbook

	server    moorage.Server
	earlier   moorage.Deployment    // whose image is used again; zero: the source is built
	asks      []moorage.VariableAsk // of a plan that was made here
	variables values
	token     string // of the person who asked; "": the clone needs none
	dir       string // of the clone; "" before
	root      *os.Root
	instance  *instance // started, not yet live; nil before and after
	probed    moorage.Probed
}

// Why the context of a job ends, beside the shutdown.
var (
	errCancelled = errors.New("cancelled by a person")
	errTooLong   = errors.New("step deadline exceeded")
)

func (p *Pipeline) newJob(ctx context.Context, d moorage.Deployment) *job {
	working, cancel := context.WithCancelCause(ctx)
	j := &job{Pipeline: p, Deployment: d, shift: ctx, ctx: working, cancel: cancel}
	j.book = openLogbook(ctx, p, d.ID, 0, 0, cancel)
	return j
}

// run brings the deployment to an end, whichever.
func (j *job) run() {
	var beats sync.WaitGroup
	beating, stop := context.WithCancel(j.ctx)
	beats.Go(func() { j.beat(beating) })
	err := survive(j.work)
	stop()
	beats.Wait()
	j.end(err)
	j.cancel(nil)
}

// beat says again and again that the deployment is alive.
func (j *job) beat(ctx context.Context) {
	tick := time.NewTicker(j.heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := j.Database.Heartbeat(ctx, j.ID); err != nil && ctx.Err() == nil {
				j.Logger.Warn("Heartbeat not recorded", "deployment", j.ID, "err", err)
			}
		}
	}
}

// work takes the steps one after the other.
func (j *job) work() error {
	for _, s := range j.steps() {
		if err := j.advance(s.status); err != nil {
			return err
		}
		if err := j.take(s); err != nil {
			return fmt.Errorf("%s: %w", s.status, err)
		}
	}
	return j.switchOver()
}

// advance moves the deployment on. The worker's claim has made the first move.
func (j *job) advance(to moorage.DeploymentStatus) error {
	if to == j.Status {
		return nil
	}
	j.book.flush()
	if err := j.Database.AdvanceDeployment(j.ctx, j.ID, j.Status, to); err != nil {
		return fmt.Errorf("advance to %s: %w", to, err)
	}
	j.changed(j.Deployment, j.Status, to)
	j.Status = to
	return nil
}

// take takes one step within its deadline.
func (j *job) take(s step) error {
	ctx, cancel := context.WithTimeoutCause(j.ctx, s.within, errTooLong)
	defer cancel()
	began := j.Now()
	err := s.run(j, ctx)
	j.Meter.StepEnded(s.status, j.Now().Sub(began), err != nil)
	if err != nil && j.ctx.Err() == nil && errors.Is(context.Cause(ctx), errTooLong) {
		return moorage.Errorf(moorage.Unavailable, "%s took longer than %s.", title(string(s.status)), inWords(s.within)).
			Try("The log shows how far it came. Deploy again, or give it less to do.").Because(err)
	}
	return err
}

// survive turns a panic into an error, so that it ends one deployment and not
// Moorage.
func survive(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return do()
}

// logged does a part of the work as a step of the log. A step that fails stays
// open for what end has to say.
func (j *job) logged(name string, do func(n int) error) error {
	n := j.book.Begin(name, j.Now())
	if err := do(n); err != nil {
		return err
	}
	j.book.End(n, moorage.StepDone, false, j.Now())
	return nil
}

// title begins a word with a capital letter.
func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// inWords prints a deadline as people say it.
func inWords(d time.Duration) string {
	n, unit := int(d.Round(time.Second)/time.Second), "second"
	switch {
	case d < time.Second:
		return d.String()
	case d%time.Hour == 0:
		n, unit = int(d/time.Hour), "hour"
	case d%time.Minute == 0:
		n, unit = int(d/time.Minute), "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
