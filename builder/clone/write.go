package clone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"moorage"
)

const maxLink = 4096 // bytes of a symbolic link's target

// writeTree writes a measured tree into root: files first, links last, so that
// no file is ever written through a link. What is left out is said.
func writeTree(ctx context.Context, objects storer.EncodedObjectStorer, tree plumbing.Hash, root *os.Root, notes io.Writer) error {
	w := &writer{objects: objects, root: root, notes: notes}
	if err := w.folder(ctx, tree, "."); err != nil {
		return err
	}
	return w.writeLinks()
}

type writer struct {
	objects storer.EncodedObjectStorer
	root    *os.Root
	notes   io.Writer
	links   []link
}

type link struct{ name, target string }

func (w *writer) folder(ctx context.Context, hash plumbing.Hash, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tree, err := object.GetTree(w.objects, hash)
	if err != nil {
		return fmt.Errorf("read folder %s: %w", dir, err)
	}
	for _, e := range tree.Entries {
		if err := checkName(e.Name); err != nil {
			return err
		}
		if err := w.entry(ctx, e, path.Join(dir, e.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) entry(ctx context.Context, e object.TreeEntry, name string) error {
	switch {
	case isGitFolder(e.Name):
		w.note("%s is left out: a repository must not bring Git's own files.", name)
		return nil
	case e.Mode == filemode.Dir:
		if err := w.root.Mkdir(name, 0o755); err != nil {
			return fmt.Errorf("write the tree: %w", err)
		}
		return w.folder(ctx, e.Hash, name)
	case e.Mode == filemode.Regular, e.Mode == filemode.Deprecated:
		return w.file(e.Hash, name, 0o644)
	case e.Mode == filemode.Executable:
		return w.file(e.Hash, name, 0o755)
	case e.Mode == filemode.Symlink:
		return w.keepLink(e.Hash, name)
	case e.Mode == filemode.Submodule:
		w.note("%s is left out: submodules are not fetched.", name)
		return nil
	}
	w.note("%s is left out: it is neither a file nor a folder.", name)
	return nil
}

func (w *writer) file(hash plumbing.Hash, name string, mode fs.FileMode) error {
	r, err := w.blob(hash)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write the tree: %w", err)
	}
	if _, err := io.Copy(f, r); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), f.Close())
	}
	return f.Close()
}

func (w *writer) blob(hash plumbing.Hash) (io.ReadCloser, error) {
	b, err := object.GetBlob(w.objects, hash)
	if err != nil {
		return nil, err
	}
	return b.Reader()
}

// keepLink remembers a link whose target, read as text, stays in the tree.
func (w *writer) keepLink(hash plumbing.Hash, name string) error {
	r, err := w.blob(hash)
	if err != nil {
		return fmt.Errorf("read link %s: %w", name, err)
	}
	defer r.Close()
	target, err := io.ReadAll(io.LimitReader(r, maxLink+1))
	if err != nil {
		return fmt.Errorf("read link %s: %w", name, err)
	}
	if !staysInside(name, string(target)) {
		w.note("%s is left out: the link leads out of the repository.", name)
		return nil
	}
	w.links = append(w.links, link{name: name, target: string(target)})
	return nil
}

func staysInside(name, target string) bool {
	if target == "" || len(target) > maxLink || strings.ContainsAny(target, "\x00\\") || path.IsAbs(target) {
		return false
	}
	to := path.Join(path.Dir(name), target)
	if to == ".." || strings.HasPrefix(to, "../") {
		return false
	}
	for part := range strings.SplitSeq(to, "/") {
		if isGitFolder(part) {
			return false
		}
	}
	return true
}

// writeLinks writes all links, then takes away those that leave the tree by
// way of another link: only the file system itself can tell.
func (w *writer) writeLinks() error {
	for _, l := range w.links {
		if err := w.root.Symlink(l.target, l.name); err != nil {
			return fmt.Errorf("write the tree: %w", err)
		}
	}
	for _, l := range w.links {
		if _, err := w.root.Stat(l.name); err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		w.note("%s is left out: the link leads out of the repository.", l.name)
		if err := w.root.Remove(l.name); err != nil {
			return fmt.Errorf("remove link %s: %w", l.name, err)
		}
	}
	return nil
}

func (w *writer) note(format string, args ...any) {
	fmt.Fprintf(w.notes, format+"\n", args...)
}

// checkName refuses names that no honest tree holds, or that mean a path
// somewhere.
func checkName(name string) error {
	bad := name == "" || name == "." || name == ".." || len(name) > 255 || strings.ContainsAny(name, "/\\") ||
		strings.ContainsFunc(name, unicode.IsControl)
	if bad {
		return moorage.Errorf(moorage.Invalid, "The repository holds a file name that cannot be written safely: %q.", firstLine(name, 100)).
			Try("Rename the file, commit, then deploy again.")
	}
	return nil
}

// isGitFolder recognises .git in the spellings that some file system takes for it.
func isGitFolder(name string) bool {
	name = strings.ToLower(strings.TrimRight(name, ". "))
	return name == ".git" || name == "git~1"
}
