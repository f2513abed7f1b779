package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"moorage/disk"
)

// File systems by the number of their kind (statfs(2)). The locks and the shared
// memory of SQLite do not work over a network; the second ones may be one.
var (
	far   = map[int64]string{0x6969: "NFS", 0x517b: "SMB", 0xfe534d42: "SMB", 0xff534d42: "CIFS", 0x5346414f: "AFS", 0x00c36400: "Ceph", 0x73757245: "Coda"}
	maybe = map[int64]string{0x65735546: "FUSE", 0x01021997: "9p"}
)

// Folder looks whether Moorage can keep its data in a folder. One that is not
// there yet is well when it can be made.
func Folder(dir string) Check {
	return Check{"data folder", func(context.Context) Finding {
		at := dir
		there := exists(dir)
		for !exists(at) && at != filepath.Dir(at) {
			at = filepath.Dir(at)
		}
		if err := writable(at); err != nil {
			return bad(err, fmt.Sprintf("Moorage cannot write to %s.", at), "Let its user own the folder, or name another one with MOORAGE_DATA.")
		}
		var kind syscall.Statfs_t
		if err := syscall.Statfs(at, &kind); err != nil {
			return bad(err, fmt.Sprintf("The file system of %s does not answer.", at), "Check that it is mounted.")
		}
		if f := onDisk(at, int64(kind.Type)); f.State != OK {
			return f
		}
		if !there {
			return well("%s is not there yet; moorage serve makes it.", dir)
		}
		return well("%s can be written, on a local file system.", dir)
	}}
}

// onDisk judges the kind of file system that a folder is on.
func onDisk(dir string, kind int64) Finding {
	const advice = "Use a folder on a disk of this machine, or a volume of the container engine."
	if name, is := far[kind]; is {
		return bad(nil, fmt.Sprintf("%s is on %s: a database on a shared file system gets damaged.", dir, name), advice)
	}
	if name, is := maybe[kind]; is {
		return warn(advice, "%s is on %s, which may be shared: a database there may get damaged.", dir, name)
	}
	return Finding{State: OK}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// writable makes a file and removes it.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".moorage-doctor-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Free space of a disk, in bytes.
const (
	littleSpace = 5 << 30   // one build of a large image may need it
	noSpace     = 512 << 20 // the database itself is in danger
)

// Place is a folder whose disk fills up.
type Place struct {
	Name string // "data"
	Path func(ctx context.Context) (string, error)
}

// Disk looks at the free space where Moorage and the engine keep things. A
// place that is not on this machine is left out.
func Disk(places ...Place) Check {
	return Check{"disk", within(patience, func(ctx context.Context) Finding {
		says, worst := "", Finding{State: OK}
		for _, p := range places {
			path, err := p.Path(ctx)
			if err != nil {
				continue // another check speaks of it
			}
			free, err := space(path)
			if err != nil {
				continue
			}
			says = join(says, fmt.Sprintf("%s free for %s", size(free), p.Name))
			if f := roomy(free); f.State == Failing || worst.State == OK {
				worst = f
			}
		}
		if says == "" {
			return warn("Look at the check of the data folder.", "The free space cannot be read.")
		}
		worst.Says = says + "."
		return worst
	})}
}

// roomy judges so many free bytes.
func roomy(free int64) Finding {
	switch {
	case free < noSpace:
		return Finding{State: Failing, Try: "Free some space now: the database may stop next. The runbook says what may go."}
	case free < littleSpace:
		return Finding{State: Warning, Try: "Free some space before the next large build: docker builder prune removes the cache of builds."}
	}
	return Finding{State: OK}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// space is what is free where a path is, or will be.
func space(path string) (int64, error) {
	for !exists(path) && path != filepath.Dir(path) {
		path = filepath.Dir(path)
	}
	return disk.Free(path)
}

func size(n int64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GiB", n>>30)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
