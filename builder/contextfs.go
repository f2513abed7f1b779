package builder

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"

	"moorage"
)

// contextFS hands a folder to BuildKit through an os.Root: links are handed
// over as links and never followed out of it, and what is read is counted.
type contextFS struct {
	fsutil.FS
	left   atomic.Int64
	most   int64
	refuse func(error)
}

func newContextFS(folder *os.Root, most int64, refuse func(error)) *contextFS {
	c := &contextFS{FS: fsutil.NewRootFS(fsutil.NewRoot(folder)), most: most, refuse: refuse}
	c.left.Store(most)
	return c
}

// ownedByRoot gives a folder's files to root: whoever owns them on this machine,
// that is how a build sees them.
func ownedByRoot(folder fsutil.FS) (fsutil.FS, error) {
	return fsutil.NewFilterFS(folder, &fsutil.FilterOpt{Map: func(_ string, stat *types.Stat) fsutil.MapResult {
		stat.Uid, stat.Gid = 0, 0
		return fsutil.MapResultKeep
	}})
}

// Walk leaves out what is neither file, folder nor link: nothing of the kind
// comes out of a repository.
func (c *contextFS) Walk(ctx context.Context, target string, fn fs.WalkDirFunc) error {
	return c.FS.Walk(ctx, target, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry != nil && entry.Type()&^(fs.ModeDir|fs.ModeSymlink)&fs.ModeType != 0 {
			return nil
		}
		return fn(path, entry, err)
	})
}

// Open counts what is read from the file.
func (c *contextFS) Open(path string) (io.ReadCloser, error) {
	f, err := c.FS.Open(path)
	if err != nil {
		return nil, err
	}
	return &countedFile{ReadCloser: f, fs: c}, nil
}

type countedFile struct {
	io.ReadCloser
	fs *contextFS
}

func (f *countedFile) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if f.fs.left.Add(-int64(n)) < 0 {
		tooBig := moorage.Errorf(moorage.Limited, "The build context is bigger than %s.", sizeText(f.fs.most)).
			Try("List what the build does not need in a .dockerignore file, or choose a smaller folder as context.")
		f.fs.refuse(tooBig)
		return 0, tooBig
	}
	return n, err
}

// textFS is a folder of small files in memory, just written. Nil files are not
// there. The time matters: of a file whose size and time are those of the last
// build's, BuildKit takes the content to be the same, too.
type textFS struct {
	files   map[string][]byte
	written time.Time
}

// Walk lists the files in the order of their names; a target names one of them.
func (t *textFS) Walk(ctx context.Context, target string, fn fs.WalkDirFunc) error {
	target = strings.TrimPrefix(target, "/")
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		if t.files[name] == nil || target != "" && target != "." && target != name {
			continue
		}
		stat := &types.Stat{Path: name, Mode: 0o644, Size: int64(len(t.files[name])), ModTime: t.written.UnixNano()}
		if err := fn(name, &fsutil.DirEntryInfo{Stat: stat}, ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// Open reads one of the files.
func (t *textFS) Open(path string) (io.ReadCloser, error) {
	content := t.files[strings.TrimPrefix(path, "/")]
	if content == nil {
		return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func sizeText(n int64) string {
	units := []string{"B", "kB", "MB", "GB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
