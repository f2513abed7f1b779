package store

import (
	"context"

	"moorage"
)

// The columns of an offer that is joined with its pin; see the view held.
const offerColumns = `o.kind, o.name, o.object, o.hash, o.fault, ` + isHeld + `, o.first_seen_at, o.changed_at`

const isHeld = `(o.fault <> '' OR p.hash IS NOT o.hash)`

const fromOffers = `
	FROM      offers AS o
	LEFT JOIN pins   AS p ON p.server_id = o.server_id AND p.kind = o.kind AND p.name = o.name`

// Tools returns the tools of a server in the order it lists them: those of the
// deployment that was live last, as it said them last.
func (db *DB) Tools(ctx context.Context, server moorage.ServerID) ([]moorage.Offer, error) {
	return offers(ctx, db.main.r, server, moorage.OfferTool)
}

// Offers returns everything of one kind that a server lists, likewise.
func (db *DB) Offers(ctx context.Context, server moorage.ServerID, kind moorage.OfferKind) ([]moorage.Offer, error) {
	return offers(ctx, db.main.r, server, kind)
}

// AllOffers returns everything that a server lists, by kind and in its order.
// What it says changes only with a ring of the server's bell, and is everybody's:
// it must not be changed in place.
func (db *DB) AllOffers(ctx context.Context, server moorage.ServerID) ([]moorage.Offer, error) {
	return remember(&db.memory, offersKey(server), func() ([]moorage.Offer, error) {
		return all(ctx, db.main.r, scanOffer, `
			SELECT `+offerColumns+fromOffers+`
			WHERE    o.server_id = ?
			ORDER BY o.kind, o.position`, server)
	})
}

// offersKey is what the offers of a server are remembered by.
type offersKey moorage.ServerID

func offers(ctx context.Context, q querier, server moorage.ServerID, kind moorage.OfferKind) ([]moorage.Offer, error) {
	return all(ctx, q, scanOffer, `
		SELECT `+offerColumns+fromOffers+`
		WHERE    o.server_id = ? AND o.kind = ?
		ORDER BY o.position`, server, kind)
}

// HeldOffers returns what a server lists and is not offered, by kind and in
// its order, each beside what was approved last.
func (db *DB) HeldOffers(ctx context.Context, server moorage.ServerID) ([]moorage.HeldOffer, error) {
	return all(ctx, db.main.r, scanHeld, `
		SELECT `+offerColumns+`, p.object`+fromOffers+`
		WHERE    o.server_id = ? AND `+isHeld+`
		ORDER BY instr('tool prompt resource template instructions', o.kind), o.position`, server)
}

// Held says what of a server is not offered. What it says changes only with a
// ring of the server's bell.
func (db *DB) Held(ctx context.Context, server moorage.ServerID) (moorage.Holding, error) {
	return remember(&db.memory, heldKey(server), func() (h moorage.Holding, err error) {
		if h.HeldSet, err = held(ctx, db.main.r, server); err != nil {
			return h, err
		}
		holds, err := holdsChanges(ctx, db.main.r, server)
		if err == nil && holds {
			h.Pins, err = pinned(ctx, db.main.r, server)
		}
		return h, err
	})
}

// heldKey is what the held offers of a server are remembered by.
type heldKey moorage.ServerID

func held(ctx context.Context, q querier, server moorage.ServerID) (moorage.HeldSet, error) {
	keys, err := all(ctx, q, scanKey, `
		SELECT kind, name
		FROM   held
		WHERE  server_id = ?`, server)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	set := make(moorage.HeldSet, len(keys))
	for _, key := range keys {
		set[key] = struct{}{}
	}
	return set, nil
}

// listing is what somebody has heard a server list.
type listing struct {
	server     moorage.ServerID
	deployment moorage.DeploymentID // whose instance said so
	running    bool                 // noticed while it was live
	first      bool                 // nothing was ever live: there is nothing to compare with
	kinds      []moorage.OfferKind  // which were listed, each whole
	offers     []moorage.Offer
}

