package githubtest

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Repository says what is special about a repository that is added.
type Repository struct {
	Description   string
	Language      string
	DefaultBranch string    // default main
	Private       bool      // only the owner, the organisation and Collaborators see it
	Fork          bool      // …
	Archived      bool      // …
	SSO           bool      // the organisation asks for its single sign-on
	Restricted    bool      // the organisation did not approve the OAuth app
	Truncated     bool      // its recursive tree does not fit in one answer
	PushedAt      time.Time // default now; later commits do not change it
	Collaborators []string  // logins
}

type repository struct {
	Repository
	id        int64
	owner     string
	name      string
	pushed    time.Time
	installed bool

	hooks       []*Hook
	statuses    []Status
	deployments []*Deployment
}

func (r *repository) fullName() string { return r.owner + "/" + r.name }

// AddRepository adds a repository with one commit of files: path to content.
// Without files it stays empty. It panics when git refuses the files: tests need no error here.
func (s *Server) AddRepository(owner, name string, files map[string]string, o Repository) {
	if o.DefaultBranch == "" {
		o.DefaultBranch = "main"
	}
	s.mu.Lock()
	pushed := o.PushedAt
	if pushed.IsZero() {
		pushed = s.now()
	}
	r := &repository{Repository: o, id: s.next(), owner: owner, name: name, pushed: pushed}
	s.repos = append(s.repos, r)
	s.mu.Unlock()
	if err := s.initGit(r); err != nil {
		panic("githubtest: " + err.Error())
	}
	if len(files) > 0 {
		s.Commit(owner, name, o.DefaultBranch, "First commit", files)
	}
}

// CloneURL is the address that git clones a repository from.
func (s *Server) CloneURL(owner, name string) string {
	return s.URL + "/" + owner + "/" + name + ".git"
}

// find returns a repository. A name is found whatever its case, as on GitHub.
func (s *Server) find(owner, name string) (*repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.repos {
		if strings.EqualFold(r.owner, owner) && strings.EqualFold(r.name, name) {
			return r, nil
		}
	}
	return nil, errors.New("no repository " + owner + "/" + name)
}

// mayRead reports whether the holder of t, who may be nobody, sees a repository.
func (s *Server) mayRead(t *token, r *repository) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !r.Private:
		return true
	case t == nil:
		return false
	case strings.HasPrefix(t.value, "ghu_") && !r.installed:
		return false
	}
	return belongs(t.user, r)
}

// belongs reports whether a repository is in a person's own list.
func belongs(u *user, r *repository) bool {
	return r.owner == u.Login || slices.Contains(u.orgs, r.owner) || slices.Contains(r.Collaborators, u.Login)
}

// visible returns the list of a person, newest push first. mu is held.
func (s *Server) visible(u *user) []*repository {
	var list []*repository
	for _, r := range s.repos {
		if belongs(u, r) {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *repository) int { return b.pushed.Compare(a.pushed) })
	return list
}

// describe is a repository in the API's words.
func (s *Server) describe(r *repository) map[string]any {
	return map[string]any{
		"id": r.id, "name": r.name, "full_name": r.fullName(),
		"owner": map[string]any{"login": r.owner}, "description": r.Description, "language": r.Language,
		"private": r.Private, "fork": r.Fork, "archived": r.Archived,
		"default_branch": r.DefaultBranch, "pushed_at": r.pushed.UTC().Format(time.RFC3339),
		"clone_url": s.CloneURL(r.owner, r.name), "html_url": s.URL + "/" + r.fullName(),
	}
}
