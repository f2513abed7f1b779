package moorage

import "time"

// Contents are what copies of the database files were found to hold, when they
// were opened.
type Contents struct {
	Home   string                      // which Moorage this is
	Schema map[string]int64            // of each file, its newest migration
	Rows   map[string]map[string]int64 // of each file, of each table
	Audit  AuditChain
}

// Backup is one file that a Moorage can be made from again.
type Backup struct {
	Name    string // of the file
	Size    int64  // bytes
	MadeAt  time.Time
	Version string // of the Moorage that made it
	Home    string
	KeyID   string // of the master key that opens what is sealed in it
	WithKey bool   // the key itself is in it
	Rows    int64  // in all tables
	Damaged string // a sentence, when it cannot be read
}

// BackupState is how it stands with the backups that Moorage makes by itself.
type BackupState struct {
	Folder  string // "": they are switched off
	Keep    int
	Next    time.Time
	Trouble error // why the last attempt failed; nil when it did not
}
