package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"moorage"
)

// Inspect opens the two files of a snapshot, which nobody else has open, and
// says what they hold. Files that are damaged, or whose rows refer to nothing,
// are an error with a sentence.
func Inspect(ctx context.Context, dir string) (moorage.Contents, error) {
	c := moorage.Contents{Schema: map[string]int64{}, Rows: map[string]map[string]int64{}}
	for _, name := range []string{mainFile, logsFile} {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil {
			return c, fmt.Errorf("find %s: %w", name, err)
		}
		if err := inspect(ctx, path, name, &c); err != nil {
			return c, fmt.Errorf("inspect %s: %w", name, translate(err))
		}
	}
	return c, nil
}

func inspect(ctx context.Context, path, name string, c *moorage.Contents) (err error) {
	db, err := sql.Open("sqlite", address(path, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"query_only(1)", "trusted_schema(0)"}}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := checkWhole(ctx, db, name); err != nil {
		return err
	}
	version, err := count(ctx, db, `SELECT max(version_id) FROM goose_db_version WHERE is_applied = 1`)
	if err != nil {
		return err
	}
	c.Schema[name] = int64(version)
	if c.Rows[name], err = countRows(ctx, db); err != nil || name != mainFile {
		return err
	}
	homes, err := all(ctx, db, value[string], `SELECT value FROM settings WHERE name = 'home'`)
	if err != nil {
		return err
	}
	c.Home = strings.Join(homes, "")
	if _, has := c.Rows[name]["audit_log"]; has { // of an older Moorage it has none
		c.Audit, err = auditChain(ctx, db)
	}
	return err
}

// checkWhole reads every page and every reference of a file.
func checkWhole(ctx context.Context, db *sql.DB, name string) error {
	said, err := all(ctx, db, value[string], `PRAGMA integrity_check(1)`)
	if err != nil {
		return err
	}
	if len(said) != 1 || said[0] != "ok" {
		return moorage.Errorf(moorage.Invalid, "%s is damaged.", name).Because(errors.New(strings.Join(said, "; ")))
	}
	loose, err := db.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	defer loose.Close()
	if loose.Next() {
		return moorage.Errorf(moorage.Invalid, "Rows of %s refer to others that are not there.", name)
	}
	return loose.Err()
}

func countRows(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	tables, err := all(ctx, db, value[string], `
		SELECT   name
		FROM     sqlite_schema
		WHERE    type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY name`)
	if err != nil {
		return nil, err
	}
	rows := map[string]int64{}
	for _, table := range tables {
		n, err := count(ctx, db, `SELECT count(*) FROM "`+strings.ReplaceAll(table, `"`, `""`)+`"`)
		if err != nil {
			return nil, err
		}
		rows[table] = int64(n)
	}
	return rows, nil
}
