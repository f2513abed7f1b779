package views

import "moorage/views/parts"

// BackupsPage is the backups that there are.
//
//	GET  /admin/backups
//	POST /admin/backups             makes one now
//	POST /admin/backups/download    name
type BackupsPage struct {
	Shell   Shell
	Off     bool // by MOORAGE_BACKUPS
	Folder  string
	Keep    int
	Next    parts.Moment
	Rows    []BackupRow
	Trouble *parts.Trouble // of the last attempt, or of this request
}

// BackupRow is one backup.
type BackupRow struct {
	Name    string
	Made    parts.Moment
	Size    string // 12.3 MB
	Rows    int64
	Version string
	KeyID   string
	Damaged string // a sentence; "" when it is well
}
