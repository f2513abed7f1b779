package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"moorage"
)

// Audit writes an act down that changes nothing else here. Acts that do are
// written down by the method that does them, in its transaction.
func (db *DB) Audit(ctx context.Context, d moorage.Deed) error {
	return db.write(ctx, "write down "+string(d.Act), func(t *tx) error { return t.audit(ctx, d) })
}

// audit writes down what this transaction does, for whoever the context says
// it is. If the row cannot be written, the act does not happen.
func (t *tx) audit(ctx context.Context, d moorage.Deed) error {
	return t.auditAs(ctx, moorage.ActorOf(ctx), d)
}

func (t *tx) auditAs(ctx context.Context, by moorage.Actor, d moorage.Deed) error {
	last, err := all(ctx, t, value[[]byte], `
		SELECT   hash
		FROM     audit_log
		ORDER BY n DESC
		LIMIT    1`)
	if err != nil {
		return err
	}
	if d.Details == nil {
		d.Details = map[string]string{} // null in JSON is something else
	}
	e := moorage.AuditEntry{At: t.now, Actor: by, Deed: d, PreviousHash: []byte{}}
	if len(last) > 0 {
		e.PreviousHash = last[0]
	}
	if e.Hash, err = chained(e); err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO audit_log (at, means, actor_id, actor_login, ip, request_id, act, target_kind, target_id, target_name, details, previous_hash, hash)
		VALUES                (?,  ?,     ?,        ?,           ?,  ?,          ?,   ?,           ?,         ?,           ?,       ?,             ?)`,
		at(e.At), by.Means, by.UserID, by.Login, by.IP, by.RequestID, d.Act,
		d.Target.Kind, d.Target.ID, d.Target.Name, document{&d.Details}, e.PreviousHash, e.Hash)
	return err
}

// chained is the hash of a row: SHA-256 of the JSON of everything in it but
// its number, the hash of the row before first. JSON keeps the parts apart,
// and encoding/json sorts the details.
func chained(e moorage.AuditEntry) ([]byte, error) {
	text, err := json.Marshal([]any{
		hex.EncodeToString(e.PreviousHash), e.At.UnixMilli(), e.Actor.Means, e.Actor.UserID, e.Actor.Login, e.Actor.IP, e.Actor.RequestID,
		e.Act, e.Target.Kind, e.Target.ID, e.Target.Name, e.Details,
	})
	if err != nil {
		return nil, fmt.Errorf("chain an act: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// serverTarget names a server by its slug, as it is now.
func (t *tx) serverTarget(ctx context.Context, id moorage.ServerID) (moorage.Target, error) {
	slug, err := one(ctx, t, noServer(), value[string], `
		SELECT slug
		FROM   servers
		WHERE  id = ?`, id)
	return moorage.Target{Kind: "server", ID: string(id), Name: slug}, err
}

// auditServer writes down an act on a server.
func (t *tx) auditServer(ctx context.Context, act moorage.Act, id moorage.ServerID, details map[string]string) error {
	target, err := t.serverTarget(ctx, id)
	if err != nil {
		return err
	}
	return t.audit(ctx, moorage.Deed{Act: act, Target: target, Details: details})
}

// person reads somebody inside a transaction.
func (t *tx) person(ctx context.Context, id moorage.UserID) (moorage.User, error) {
	return one(ctx, t, noUser(), scanUser, `
		SELECT `+userColumns+`
		FROM   users
		WHERE  id = ?`, id)
}

func personTarget(u moorage.User) moorage.Target {
	return moorage.Target{Kind: "person", ID: string(u.ID), Name: u.Login}
}

// actsAs is the actor of the context, or the person when nobody was signed in
// yet: who signs in, signs in as themselves.
func actsAs(ctx context.Context, u moorage.User) moorage.Actor {
	by := moorage.ActorOf(ctx)
	if by.Means == moorage.MeansVisitor {
		by.UserID, by.Login = u.ID, u.Login
	}
	return by
}
