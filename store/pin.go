package store

import (
	"context"
	"strconv"

	"moorage"
)

// SetHoldChanges says whether what a server offers new or otherwise waits for
// its owner. What waits when it is switched off is approved by that, but for
// what has a fault.
func (db *DB) SetHoldChanges(ctx context.Context, server moorage.ServerID, hold bool) error {
	return db.write(ctx, "set hold changes", func(t *tx) error {
		t.touch(topicServers, string(server))
		if err := t.execOne(ctx, noServer(), `
			UPDATE servers
			SET    hold_changes = ?, updated_at = ?
			WHERE  id = ?`, hold, at(t.now), server); err != nil {
			return err
		}
		if !hold {
			for _, kind := range moorage.OfferKinds() {
				if err := pinAll(ctx, t, server, kind); err != nil {
					return err
				}
			}
			if _, err := settle(ctx, t, server, `AND held = 1`); err != nil {
				return err
			}
		}
		return t.auditServer(ctx, moorage.ActHoldChanges, server, map[string]string{"hold changes": map[bool]string{true: "on", false: "off"}[hold]})
	})
}

func holdsChanges(ctx context.Context, q querier, server moorage.ServerID) (bool, error) {
	return one(ctx, q, noServer(), value[bool], `
		SELECT hold_changes
		FROM   servers
		WHERE  id = ?`, server)
}

// pinned are the hashes of what was approved of a server.
func pinned(ctx context.Context, q querier, server moorage.ServerID) (map[moorage.OfferKey]string, error) {
	type pin struct {
		key  moorage.OfferKey
		hash string
	}
	list, err := all(ctx, q, func(row scanner) (p pin, err error) {
		return p, row.Scan(&p.key.Kind, &p.key.Name, &p.hash)
	}, `
		SELECT kind, name, hash
		FROM   pins
		WHERE  server_id = ?`, server)
	pins := make(map[moorage.OfferKey]string, len(list))
	for _, p := range list {
		pins[p.key] = p.hash
	}
	return pins, err
}

// pinAll approves everything of one kind that is listed and has no fault, and
// forgets what was approved and is not listed.
func pinAll(ctx context.Context, t *tx, server moorage.ServerID, kind moorage.OfferKind) error {
	if _, err := t.exec(ctx, `
		DELETE FROM pins
		WHERE  server_id = ? AND kind = ?`, server, kind); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO pins (server_id, kind, name, object, hash)
		SELECT server_id, kind, name, object, hash
		FROM   offers
		WHERE  server_id = ? AND kind = ? AND fault = ''`, server, kind)
	return err
}

// Approve lets a held offer be offered, as it was when its owner looked: hash
// is what they saw. Conflict when it is not like that any more, or has a fault.
// To approve what is not held does nothing.
func (db *DB) Approve(ctx context.Context, server moorage.ServerID, key moorage.OfferKey, hash string) error {
	return db.write(ctx, "approve", func(t *tx) error {
		o, err := one(ctx, t, goneOffer(), scanOffer, `
			SELECT `+offerColumns+fromOffers+`
			WHERE  o.server_id = ? AND o.kind = ? AND o.name = ?`, server, key.Kind, key.Name)
		switch {
		case err != nil:
			return err
		case o.Hash != hash:
			return moorage.Errorf(moorage.Conflict, "It has changed again since you looked.").Try("Look at it as it is now.")
		case o.Fault != "":
			return moorage.Errorf(moorage.Conflict, "%s", o.Fault).Try("It is never offered like this. Mend it in the server and deploy again.")
		case !o.Held:
			return nil
		}
		t.touch(topicServers, string(server))
		if _, err := t.exec(ctx, `
			INSERT INTO pins (server_id, kind, name, object, hash)
			VALUES           (?,         ?,    ?,    ?,      ?)
			ON CONFLICT (server_id, kind, name) DO UPDATE
			SET object = excluded.object, hash = excluded.hash`, server, key.Kind, key.Name, string(o.Object), o.Hash); err != nil {
			return err
		}
		if _, err := settle(ctx, t, server, `AND kind = ? AND name = ?`, key.Kind, key.Name); err != nil {
			return err
		}
		return t.auditServer(ctx, moorage.ActApprove, server, map[string]string{"kind": string(key.Kind), "name": key.Name, "hash": hash})
	})
}

// ApproveAll lets everything be offered that is held without a fault, and says
// that every change up to number until was seen. Conflict when there is a later
// one: nobody has looked at it.
func (db *DB) ApproveAll(ctx context.Context, server moorage.ServerID, until int64) error {
	return db.write(ctx, "approve all", func(t *tx) error {
		later, err := count(ctx, t, `
			SELECT count(*)
			FROM   changes
			WHERE  server_id = ? AND n > ?`, server, until)
		if err != nil {
			return err
		}
		if later > 0 {
			return moorage.Errorf(moorage.Conflict, "Something has changed again since you looked.").Try("Look at it as it is now.")
		}
		t.touch(topicServers, string(server))
		approved, err := t.exec(ctx, `
			INSERT INTO pins (server_id, kind, name, object, hash)
			SELECT o.server_id, o.kind, o.name, o.object, o.hash`+fromOffers+`
			WHERE  o.server_id = ? AND p.hash IS NOT o.hash AND o.fault = ''
			ON CONFLICT (server_id, kind, name) DO UPDATE
			SET object = excluded.object, hash = excluded.hash`, server)
		if err != nil {
			return err
		}
		seen, err := settle(ctx, t, server, ``)
		if err != nil {
			return err
		}
		return t.auditServer(ctx, moorage.ActApprove, server, map[string]string{"approved": strconv.FormatInt(approved, 10), "changes seen": strconv.FormatInt(seen, 10)})
	})
}

func goneOffer() *moorage.Error {
	return moorage.Errorf(moorage.Conflict, "The server does not list this any more.").Try("Look at what it offers now.")
}
