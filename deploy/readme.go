package deploy

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"moorage"
)

// maxReadme bounds what is kept of a README.
const maxReadme = 256 << 10 // bytes

// readmes keeps what the source of a deployment says of itself.
type readmes interface {
	SetReadme(ctx context.Context, id moorage.DeploymentID, text string) error
	Readme(ctx context.Context, id moorage.DeploymentID) (string, error)
}

// introduce keeps the README of the server's folder, or else of the repository.
func (j *job) introduce(ctx context.Context) error {
	for _, folder := range []string{path.Clean(j.Source.Subdir), "."} {
		text, err := readReadme(j.root, folder)
		if err != nil {
			return fmt.Errorf("read the README: %w", err)
		}
		if text != "" {
			return j.Database.SetReadme(ctx, j.ID, text)
		}
	}
	return nil
}

// readReadme returns the README.md of a folder, whatever the case of its name:
// "" when there is none.
func readReadme(root *os.Root, folder string) (string, error) {
	dir, err := root.Open(folder)
	if err != nil {
		return "", nil // the folder was checked where it matters
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if !strings.EqualFold(name, "README.md") {
			continue
		}
		if info, err := root.Stat(path.Join(folder, name)); err != nil || !info.Mode().IsRegular() {
			continue
		}
		f, err := root.Open(path.Join(folder, name))
		if err != nil {
			return "", err
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxReadme))
		return strings.ToValidUTF8(string(text), "�"), err
	}
	return "", nil
}
