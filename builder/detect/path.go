package detect

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"moorage"
)

const maxPath = 1024 // bytes

// CheckPath refuses a path of a repository that does not stay in it, or that
// is not there: what a person or a file names as Dockerfile, context or
// sub-folder. Symbolic links are followed as the operating system would, and
// must not leave root either. The error names the path.
func CheckPath(root *os.Root, p string) error {
	shown := clip(p, 100)
	switch {
	case len(p) > maxPath, strings.ContainsAny(p, "\x00\\"), path.IsAbs(p), !filepath.IsLocal(p):
		return moorage.Errorf(moorage.Invalid, "The path “%s” is not a path inside the repository.", shown).
			Try("Use a path from the repository's root, with / between folders and without “..”.")
	}
	_, err := root.Stat(filepath.FromSlash(p))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return moorage.Errorf(moorage.Invalid, "The repository holds no “%s”.", shown).
			Try("Check the path, and that the chosen branch holds it.").Because(err)
	}
	return moorage.Errorf(moorage.Invalid, "The path “%s” leads out of the repository.", shown).
		Try("Put what it links to into the repository, or choose another path.").Because(err)
}

// clip shortens what a stranger wrote, without control characters, to max runes.
func clip(s string, max int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20 || r == 0x7f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > max {
		return string(runes[:max-1]) + "…"
	}
	return s
}
