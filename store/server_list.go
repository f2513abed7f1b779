package store

import (
	"context"

	"moorage"
)

// Servers returns the servers that the filter chooses: those of who comes
// first, then the others, by slug.
func (db *DB) Servers(ctx context.Context, f moorage.ServerFilter) ([]moorage.Server, error) {
	w := whereServers(f)
	return all(ctx, db.main.r, scanServer, `
		SELECT `+serverColumns+`
		FROM   servers AS s`+w.String()+`
		ORDER BY s.owner_id <> ?, s.slug
		LIMIT ? OFFSET ?`, w.page(f.Limit, f.Offset, f.First)...)
}

// ServerSummaries returns the servers that the filter chooses as lists show
// them: those of who comes first, then the others, by slug.
func (db *DB) ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error) {
	w := whereServers(f)
	return all(ctx, db.main.r, scanServerSummary, `
		SELECT `+serverColumns+`,
		       (SELECT o.login FROM users AS o WHERE o.id = s.owner_id),
		       COALESCE((SELECT json_extract(l.config, '$.run.transport') FROM deployments AS l WHERE l.id = s.live_deployment_id), ''),
		       (SELECT count(*) FROM offers AS o WHERE o.server_id = s.id AND o.kind = 'tool'),
		       (SELECT count(*) FROM held AS h WHERE h.server_id = s.id),
		       (SELECT count(*) FROM instances AS i WHERE i.server_id = s.id AND i.status <> 'stopped'),
		       COALESCE(last.status, ''), COALESCE(last.id, ''), COALESCE(last.error, ''), `+nowColumns+`
		FROM   servers AS s
		LEFT JOIN health_now AS h
		ON     h.server_id = s.id
		LEFT JOIN deployments AS last
		ON     last.arrival = (SELECT max(d.arrival) FROM deployments AS d WHERE d.server_id = s.id)`+w.String()+`
		ORDER BY s.owner_id <> ?, s.slug
		LIMIT ? OFFSET ?`, w.page(f.Limit, f.Offset, f.First)...)
}

// CountServers returns how many servers the filter chooses in all, whatever
// its limit and offset.
func (db *DB) CountServers(ctx context.Context, f moorage.ServerFilter) (int, error) {
	w := whereServers(f)
	return count(ctx, db.main.r, `SELECT count(*) FROM servers AS s`+w.String(), w.args...)
}

func whereServers(f moorage.ServerFilter) *where {
	w := new(where)
	if f.OwnerID != "" {
		w.and(`s.owner_id = ?`, f.OwnerID)
	}
	if f.Live {
		w.and(`s.live_deployment_id IS NOT NULL`)
	}
	if f.Callable != "" {
		w.and(`(s.owner_id = ? OR s.sharing = 'everyone' OR s.sharing = 'people' AND EXISTS (
			SELECT 1 FROM server_people AS p WHERE p.server_id = s.id AND p.user_id = ?))`, f.Callable, f.Callable)
	}
	if f.After.Slug != "" {
		w.and(`(s.owner_id <> ?, s.slug) > (?, ?)`, f.First, f.After.Others, f.After.Slug)
	}
	if f.Search != "" {
		// instr, not LIKE: % and _ are letters like others here.
		w.and(`instr(lower(s.slug || char(10) || s.name || char(10) || s.title || char(10) || s.description), lower(?)) > 0`, f.Search)
	}
	return w
}

func scanServerSummary(row scanner) (s moorage.ServerSummary, err error) {
	fields := append(serverFields(&s.Server), &s.Owner, &s.Transport, &s.Tools, &s.Held, &s.Instances, &s.LastStatus, &s.LastID, &s.LastError)
	err = row.Scan(append(fields, healthFields(&s.Health)...)...)
	return s, err
}
