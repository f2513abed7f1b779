package store

import (
	"context"
	"errors"

	"moorage"
)

// The status of a deployment changes by compare-and-swap only: the row says
// who was first, not the memory of a worker.

// ClaimDeployment gives the caller the oldest queued deployment whose server
// has none running, and makes it cloning. NotFound when there is none.
func (db *DB) ClaimDeployment(ctx context.Context) (claimed moorage.Deployment, err error) {
	err = db.write(ctx, "claim deployment", func(t *tx) error {
		nothing := moorage.Errorf(moorage.NotFound, "No deployment waits.")
		id, err := one(ctx, t, nothing, value[moorage.DeploymentID], `
			UPDATE deployments
			SET    status = 'cloning', started_at = ?, updated_at = ?, heartbeat_at = ?
			WHERE  status = 'queued' AND arrival = (
				SELECT min(q.arrival)
				FROM   deployments AS q
				WHERE  q.status = 'queued' AND NOT EXISTS (
					SELECT 1
					FROM   deployments AS r
					WHERE  r.server_id = q.server_id AND r.status IN `+runningStatuses+`))
			RETURNING id`, at(t.now), at(t.now), at(t.now))
		if err != nil {
			return err
		}
		claimed, err = deployment(ctx, t, id)
		t.touch(topicDeployments, topicServers, string(claimed.ServerID), string(id))
		return err
	})
	return claimed, err
}

// AdvanceDeployment moves a deployment one step on in a worker's hands.
// Conflict when it is not in from any more: somebody cancelled it. To go live
// is Switch's, to end is EndDeployment's.
func (db *DB) AdvanceDeployment(ctx context.Context, id moorage.DeploymentID, from, to moorage.DeploymentStatus) error {
	if !to.Running() {
		return noWay(from, to)
	}
	return db.write(ctx, "advance deployment", func(t *tx) error {
		return become(ctx, t, id, from, to)
	})
}

// EndDeployment ends a deployment that was never live: failed, cancelled or
// superseded. What is known of the reason is stored; steps that still run end
// with it. Conflict when it is not in from any more.
func (db *DB) EndDeployment(ctx context.Context, id moorage.DeploymentID, from, to moorage.DeploymentStatus, reason *moorage.Error) error {
	step := moorage.StepCancelled
	switch to {
	case moorage.StatusFailed:
		step = moorage.StepFailed
	case moorage.StatusCancelled, moorage.StatusSuperseded:
	default:
		return noWay(from, to)
	}
	if reason == nil {
		reason = new(moorage.Error)
	}
	return db.write(ctx, "end deployment", func(t *tx) error {
		if err := become(ctx, t, id, from, to); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `
			UPDATE deployments
			SET    error_code = ?, error = ?, error_next = ?, finished_at = ?
			WHERE  id = ?`, reason.Code, reason.Message, reason.Next, at(t.now), id); err != nil {
			return err
		}
		if from == moorage.StatusQueued && to == moorage.StatusCancelled { // of one that runs, CancelDeployment has
			if err := t.auditCancel(ctx, id); err != nil {
				return err
			}
		}
		return closeSteps(ctx, t, id, step)
	})
}

// Switch makes a probed deployment the one that answers its server's endpoint,
// and retires the one that did. What it offers is compared with what was
// offered before; see Observe. It returns the retired one, "" when there was none.
func (db *DB) Switch(ctx context.Context, id moorage.DeploymentID, url string, info moorage.ServerInfo, offers []moorage.Offer) (replaced moorage.DeploymentID, err error) {
	err = db.write(ctx, "switch", func(t *tx) error {
		d, err := deployment(ctx, t, id)
		if err != nil {
			return err
		}
		if replaced, err = retireLive(ctx, t, d.ServerID); err != nil {
			return err
		}
		if err := become(ctx, t, id, moorage.StatusProbing, moorage.StatusLive); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `
			UPDATE deployments
			SET    deployment_url = ?, server_info = ?, finished_at = ?
			WHERE  id = ?`, url, document{&info}, at(t.now), id); err != nil {
			return err
		}
		if err := setLive(ctx, t, d.ServerID, moorage.ServerLive, id); err != nil {
			return err
		}
		first, err := neverLive(ctx, t, d)
		if err != nil {
			return err
		}
		return take(ctx, t, listing{server: d.ServerID, deployment: id, first: first, kinds: moorage.OfferKinds(), offers: offers})
	})
	if err != nil {
		return "", err
	}
	return replaced, nil
}

// neverLive reports whether nothing of the server was live before d.
func neverLive(ctx context.Context, t *tx, d moorage.Deployment) (bool, error) {
	earlier, err := count(ctx, t, `
		SELECT EXISTS (SELECT 1 FROM deployments WHERE server_id = ? AND id <> ? AND status IN ('live', 'retired'))`, d.ServerID, d.ID)
	return earlier == 0, err
}

// retireLive retires what is live of a server and returns it, "" when nothing is.
func retireLive(ctx context.Context, t *tx, server moorage.ServerID) (moorage.DeploymentID, error) {
	live, err := all(ctx, t, value[moorage.DeploymentID], `
		SELECT id
		FROM   deployments
		WHERE  server_id = ? AND status = 'live'`, server)
	if err != nil || len(live) == 0 {
		return "", err
	}
	return live[0], become(ctx, t, live[0], moorage.StatusLive, moorage.StatusRetired)
}

// become is the compare-and-swap.
func become(ctx context.Context, t *tx, id moorage.DeploymentID, from, to moorage.DeploymentStatus) error {
	if !from.CanBecome(to) {
		return noWay(from, to)
	}
	server, err := one(ctx, t, errElsewhere, value[string], `
		UPDATE    deployments
		SET       status = ?, updated_at = ?
		WHERE     id = ? AND status = ?
		RETURNING server_id`, to, at(t.now), id, from)
	switch {
	case errors.Is(err, errElsewhere):
		return elsewhere(ctx, t, id, from)
	case isDuplicate(err): // deployments_one_running
		return moorage.Errorf(moorage.Conflict, "Another deployment of this server is running.").Because(err)
	}
	t.touch(topicDeployments, topicServers, server, string(id))
	return err
}

// errElsewhere: the deployment is not in the status that was expected.
var errElsewhere = moorage.Errorf(moorage.Conflict, "The deployment is elsewhere.")

// elsewhere says where.
func elsewhere(ctx context.Context, t *tx, id moorage.DeploymentID, expected moorage.DeploymentStatus) error {
	d, err := deployment(ctx, t, id)
	if err != nil {
		return err
	}
	return moorage.Errorf(moorage.Conflict, "The deployment is %s, no longer %s.", d.Status, expected)
}

func deployment(ctx context.Context, t *tx, id moorage.DeploymentID) (moorage.Deployment, error) {
	return one(ctx, t, noDeployment(), scanDeployment, `
		SELECT `+deploymentColumns+`
		FROM   deployments AS d
		WHERE  d.id = ?`, id)
}

func noWay(from, to moorage.DeploymentStatus) error {
	return moorage.Errorf(moorage.Conflict, "A deployment that is %s cannot become %s this way.", from, to)
}
