package clone

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"moorage"
)

// wanted is what will be fetched: spec is a reference's name or a hash.
type wanted struct {
	spec string
	name string // of the branch or tag; "" for a commit
	tip  plumbing.Hash
}

// choose finds what a person named among what a repository has: a full commit
// hash, a full reference name, a branch, or a tag, in this order; the default
// branch when they named nothing.
func choose(refs []*plumbing.Reference, name string) (wanted, error) {
	byName := map[plumbing.ReferenceName]*plumbing.Reference{}
	for _, r := range refs {
		byName[r.Name()] = r
	}
	if plumbing.IsHash(name) {
		return chooseCommit(refs, plumbing.NewHash(name)), nil
	}
	candidates := []plumbing.ReferenceName{plumbing.NewBranchReferenceName(name), plumbing.NewTagReferenceName(name)}
	switch {
	case name == "":
		candidates = []plumbing.ReferenceName{plumbing.HEAD}
	case strings.HasPrefix(name, "refs/"):
		candidates = []plumbing.ReferenceName{plumbing.ReferenceName(name)}
	}
	for _, c := range candidates {
		r := byName[c]
		for hops := 0; r != nil && r.Type() == plumbing.SymbolicReference && hops < 5; hops++ {
			r = byName[r.Target()]
		}
		if r != nil && r.Type() == plumbing.HashReference {
			return wanted{spec: r.Name().String(), name: r.Name().Short(), tip: r.Hash()}, nil
		}
	}
	if name == "" {
		return wanted{}, moorage.Errorf(moorage.NotFound, "The repository has no default branch.").
			Try("Name a branch, a tag or a commit.")
	}
	return wanted{}, moorage.Errorf(moorage.NotFound, "The repository has no branch or tag “%s”.", firstLine(name, 100)).
		Try("Check the name. A commit is named by all 40 digits of its hash.")
}

// chooseCommit prefers a reference that points at the commit: every host hands
// those out, but not every host hands out any commit.
func chooseCommit(refs []*plumbing.Reference, hash plumbing.Hash) wanted {
	for _, r := range refs {
		if r.Type() == plumbing.HashReference && r.Hash() == hash {
			return wanted{spec: r.Name().String(), tip: hash}
		}
	}
	return wanted{spec: hash.String(), tip: hash}
}
