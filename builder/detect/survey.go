package detect

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

const (
	maxEntries = 20_000  // files and folders that are looked at
	maxRead    = 1 << 20 // bytes of a file that is read
	maxDepth   = 12      // of folders that are looked into
)

// survey is what a repository holds, by name.
type survey struct {
	root      *os.Root
	files     map[string]bool // every file that was seen
	truncated bool            // there was more
}

// skipped are folders that hold other people's code, or results.
var skipped = []string{"node_modules", ".git", ".venv", "venv", "vendor", "__pycache__", "site-packages", ".tox"}

func walk(ctx context.Context, root *os.Root) (*survey, error) {
	s := &survey{root: root, files: map[string]bool{}}
	entries := 0
	err := fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if entries++; entries > maxEntries {
			s.truncated = true
			return fs.SkipAll
		}
		switch {
		case err != nil && p == ".":
			return err
		case err != nil: // a folder that cannot be read holds nothing for us
			return fs.SkipDir
		case e.IsDir():
			if slices.Contains(skipped, e.Name()) || strings.Count(p, "/") >= maxDepth {
				return fs.SkipDir
			}
		default:
			s.files[p] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at the repository: %w", err)
	}
	return s, nil
}

// has reports whether there is something at p, links followed inside the root.
func (s *survey) has(p string) bool {
	if s.files[p] {
		return true
	}
	_, err := s.root.Stat(p)
	return err == nil
}

// isFile reports whether p is a regular file, links followed inside the root.
func (s *survey) isFile(p string) bool {
	info, err := s.root.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// read returns the beginning of a regular file, or nil when there is none.
func (s *survey) read(p string) []byte {
	if !s.isFile(p) {
		return nil
	}
	f, err := s.root.Open(p)
	if err != nil {
		return nil
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxRead))
	if err != nil {
		return nil
	}
	return content
}

// firstIn returns the first of names that folder holds, with its path, or "".
func (s *survey) firstIn(folder string, names ...string) string {
	for _, name := range names {
		if p := path.Join(folder, name); s.isFile(p) {
			return p
		}
	}
	return ""
}

func folderOf(p string) string { return path.Dir(p) }