// Observe stores that the live deployment of a server lists something else of
// one kind than before, with what changed by it, and says what is held then. A
// list that is as it was costs one read. What comes of a deployment that is not
// live any more is left out: it is not what the server offers.
func (db *DB) Observe(ctx context.Context, id moorage.DeploymentID, kind moorage.OfferKind, list []moorage.Offer) (moorage.HeldSet, error) {
	d, err := db.Deployment(ctx, id)
	if err != nil {
		return nil, err
	}
	known, err := offers(ctx, db.main.r, d.ServerID, kind)
	if err != nil {
		return nil, err
	}
	if d.Status != moorage.StatusLive || len(moorage.Compare(known, list)) == 0 {
		now, err := db.Held(ctx, d.ServerID)
		return now.HeldSet, err
	}
	var now moorage.HeldSet
	err = db.write(ctx, "observe", func(t *tx) error {
		d, err := deployment(ctx, t, id)
		if err != nil {
			return err
		}
		if d.Status == moorage.StatusLive {
			l := listing{server: d.ServerID, deployment: id, running: true, kinds: []moorage.OfferKind{kind}, offers: list}
			if err := take(ctx, t, l); err != nil {
				return err
			}
		}
		now, err = held(ctx, t, d.ServerID)
		return err
	})
	return now, err
}

// take puts a listing in place of what was listed before, and writes down what
// changed. Where changes are not held, what is listed now is approved by that.
func take(ctx context.Context, t *tx, l listing) error {
	t.touch(topicServers, string(l.server))
	holds, err := holdsChanges(ctx, t, l.server)
	if err != nil {
		return err
	}
	var before []moorage.Offer
	for _, kind := range l.kinds {
		old, err := offers(ctx, t, l.server, kind)
		if err != nil {
			return err
		}
		before = append(before, old...)
		if err := replaceOffers(ctx, t, l, kind, old); err != nil {
			return err
		}
		if !holds || l.first {
			if err := pinAll(ctx, t, l.server, kind); err != nil {
				return err
			}
		}
	}
	if l.first {
		return nil
	}
	return recordChanges(ctx, t, l, moorage.Compare(before, l.offers))
}

// replaceOffers stores the list of one kind. What was there before keeps the
// time it was first seen, and when its hash is the same, the time it changed.
// Of two with one name the first counts.
func replaceOffers(ctx context.Context, t *tx, l listing, kind moorage.OfferKind, old []moorage.Offer) error {
	known := make(map[string]moorage.Offer, len(old))
	for _, o := range old {
		known[o.Name] = o
	}
	if _, err := t.exec(ctx, `
		DELETE FROM offers
		WHERE  server_id = ? AND kind = ?`, l.server, kind); err != nil {
		return err
	}
	for position, o := range l.offers {
		if o.Kind != kind {
			continue
		}
		o.FirstSeenAt, o.ChangedAt = t.now, t.now
		if before, ok := known[o.Name]; ok {
			o.FirstSeenAt = before.FirstSeenAt
			if before.Hash == o.Hash {
				o.ChangedAt = before.ChangedAt
			}
		}
		if _, err := t.exec(ctx, `
			INSERT INTO offers (server_id, kind, name, position, object, hash, fault, first_seen_at, changed_at)
			VALUES             (?,         ?,    ?,    ?,        ?,      ?,    ?,     ?,             ?)
			ON CONFLICT (server_id, kind, name) DO NOTHING`,
			l.server, kind, o.Name, position, string(o.Object), o.Hash, o.Fault, at(o.FirstSeenAt), at(o.ChangedAt)); err != nil {
			return err
		}
	}
	return nil
}

func scanKey(row scanner) (k moorage.OfferKey, err error) {
	err = row.Scan(&k.Kind, &k.Name)
	return k, err
}

func offerFields(o *moorage.Offer) []any {
	return []any{&o.Kind, &o.Name, &o.Object, &o.Hash, &o.Fault, &o.Held, moment{&o.FirstSeenAt}, moment{&o.ChangedAt}}
}

func scanOffer(row scanner) (o moorage.Offer, err error) {
	err = row.Scan(offerFields(&o)...)
	return o, err
}

func scanHeld(row scanner) (h moorage.HeldOffer, err error) {
	err = row.Scan(append(offerFields(&h.Offer), &h.Pinned)...)
	return h, err
}
