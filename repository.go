package moorage

import (
	"errors"
	"time"
)

// Repository is one that a person may see on GitHub.
type Repository struct {
	ID            int64
	Owner         string
	Name          string
	Description   string
	CloneURL      string
	HTMLURL       string
	DefaultBranch string
	Language      string
	Private       bool
	Fork          bool
	Archived      bool
	PushedAt      time.Time
}

// FullName is owner/name.
func (r Repository) FullName() string { return r.Owner + "/" + r.Name }

// Ref is a branch or tag of a repository.
type Ref struct {
	Name   string
	Tag    bool
	Commit string
}

// ErrTokenRevoked is in the chain of an error that only a new sign-in with
// GitHub mends: the token was revoked, or has expired.
var ErrTokenRevoked = errors.New("github token is revoked or expired")

// LimitedUntil is in the chain of an error of GitHub that says when it answers
// again.
type LimitedUntil struct{ time.Time }

func (l LimitedUntil) Error() string { return "limited until " + l.UTC().Format(time.RFC3339) }
