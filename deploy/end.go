package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"moorage"
)

// end records how the work ended and cleans up after it. Nothing cancels it:
// the state of a deployment outlives the work.
func (j *job) end(err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), endWithin)
	defer cancel()
	j.tidy(ctx)
	var broken *moorage.Error
	switch cause := context.Cause(j.ctx); {
	case err == nil:
		j.book.close(moorage.StepDone)
	case errors.Is(cause, errCancelled):
		j.book.lastNote("Cancelled.")
		j.book.close(moorage.StepCancelled)
		j.record(moorage.StatusCancelled, nil)
	case errors.As(cause, &broken): // by the logbook
		j.fail(broken)
	case cause != nil: // the shutdown
		if err := j.interrupted(ctx, j.Deployment, j.book); err != nil {
			j.Logger.Error("Interruption not recorded: the next start does it", "deployment", j.ID, "err", err)
		}
		j.Status = moorage.StatusFailed
	default:
		j.fail(err)
	}
	j.forget(j.ID)
	j.Meter.DeploymentEnded(j.Status, j.Now().Sub(j.StartedAt))
	j.prune()
}

// prune removes what is no longer kept.
func (j *job) prune() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), endWithin)
	defer cancel()
	err := errors.Join(j.pruneLogs(ctx, j.ServerID), j.pruneImages(ctx, j.ServerID))
	if err != nil && moorage.ErrorCode(err) != moorage.NotFound { // a server that was deleted meanwhile
		j.Logger.Warn("Not pruned", "server", j.ServerID, "err", err)
	}
}

func (j *job) fail(err error) {
	e := j.forPeople(err)
	j.book.lastNote(e.Message)
	j.book.close(moorage.StepFailed)
	j.record(moorage.StatusFailed, e)
}

// tidy removes what only the work needed.
func (j *job) tidy(ctx context.Context) {
	if j.instance != nil {
		if err := j.instance.Stop(ctx, stopGrace); err != nil {
			j.Logger.Warn("Instance not removed", "deployment", j.ID, "err", err)
		}
		j.instance = nil
	}
	j.dropClone()
}

// dropClone removes the clone. It may be called when there is none.
func (j *job) dropClone() {
	if j.root != nil {
		j.root.Close()
		j.root = nil
	}
	if j.dir == "" {
		return
	}
	if err := os.RemoveAll(j.dir); err != nil {
		j.Logger.Warn("Clone not removed", "deployment", j.ID, "err", err)
	}
	j.dir = ""
}

// record ends the deployment in the database, after its log is complete. While
// the disk is full, or the database is held by somebody else, it is tried again
// and again: nothing else would ever end what nobody works on.
func (j *job) record(to moorage.DeploymentStatus, why *moorage.Error) {
	for {
		err := j.recordOnce(to, why)
		if err == nil {
			break
		}
		j.Logger.Error("End not recorded", "deployment", j.ID, "status", to, "was", j.Status, "err", err)
		if moorage.ErrorCode(err) != moorage.Unavailable {
			return
		}
		select {
		case <-j.shift.Done():
			return // the next start does it
		case <-time.After(recordAgain):
		}
	}
	var more []any
	if why != nil {
		more = []any{"err", j.book.mask(why.Err.Error())}
	}
	j.changed(j.Deployment, j.Status, to, more...)
	j.Status = to
}

func (j *job) recordOnce(to moorage.DeploymentStatus, why *moorage.Error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), endWithin)
	defer cancel()
	return j.Database.EndDeployment(ctx, j.ID, j.Status, to, why)
}

// forPeople finds the sentences in an error, or has some of its own.
func (j *job) forPeople(err error) *moorage.Error {
	var told *moorage.Error
	if !errors.As(err, &told) || told.Message == "" {
		told = moorage.Errorf(moorage.Internal, "Something broke on our side while the deployment was %s.", j.Status).
			Try("Deploy again. If it stays, the log of Moorage itself says more.")
	}
	return &moorage.Error{
		Code:    told.Code,
		Message: j.book.mask(told.Message),
		Next:    j.book.mask(told.Next),
		Err:     err,
	}
}

// interrupted fails a deployment that Moorage itself has stopped, and queues it
// once more: the book has the end of its log. It may itself be interrupted, and
// says the same when it is done again.
func (p *Pipeline) interrupted(ctx context.Context, d moorage.Deployment, book *logbook) error {
	why := moorage.Errorf(moorage.Unavailable, "Moorage restarted while this deployment was %s.", d.Status)
	next, err := p.retryOnce(ctx, d)
	switch {
	case err != nil:
		p.Logger.Error("Retry not queued", "deployment", d.ID, "err", err)
		_ = why.Try("Deploy again.")
	case next.Trigger == moorage.TriggerRecovery:
		_ = why.Try("Deployment %s tries again by itself.", next.ID)
	case next.ID != "":
		_ = why.Try("Deployment %s, which waited already, takes its place.", next.ID)
	default:
		_ = why.Try("It is not tried again by itself: deploy again.")
	}
	if said := why.Message + " " + why.Next; said != book.found {
		book.lastNote(said)
	}
	book.close(moorage.StepFailed)
	if err := p.Database.EndDeployment(ctx, d.ID, d.Status, moorage.StatusFailed, why); err != nil {
		return fmt.Errorf("record the end: %w", err)
	}
	p.changed(d, d.Status, moorage.StatusFailed, "again", next.ID)
	return nil
}

// retryOnce queues an interrupted deployment again. It returns what waits for
// its place: its retry, or a newer one of the same source, which makes a retry
// needless. A retry is not retried: then it returns the zero deployment.
func (p *Pipeline) retryOnce(ctx context.Context, d moorage.Deployment) (moorage.Deployment, error) {
	queued, err := p.Database.Deployments(ctx, moorage.DeploymentFilter{
		ServerID: d.ServerID, Statuses: []moorage.DeploymentStatus{moorage.StatusQueued},
	})
	if err != nil {
		return moorage.Deployment{}, fmt.Errorf("list the queue: %w", err)
	}
	for _, q := range queued {
		if q.Source.Ref == d.Source.Ref {
			return q, nil
		}
	}
	if d.Trigger == moorage.TriggerRecovery {
		return moorage.Deployment{}, nil
	}
	retry := moorage.Deployment{
		ServerID: d.ServerID, Source: d.Source, Config: d.Config, RollbackOf: d.RollbackOf,
		Trigger: moorage.TriggerRecovery, CreatedBy: d.CreatedBy, PushedCommit: d.PushedCommit, PushedBy: d.PushedBy,
	}
	if d.RollbackOf != "" {
		retry.Image = d.Image // held from the start, so that it is not removed while the retry waits
	}
	return p.Enqueue(ctx, retry)
}
