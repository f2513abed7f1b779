package store

import (
	"context"
	"strings"

	"moorage"
)

// Deployments returns the deployments that the filter chooses, newest first.
func (db *DB) Deployments(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.Deployment, error) {
	w := whereDeployments(f)
	return all(ctx, db.main.r, scanDeployment, `
		SELECT `+deploymentColumns+`
		FROM   deployments AS d`+w.String()+`
		ORDER BY d.arrival DESC
		LIMIT ? OFFSET ?`, w.page(f.Limit, f.Offset)...)
}

// DeploymentSummaries returns the deployments that the filter chooses as lists
// show them, newest first.
func (db *DB) DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error) {
	w := whereDeployments(f)
	return all(ctx, db.main.r, scanDeploymentSummary, `
		SELECT `+deploymentColumns+`, s.slug, s.title, u.login
		FROM   deployments AS d
		JOIN   servers     AS s ON s.id = d.server_id
		JOIN   users       AS u ON u.id = d.created_by`+w.String()+`
		ORDER BY d.arrival DESC
		LIMIT ? OFFSET ?`, w.page(f.Limit, f.Offset)...)
}

// CountDeployments returns how many deployments the filter chooses in all,
// whatever its limit and offset.
func (db *DB) CountDeployments(ctx context.Context, f moorage.DeploymentFilter) (int, error) {
	w := whereDeployments(f)
	return count(ctx, db.main.r, `SELECT count(*) FROM deployments AS d`+w.String(), w.args...)
}

// RunningDeployments returns those that a worker has in its hands, or had when
// Moorage ended; in the order they were asked for.
func (db *DB) RunningDeployments(ctx context.Context) ([]moorage.Deployment, error) {
	return all(ctx, db.main.r, scanDeployment, `
		SELECT   `+deploymentColumns+`
		FROM     deployments AS d
		WHERE    d.status IN `+runningStatuses+`
		ORDER BY d.arrival`)
}

// KeptImages returns the deployments of a server whose image is still in the
// engine, newest first.
func (db *DB) KeptImages(ctx context.Context, server moorage.ServerID) ([]moorage.Deployment, error) {
	return all(ctx, db.main.r, scanDeployment, `
		SELECT   `+deploymentColumns+`
		FROM     deployments AS d
		WHERE    d.server_id = ? AND d.image_id <> ''
		ORDER BY d.arrival DESC`, server)
}

func whereDeployments(f moorage.DeploymentFilter) *where {
	w := new(where)
	if f.ServerID != "" {
		w.and(`d.server_id = ?`, f.ServerID)
	}
	if f.OwnerID != "" {
		w.and(`EXISTS (SELECT 1 FROM servers AS o WHERE o.id = d.server_id AND o.owner_id = ?)`, f.OwnerID)
	}
	if f.Before != "" {
		w.and(`d.arrival < (SELECT b.arrival FROM deployments AS b WHERE b.id = ?)`, f.Before)
	}
	if n := len(f.Statuses); n > 0 {
		statuses := make([]any, n)
		for i, status := range f.Statuses {
			statuses[i] = status
		}
		w.and(`d.status IN (?`+strings.Repeat(`, ?`, n-1)+`)`, statuses...)
	}
	return w
}

func scanDeploymentSummary(row scanner) (d moorage.DeploymentSummary, err error) {
	err = row.Scan(append(deploymentFields(&d.Deployment), &d.ServerSlug, &d.ServerTitle, &d.CreatedByLogin)...)
	return d, err
}
