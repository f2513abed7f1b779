// Package examples carries small MCP servers that can be deployed without a
// network: the source to read, a Dockerfile, and the program, compiled for
// Linux by make assets.
package examples

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed greeter/Dockerfile greeter/README.md greeter/*.go all:greeter/dist
var files embed.FS

// ErrNotBuilt says that make assets was not run before this was compiled.
var ErrNotBuilt = errors.New("its program was not compiled")

// FS returns the tree of an example, as a repository would hold it. The error
// wraps fs.ErrNotExist when there is no such example, and ErrNotBuilt when its
// program was not compiled into this binary.
func FS(name string) (fs.FS, error) {
	if !fs.ValidPath(name) || name == "." {
		return nil, fmt.Errorf("there is no example %q: %w", name, fs.ErrNotExist)
	}
	tree, err := fs.Sub(files, name)
	if err != nil {
		return nil, fmt.Errorf("open example %q: %w", name, err)
	}
	if _, err := fs.Stat(tree, "Dockerfile"); err != nil {
		return nil, fmt.Errorf("there is no example %q: %w", name, err)
	}
	if _, err := fs.Stat(tree, "dist/"+name); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("example %q: %w", name, ErrNotBuilt)
	}
	return tree, nil
}
