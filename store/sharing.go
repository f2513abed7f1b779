package store

import (
	"context"

	"moorage"
)

// SetSharing says who may call a server, beside its owner. Whom the owner
// named stays named.
func (db *DB) SetSharing(ctx context.Context, id moorage.ServerID, to moorage.Sharing) error {
	return db.write(ctx, "set sharing", func(t *tx) error { return t.setSharing(ctx, id, to) })
}

func (t *tx) setSharing(ctx context.Context, id moorage.ServerID, to moorage.Sharing) error {
	was, err := one(ctx, t, noServer(), value[moorage.Sharing], `
		SELECT sharing
		FROM   servers
		WHERE  id = ?`, id)
	if err != nil || was == to {
		return err
	}
	t.touch(topicServers, string(id))
	if err := t.execOne(ctx, noServer(), `
		UPDATE servers
		SET    sharing = ?, updated_at = ?
		WHERE  id = ?`, to, at(t.now), id); err != nil {
		return err
	}
	return t.auditServer(ctx, moorage.ActSharing, id, map[string]string{"sharing": string(to), "was": string(was)})
}

// ShareServer names a person who may call a server, and shares one that was
// private with those who are named. Conflict when they are named already.
func (db *DB) ShareServer(ctx context.Context, id moorage.ServerID, with moorage.UserID) error {
	return db.write(ctx, "share server", func(t *tx) error {
		person, err := t.person(ctx, with)
		if err != nil {
			return err
		}
		s, err := one(ctx, t, noServer(), scanServer, `
			SELECT `+serverColumns+`
			FROM   servers AS s
			WHERE  s.id = ?`, id)
		if err != nil {
			return err
		}
		t.touch(topicServers, string(id))
		_, err = t.exec(ctx, `
			INSERT INTO server_people (server_id, user_id, added_at)
			VALUES                    (?,         ?,       ?)`, id, with, at(t.now))
		if isDuplicate(err) {
			return moorage.Errorf(moorage.Conflict, "%s is named already.", person.Login).Because(err)
		}
		if err != nil {
			return err
		}
		if err := t.auditServer(ctx, moorage.ActShare, id, map[string]string{"with": person.Login}); err != nil {
			return err
		}
		if s.Sharing != moorage.SharingPrivate {
			return nil
		}
		return t.setSharing(ctx, id, moorage.SharingPeople)
	})
}

// UnshareServer takes a person off those who are named. NotFound when they
// are not.
func (db *DB) UnshareServer(ctx context.Context, id moorage.ServerID, with moorage.UserID) error {
	return db.write(ctx, "unshare server", func(t *tx) error {
		person, err := t.person(ctx, with)
		if err != nil {
			return err
		}
		t.touch(topicServers, string(id))
		if err := t.execOne(ctx, moorage.Errorf(moorage.NotFound, "This server is not shared with %s.", person.Login), `
			DELETE FROM server_people
			WHERE  server_id = ? AND user_id = ?`, id, with); err != nil {
			return err
		}
		return t.auditServer(ctx, moorage.ActUnshare, id, map[string]string{"with": person.Login})
	})
}
