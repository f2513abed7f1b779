package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// fileFS is a folder of one file that lies elsewhere under another name.
type fileFS struct {
	name   string
	path   string // where it lies
	digest string // of its content
	stat   types.Stat
}

// folder is a name that says everything about the folder: of two that share it,
// the engine takes one for the other.
func (f *fileFS) folder() string {
	all := fmt.Sprintf("%s\n%q\n%o %d %d %d", f.digest, f.name, f.stat.Mode, f.stat.Uid, f.stat.Gid, f.stat.ModTime)
	sum := sha256.Sum256([]byte(all))
	return "added-" + hex.EncodeToString(sum[:16])
}

// Walk implements fsutil.FS.
func (f *fileFS) Walk(ctx context.Context, target string, fn fs.WalkDirFunc) error {
	if target = strings.TrimPrefix(target, "/"); target != "" && target != "." && target != f.name {
		return nil
	}
	return fn(f.name, &fsutil.DirEntryInfo{Stat: f.stat.Clone()}, ctx.Err())
}

// Open implements fsutil.FS.
func (f *fileFS) Open(path string) (io.ReadCloser, error) {
	if strings.TrimPrefix(path, "/") != f.name {
		return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
	}
	return os.Open(f.path)
}
