package store

import (
	"context"
	"strconv"

	"moorage"
)

// Variables returns the configuration values of a server, by name.
func (db *DB) Variables(ctx context.Context, server moorage.ServerID) ([]moorage.Variable, error) {
	return all(ctx, db.main.r, scanVariable, `
		SELECT   name, description, secret, required, value, sealed, updated_at, updated_by
		FROM     variables
		WHERE    server_id = ?
		ORDER BY name`, server)
}

// SetVariable makes or replaces a variable of a server.
func (db *DB) SetVariable(ctx context.Context, server moorage.ServerID, v moorage.Variable) error {
	return db.write(ctx, "set variable "+v.Name, func(t *tx) error {
		t.touch(string(server))
		_, err := t.exec(ctx, `
			INSERT INTO variables (server_id, name, description, secret, required, value, sealed, updated_at, updated_by)
			VALUES                (?,         ?,    ?,           ?,      ?,        ?,     ?,      ?,          ?)
			ON CONFLICT (server_id, name) DO UPDATE
			SET description = excluded.description, secret     = excluded.secret,     required   = excluded.required,
			    value       = excluded.value,       sealed     = excluded.sealed,
			    updated_at  = excluded.updated_at,  updated_by = excluded.updated_by`,
			server, v.Name, v.Description, v.Secret, v.Required, v.Value, v.Sealed,
			at(or(v.UpdatedAt, t.now)), v.UpdatedBy)
		if err != nil {
			return err
		}
		act := moorage.ActVariableSet
		if !v.IsSet() {
			act = moorage.ActVariableAsk
		}
		return t.auditServer(ctx, act, server, map[string]string{"variable": v.Name, "secret": strconv.FormatBool(v.Secret)})
	})
}

// DeleteVariable removes a variable of a server.
func (db *DB) DeleteVariable(ctx context.Context, server moorage.ServerID, name string) error {
	return db.write(ctx, "delete variable "+name, func(t *tx) error {
		t.touch(string(server))
		if err := t.execOne(ctx, moorage.Errorf(moorage.NotFound, "There is no variable %s.", name), `
			DELETE FROM variables
			WHERE  server_id = ? AND name = ?`, server, name); err != nil {
			return err
		}
		return t.auditServer(ctx, moorage.ActVariableDelete, server, map[string]string{"variable": name})
	})
}

func scanVariable(row scanner) (v moorage.Variable, err error) {
	err = row.Scan(&v.Name, &v.Description, &v.Secret, &v.Required, &v.Value, &v.Sealed,
		moment{&v.UpdatedAt}, &v.UpdatedBy)
	return v, err
}
