package store

import (
	"context"

	"moorage"
)

type setting struct {
	value  string
	sealed []byte
}

// Setting returns the two parts of a setting: what may be read and what is
// sealed. NotFound when it was never set.
func (db *DB) Setting(ctx context.Context, name string) (value string, sealed []byte, err error) {
	s, err := one(ctx, db.main.r, moorage.Errorf(moorage.NotFound, "The setting %s was never made.", name), scanSetting, `
		SELECT value, sealed
		FROM   settings
		WHERE  name = ?`, name)
	return s.value, s.sealed, err
}

// SetSetting makes or replaces a setting that Moorage keeps for itself. What
// a person changes goes through ChangeSetting.
func (db *DB) SetSetting(ctx context.Context, name, value string, sealed []byte) error {
	return db.write(ctx, "set "+name, func(t *tx) error {
		return setSetting(ctx, t, name, value, sealed)
	})
}

// ChangeSetting makes or replaces a setting by a privileged act.
func (db *DB) ChangeSetting(ctx context.Context, d moorage.Deed, name, value string, sealed []byte) error {
	return db.write(ctx, "change "+name, func(t *tx) error {
		if err := setSetting(ctx, t, name, value, sealed); err != nil {
			return err
		}
		return t.audit(ctx, d)
	})
}

func setSetting(ctx context.Context, t *tx, name, value string, sealed []byte) error {
	_, err := t.exec(ctx, `
		INSERT INTO settings (name, value, sealed, updated_at)
		VALUES               (?,    ?,     ?,      ?)
		ON CONFLICT (name) DO UPDATE
		SET value = excluded.value, sealed = excluded.sealed, updated_at = excluded.updated_at`,
		name, value, sealed, at(t.now))
	return err
}

func scanSetting(row scanner) (s setting, err error) {
	err = row.Scan(&s.value, &s.sealed)
	return s, err
}
