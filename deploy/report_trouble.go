package deploy

import (
	"context"
	"errors"

	"moorage"
)

// note draws the conclusions from what GitHub said, and reports whether the
// server's next deployment may be told.
func (r *Reporter) note(ctx context.Context, u moorage.Unreported, err error) bool {
	var limited moorage.LimitedUntil
	var answered *moorage.Error
	server := u.Follower.ID
	switch code := moorage.ErrorCode(err); {
	case err == nil:
		delete(r.waits, server)
		return r.tellOwner(ctx, u, "", "")
	case ctx.Err() != nil:
	case errors.As(err, &limited):
		r.limited[u.Follower.OwnerID] = limited.Time
		if most := r.Now().Add(limitedAtMost); limited.After(most) {
			r.limited[u.Follower.OwnerID] = most
		}
		r.Logger.Warn("GitHub not told", "deployment", u.Deployment.ID, "err", err)
	case errors.Is(err, errNoToken), code == moorage.Unauthenticated:
		r.mend(ctx, u, err, "GitHub is not told how deployments go: the server's owner is not signed in with GitHub, or no longer.",
			"They sign in with GitHub again, and then save this form.")
	case code == moorage.Forbidden, code == moorage.NotFound:
		r.mend(ctx, u, err, "GitHub is not told how deployments go: it does not let Moorage write that to the repository.",
			"Give the GitHub App the permissions “Commit statuses” and “Deployments”, to read and write, and accept them where it is installed. "+
				"With an OAuth App, the server's owner has to be allowed to push to the repository. Then save this form.")
	case code == moorage.Internal && errors.As(err, &answered):
		return r.giveUp(ctx, u, err)
	default:
		r.again(u, err)
	}
	return false
}

// again tries later, and later still.
func (r *Reporter) again(u moorage.Unreported, err error) {
	w := r.waits[u.Follower.ID]
	left := min(firstWait<<min(w.failures, 10), longWait)
	r.waits[u.Follower.ID] = wait{until: r.Now().Add(left), failures: w.failures + 1}
	r.Logger.Warn("GitHub not told", "deployment", u.Deployment.ID, "again_in", left.String(), "err", err)
}

// mend tells the owner once what only a person can do.
func (r *Reporter) mend(ctx context.Context, u moorage.Unreported, err error, trouble, next string) {
	if !r.tellOwner(ctx, u, trouble, next) {
		r.again(u, err)
		return
	}
	r.waits[u.Follower.ID] = wait{until: r.Now().Add(toldWait), told: true}
	r.Logger.Warn("GitHub not told", "deployment", u.Deployment.ID, "again_in", toldWait.String(), "err", err)
}

// giveUp leaves out what GitHub will never take: its commit may be gone.
func (r *Reporter) giveUp(ctx context.Context, u moorage.Unreported, err error) bool {
	r.Logger.Warn("GitHub not told", "deployment", u.Deployment.ID, "status", u.Deployment.Status, "err", err)
	is := u.Reported
	is.Status, is.Commit = u.Deployment.Status, r.report(u).Commit
	if err := r.Database.SetReported(ctx, is); err != nil {
		r.again(u, err)
		return false
	}
	return true
}

// tellOwner puts a sentence on the server's page, or takes it away. It reports
// whether it stands there.
func (r *Reporter) tellOwner(ctx context.Context, u moorage.Unreported, trouble, next string) bool {
	if u.Follower.AutoDeploy.Trouble == trouble {
		return true
	}
	if err := r.Database.SetReportTrouble(ctx, u.Follower.ID, trouble, next); err != nil {
		r.Logger.Warn("Trouble not recorded", "server", u.Follower.ID, "err", err)
		return false
	}
	return true
}
