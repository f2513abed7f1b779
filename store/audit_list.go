package store

import (
	"context"

	"moorage"
)

const auditColumns = `n, at, means, actor_id, actor_login, ip, request_id, act, target_kind, target_id, target_name, details, previous_hash, hash`

// AuditEntries returns the rows that the filter chooses, newest first.
func (db *DB) AuditEntries(ctx context.Context, f moorage.AuditFilter) ([]moorage.AuditEntry, error) {
	w := whereAudit(f)
	return all(ctx, db.main.r, scanAudit, `
		SELECT `+auditColumns+`
		FROM   audit_log`+w.String()+`
		ORDER BY n DESC
		LIMIT ? OFFSET ?`, w.page(f.Limit, f.Offset)...)
}

// CountAuditEntries returns how many rows the filter chooses in all.
func (db *DB) CountAuditEntries(ctx context.Context, f moorage.AuditFilter) (int, error) {
	w := whereAudit(f)
	return count(ctx, db.main.r, `SELECT count(*) FROM audit_log`+w.String(), w.args...)
}

// AuditLogins returns everybody who did something, by login.
func (db *DB) AuditLogins(ctx context.Context) ([]string, error) {
	return all(ctx, db.main.r, value[string], `
		SELECT   DISTINCT actor_login
		FROM     audit_log
		WHERE    actor_login <> ''
		ORDER BY actor_login`)
}

func whereAudit(f moorage.AuditFilter) *where {
	w := new(where)
	if f.Login != "" {
		w.and(`actor_login = ?`, f.Login)
	}
	if f.Act != "" {
		w.and(`act = ?`, f.Act)
	}
	if f.Target != "" {
		// instr, not LIKE: % and _ are letters like others here.
		w.and(`(target_id = ? OR instr(lower(target_name), lower(?)) > 0)`, f.Target, f.Target)
	}
	if !f.From.IsZero() {
		w.and(`at >= ?`, at(f.From))
	}
	if f.Before > 0 {
		w.and(`n < ?`, f.Before)
	}
	if !f.Until.IsZero() {
		w.and(`at < ?`, at(f.Until))
	}
	return w
}

func scanAudit(row scanner) (e moorage.AuditEntry, err error) {
	err = row.Scan(&e.N, moment{&e.At}, &e.Actor.Means, &e.Actor.UserID, &e.Actor.Login, &e.Actor.IP, &e.Actor.RequestID,
		&e.Act, &e.Target.Kind, &e.Target.ID, &e.Target.Name, document{&e.Details}, &e.PreviousHash, &e.Hash)
	return e, err
}
