// Package disk knows how much room there is, and says no before there is none:
// a database whose disk is full takes no more commits, and an engine whose disk
// is full breaks what runs on it. What is then removed is decided elsewhere.
package disk

import (
	"context"
	"fmt"
	"syscall"

	"moorage"
)

// Free is how many bytes somebody who is not root may still write where path is.
func Free(path string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("measure %s: %w", path, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// Place is a folder whose disk fills up.
type Place struct {
	Name string                                    // "the data folder"
	Path func(ctx context.Context) (string, error) // an error leaves it out
}

// Guard refuses what would fill a disk.
type Guard struct {
	Least  int64 // bytes that have to be free
	Places []Place
}

// Enough returns nil when each place has as much room as it has to have, and
// otherwise an Unavailable that says which has not. A place that is not to be
// seen from here has enough.
func (g Guard) Enough(ctx context.Context) error {
	for _, p := range g.Places {
		path, err := p.Path(ctx)
		if err != nil {
			continue
		}
		free, err := Free(path)
		if err != nil || free >= g.Least {
			continue
		}
		return moorage.Errorf(moorage.Unavailable, "The disk is almost full: %s are free for %s, and a deployment wants %s.", Size(free), p.Name, Size(g.Least)).
			Try("Delete servers that nobody uses, or remove the engine's build cache with docker builder prune; then deploy again. MOORAGE_MIN_FREE is the limit.")
	}
	return nil
}

// Size prints bytes as people read them: 640 MB, 1.5 GB.
func Size(n int64) string {
	if n >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%d MB", n/1e6)
}
