package store

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"moorage"
)

// translate gives SQLite's errors that a person may meet their sentence. All
// others pass as they are.
func translate(err error) error {
	var known *moorage.Error
	if errors.As(err, &known) {
		return err
	}
	code := sqliteCode(err)
	if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY {
		return moorage.Errorf(moorage.Conflict, "What this belongs to was deleted in the meantime.").Because(err)
	}
	switch code & 0xff { // the primary result code
	case sqlite3.SQLITE_FULL:
		return moorage.Errorf(moorage.Unavailable, "The disk of the data folder is full.").
			Try("Free some space; what was stored before is safe.").Because(err)
	case sqlite3.SQLITE_BUSY:
		return moorage.Errorf(moorage.Unavailable, "Another program holds the database.").
			Try("Close what has the data folder's files open, then try again.").Because(err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return moorage.Errorf(moorage.Unavailable, "The data folder cannot be written.").
			Try("Let Moorage's user write there, then start again.").Because(err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return moorage.Errorf(moorage.Internal, "The database is damaged.").
			Try("Restore a backup of the data folder.").Because(err)
	}
	return err
}

// isFull reports whether the disk had no room.
func isFull(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_FULL }

// isDuplicate reports whether a UNIQUE or PRIMARY KEY constraint was violated.
func isDuplicate(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// sqliteCode is the extended result code, 0 when the error is not SQLite's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
