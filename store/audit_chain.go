package store

import (
	"bytes"
	"context"

	"moorage"
)

// AuditChain walks the whole audit log and says whether each row is as it was
// written and follows the one before it.
func (db *DB) AuditChain(ctx context.Context) (moorage.AuditChain, error) {
	return auditChain(ctx, db.main.r)
}

func auditChain(ctx context.Context, q querier) (c moorage.AuditChain, err error) {
	if c.Entries, c.Head, err = walkAudit(ctx, q, func(n int64, why string) { c.BrokenAt, c.Why = n, why }); err != nil || !c.Whole() {
		return c, err
	}
	given, err := count(ctx, q, `SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'), 0)`)
	if err == nil && int64(given) != c.Entries {
		c.BrokenAt, c.Why = c.Entries+1, "The newest rows are missing."
	}
	return c, err
}

// walkAudit reads the rows in order and tells broken of the first that does
// not fit.
func walkAudit(ctx context.Context, q querier, broken func(n int64, why string)) (entries int64, head []byte, err error) {
	rows, err := q.QueryContext(ctx, `
		SELECT   `+auditColumns+`
		FROM     audit_log
		ORDER BY n`)
	if err != nil {
		return 0, nil, translate(err)
	}
	defer rows.Close()
	whole := true
	for rows.Next() {
		e, err := scanAudit(rows)
		if err != nil {
			return entries, head, err
		}
		if entries++; !whole {
			continue
		}
		own, err := chained(e)
		if err != nil {
			return entries, head, err
		}
		switch {
		case e.N != entries:
			broken(entries, "A row is missing here.")
		case !bytes.Equal(e.PreviousHash, head):
			broken(e.N, "It does not follow the row before it.")
		case !bytes.Equal(e.Hash, own):
			broken(e.N, "It was changed after it was written.")
		default:
			head = e.Hash
			continue
		}
		whole = false
	}
	return entries, head, translate(rows.Err())
}
