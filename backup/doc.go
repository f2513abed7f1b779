// Package backup makes one file out of everything that Moorage knows, while it
// runs, and a Moorage out of that file. It owns the form of the file, its
// verification, when a backup is due at night and how many are kept. The copies
// of the database are the store's, what opens the seals is the secrets' room's.
//
// A backup is a gzipped tar with the manifest as its first member, then
// moorage.db and logs.db, and master.key only when that was asked for: who gets
// hold of a backup without the key learns no secret of it.
package backup

import (
	"context"

	"moorage"
)

// database is what is backed up.
type database interface {
	// Snapshot writes moorage.db and logs.db into a folder, each of one moment.
	Snapshot(ctx context.Context, dir string) error

	// Size is how many bytes a snapshot takes at most.
	Size() (int64, error)

	// Audit writes down what was done.
	Audit(ctx context.Context, d moorage.Deed) error
}

// Inspect opens the copies in a folder and says what they hold; an error when
// they are damaged.
type Inspect func(ctx context.Context, dir string) (moorage.Contents, error)

// Names of the members, in their order.
const (
	manifestName = "manifest.json"
	mainName     = "moorage.db"
	logsName     = "logs.db"
	keyName      = "master.key"
)
