package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"moorage"
)

const examplePrefix = "example:"

// fetchExample writes an example that Moorage carries. Its commit is a hash of
// its content, so that an unchanged example is an unchanged commit.
func (e *Engine) fetchExample(ctx context.Context, name, dir string) (moorage.Commit, error) {
	unknown := moorage.Errorf(moorage.NotFound, "Moorage carries no example called “%s”.", name).
		Try("Choose one of the examples on the start page.")
	if e.options.Examples == nil {
		return moorage.Commit{}, unknown
	}
	files, err := e.options.Examples(name)
	if errors.Is(err, fs.ErrNotExist) {
		return moorage.Commit{}, unknown.Because(err)
	}
	if err != nil {
		return moorage.Commit{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return moorage.Commit{}, fmt.Errorf("open the work folder: %w", err)
	}
	defer root.Close()
	sum := sha256.New()
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			return root.MkdirAll(path.Clean(name), 0o755)
		}
		return writeExampleFile(files, name, root, sum)
	})
	if err != nil {
		return moorage.Commit{}, fmt.Errorf("write example %s: %w", name, err)
	}
	return moorage.Commit{
		Hash:    hex.EncodeToString(sum.Sum(nil))[:40],
		Message: "The example that Moorage carries",
		Author:  "Moorage",
	}, nil
}

// writeExampleFile copies one file; sum takes its name, its length and its
// content. An embedded file has no executable bit: a build sets its own.
func writeExampleFile(files fs.FS, name string, root *os.Root, sum io.Writer) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s\x00%d\x00", name, len(content))
	sum.Write(content) // a hash never fails
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
