package clone

import (
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// weight is what one folder would hold once written out.
type weight struct {
	files int64
	bytes int64
	depth int
}

// maxTrees bounds the unique folders that are looked at.
const maxTrees = 200_000

// measure refuses a tree that would be too big once written out. It looks at
// every unique folder once, so ten objects that stand for ten billion files
// are counted in ten steps. Sums stop growing at the limits: they cannot
// overflow.
func measure(objects storer.EncodedObjectStorer, tree plumbing.Hash, l Limits) error {
	s := &scale{objects: objects, limits: l, known: map[plumbing.Hash]weight{}}
	w, err := s.weigh(tree, 1)
	switch {
	case err != nil:
		return err
	case w.files > l.Files:
		return tooBig("the number of its files", countText(w.files), fmt.Sprint(l.Files))
	case w.bytes > l.TreeBytes:
		return tooBig("the size of its files", bytesText(w.bytes), bytesText(l.TreeBytes))
	}
	return nil
}

type scale struct {
	objects storer.EncodedObjectStorer
	limits  Limits
	known   map[plumbing.Hash]weight
}

func (s *scale) weigh(hash plumbing.Hash, depth int) (weight, error) {
	if w, ok := s.known[hash]; ok {
		if depth+w.depth-1 > s.limits.Depth {
			return weight{}, tooBig("the depth of its folders", "more", fmt.Sprint(s.limits.Depth))
		}
		return w, nil
	}
	if depth > s.limits.Depth {
		return weight{}, tooBig("the depth of its folders", "more", fmt.Sprint(s.limits.Depth))
	}
	if len(s.known) >= maxTrees {
		return weight{}, tooBig("the number of its folders", "more", fmt.Sprint(maxTrees))
	}
	tree, err := object.GetTree(s.objects, hash)
	if err != nil {
		return weight{}, fmt.Errorf("read folder %s: %w", hash, err)
	}
	sum := weight{files: 1, depth: 1} // a folder costs an entry, too
	for _, e := range tree.Entries {
		one, err := s.entry(e, depth)
		if err != nil {
			return weight{}, err
		}
		sum.files = addCapped(sum.files, one.files)
		sum.bytes = addCapped(sum.bytes, one.bytes)
		sum.depth = max(sum.depth, one.depth+1)
	}
	s.known[hash] = sum
	return sum, nil
}

func (s *scale) entry(e object.TreeEntry, depth int) (weight, error) {
	switch e.Mode {
	case filemode.Dir:
		return s.weigh(e.Hash, depth+1)
	case filemode.Submodule:
		return weight{}, nil
	}
	size, err := s.objects.EncodedObjectSize(e.Hash)
	if err != nil {
		return weight{}, fmt.Errorf("measure file %s: %w", e.Hash, err)
	}
	if size > s.limits.FileBytes {
		return weight{}, tooBig("its file “"+firstLine(e.Name, 100)+"”", bytesText(size), bytesText(s.limits.FileBytes))
	}
	return weight{files: 1, bytes: size}, nil
}

const ceiling = 1 << 60

func addCapped(a, b int64) int64 { return min(a+b, ceiling) }

func countText(n int64) string {
	if n >= ceiling {
		return "beyond counting"
	}
	return fmt.Sprint(n)
}
