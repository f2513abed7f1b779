package store

import (
	"context"

	"moorage"
)

// AccessRules returns who may sign in besides the admins, by kind and name.
func (db *DB) AccessRules(ctx context.Context) ([]moorage.AccessRule, error) {
	return all(ctx, db.main.r, scanAccessRule, `
		SELECT   kind, name, created_by, created_at
		FROM     access_rules
		ORDER BY kind, name`)
}

// AddAccessRule lets a login or an organisation in. Conflict when it is let in
// already; GitHub's names ignore case.
func (db *DB) AddAccessRule(ctx context.Context, rule moorage.AccessRule) error {
	return db.write(ctx, "add access rule", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO access_rules (kind, name, created_by, created_at)
			VALUES                   (?,    ?,    ?,          ?)`,
			rule.Kind, rule.Name, rule.CreatedBy, at(or(rule.CreatedAt, t.now)))
		if isDuplicate(err) {
			return moorage.Errorf(moorage.Conflict, "%s may sign in already.", rule.Name).Because(err)
		}
		if err != nil {
			return err
		}
		return t.audit(ctx, moorage.Deed{Act: moorage.ActAccessAllow, Target: accessTarget(rule.Kind, rule.Name)})
	})
}

// RemoveAccessRule ends the rule; who is signed in by it stays so.
func (db *DB) RemoveAccessRule(ctx context.Context, kind moorage.AccessKind, name string) error {
	return db.write(ctx, "remove access rule", func(t *tx) error {
		absent := moorage.Errorf(moorage.NotFound, "There is no access rule for %s.", name)
		if err := t.execOne(ctx, absent, `
			DELETE FROM access_rules
			WHERE  kind = ? AND name = ?`, kind, name); err != nil {
			return err
		}
		return t.audit(ctx, moorage.Deed{Act: moorage.ActAccessRemove, Target: accessTarget(kind, name)})
	})
}

func accessTarget(kind moorage.AccessKind, name string) moorage.Target {
	return moorage.Target{Kind: "access", ID: string(kind), Name: name}
}

func scanAccessRule(row scanner) (r moorage.AccessRule, err error) {
	err = row.Scan(&r.Kind, &r.Name, &r.CreatedBy, moment{&r.CreatedAt})
	return r, err
}
