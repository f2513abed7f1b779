// Package migrations holds the schema, one forward step a file.
package migrations

import "embed"

//go:embed *.sql
var Main embed.FS

//go:embed logs/*.sql
var Logs embed.FS
