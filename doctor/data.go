package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"moorage"
)

// longLook is the patience with a database: it is read from end to end.
const longLook = 2 * time.Minute

// MasterKey looks whether the key that seals secrets is there. fresh says that
// nothing was sealed yet, so that it may be missing.
func MasterKey(path string, fresh bool, read func() error) Check {
	return Check{"master key", func(context.Context) Finding {
		switch err := read(); {
		case err == nil:
			return well("%s is there, and only its owner may read it.", path)
		case errors.Is(err, fs.ErrNotExist) && fresh:
			return well("There is none yet; moorage serve makes %s.", path)
		case errors.Is(err, fs.ErrNotExist):
			return bad(err, fmt.Sprintf("The master key %s is missing: sealed secrets cannot be opened.", path),
				"Put it back from a backup, or say where it is with MOORAGE_MASTER_KEY_FILE.")
		default:
			return bad(err, fmt.Sprintf("The master key %s cannot be read.", path), "Run this as the user of Moorage.")
		}
	}}
}

// Database looks whether a database is whole. It returns the library's version
// and those of the data and of the program; NotFound when there is none yet.
func Database(check func(ctx context.Context) (library string, schema, knows int64, err error)) Check {
	return Check{"database", within(longLook, func(ctx context.Context) Finding {
		library, schema, knows, err := check(ctx)
		switch {
		case moorage.ErrorCode(err) == moorage.NotFound:
			return well("There is none yet; moorage serve makes it.")
		case ctx.Err() != nil:
			return warn("Run the doctor again when there is less to do.", "The database was not read to its end within %s.", longLook)
		case err != nil:
			return bad(err, "The database cannot be read.", "Run this as the user of Moorage; if that is so, restore a backup.")
		case schema > knows:
			return bad(nil, fmt.Sprintf("The data was written by a newer Moorage (schema %d; this one knows %d).", schema, knows),
				"Use the newer Moorage, or restore a backup from before the update.")
		case schema < knows:
			return well("Both files are whole (SQLite %s); the next start brings the schema from %d to %d.", library, schema, knows)
		}
		return well("Both files are whole (SQLite %s, schema %d).", library, schema)
	})}
}

// Git looks whether the process that clones can be started.
func Git(run func(ctx context.Context) error) Check {
	return Check{"git", within(patience, func(ctx context.Context) Finding {
		if err := run(ctx); err != nil {
			return bad(err, "The process that clones repositories cannot run.", "Look whether the limits of this user or container allow a second process.")
		}
		return well("The process that clones repositories runs.")
	})}
}

// Versions says what is running.
func Versions(moorageVersion, goVersion string) Check {
	return Check{"versions", func(context.Context) Finding {
		return well("Moorage %s, built with %s.", moorageVersion, goVersion)
	}}
}
