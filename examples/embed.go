// Package examples carries small MCP servers that can be deployed without a
// network: the source to read, a Dockerfile, and the program, compiled for
// Linux and packed by make assets.
package examples

import (
	"archive/zip"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed all:packed
var packed embed.FS

// names are the examples that there are.
var names = []string{"greeter"}

// ErrNotBuilt says that make assets was not run before this was compiled.
var ErrNotBuilt = errors.New("its program was not compiled")

// FS returns the tree of an example, as a repository would hold it. It is
// unpacked while it is read. The error wraps fs.ErrNotExist when there is no
// such example, and ErrNotBuilt when it was not packed into this binary.
func FS(name string) (fs.FS, error) {
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("there is no example %q: %w", name, fs.ErrNotExist)
	}
	archive, err := packed.ReadFile("packed/" + name + ".zip")
	if err != nil {
		return nil, fmt.Errorf("example %q: %w", name, ErrNotBuilt)
	}
	tree, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("open example %q: %w", name, err)
	}
	return tree, nil
}
