package store

import (
	"context"
	"slices"

	"moorage"
)

// Choice returns what a person leaves out of what the endpoint of all servers
// offers them. What it says changes only with a ring of "servers", and is
// everybody's: it must not be changed in place.
func (db *DB) Choice(ctx context.Context, user moorage.UserID) (moorage.Choice, error) {
	return remember(&db.memory, choiceOf(user), func() (moorage.Choice, error) {
		keys, err := all(ctx, db.main.r, scanChoice, `
			SELECT server_id, tool
			FROM   choices
			WHERE  user_id = ?`, user)
		if err != nil || len(keys) == 0 {
			return nil, err
		}
		choice := make(moorage.Choice, len(keys))
		for _, key := range keys {
			choice[key] = struct{}{}
		}
		return choice, nil
	})
}

// choiceOf is what the choice of a person is remembered by.
type choiceOf moorage.UserID

// Choose stores what a person chose of one server. What the server does not list
// (any more) is not kept.
func (db *DB) Choose(ctx context.Context, user moorage.UserID, c moorage.ServerChoice) error {
	return db.write(ctx, "choose", func(t *tx) error {
		t.touch(topicServers)
		out := map[string]bool{"": !c.On}
		for _, tool := range c.Shown {
			if tool != "" {
				out[tool] = !slices.Contains(c.Tools, tool)
			}
		}
		for tool, out := range out {
			if err := t.choose(ctx, user, moorage.ChoiceKey{Server: c.Server, Tool: tool}, out); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) choose(ctx context.Context, user moorage.UserID, key moorage.ChoiceKey, out bool) error {
	if !out {
		_, err := t.exec(ctx, `
			DELETE FROM choices
			WHERE  user_id = ? AND server_id = ? AND tool = ?`, user, key.Server, key.Tool)
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO choices (user_id, server_id, tool)
		SELECT ?, s.id, ?
		FROM   servers AS s
		WHERE  s.id = ? AND (? = '' OR EXISTS (
			SELECT 1 FROM offers AS o WHERE o.server_id = s.id AND o.kind = 'tool' AND o.name = ?))
		ON CONFLICT DO NOTHING`, user, key.Tool, key.Server, key.Tool, key.Tool)
	return err
}

func scanChoice(row scanner) (k moorage.ChoiceKey, err error) {
	err = row.Scan(&k.Server, &k.Tool)
	return k, err
}
