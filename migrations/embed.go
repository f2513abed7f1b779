// Package migrations holds the schema, one forward step a file.
package migrations

import (
	"embed"
	"io/fs"
)

// Main is the schema of moorage.db.
//
//go:embed *.sql
var Main embed.FS

//go:embed logs/*.sql
var logs embed.FS

// Logs is the schema of logs.db.
var Logs = folder(logs, "logs")

// folder is a sub-folder that go:embed has checked to be there.
func folder(files embed.FS, name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic("migrations: " + err.Error())
	}
	return sub
}
