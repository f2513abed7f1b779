package github

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"

	"moorage"
)

// loadFor bounds the load of all pages. It goes on when the one who asked
// first has left, because others may wait for it.
const loadFor = time.Minute

// Repositories returns all repositories that the owner of token may see, of
// their own, of others and of organisations, newest push first. With the token of a GitHub
// App it is those that the App was given access to.
//
// The list is up to a minute old; Refresh asks again. The caller must not change it.
func (c *Client) Repositories(ctx context.Context, token string) ([]moorage.Repository, error) {
	if list, ok := c.repositories.get(keyOf(token)); ok {
		return list, nil
	}
	return c.Refresh(ctx, token)
}

// Refresh is Repositories without the cache. A failure leaves what is cached.
func (c *Client) Refresh(ctx context.Context, token string) ([]moorage.Repository, error) {
	key := keyOf(token)
	done := c.loads.DoChan(string(key[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadFor)
		defer cancel()
		list, err := c.loadRepositories(ctx, token)
		if err != nil {
			return nil, c.explain("list repositories", err)
		}
		c.repositories.put(key, list)
		return list, nil
	})
	select {
	case <-ctx.Done():
		return nil, c.explain("list repositories", ctx.Err())
	case result := <-done:
		list, _ := result.Val.([]moorage.Repository)
		return list, result.Err
	}
}

func (c *Client) loadRepositories(ctx context.Context, token string) ([]moorage.Repository, error) {
	client, err := c.as(token)
	if err != nil {
		return nil, err
	}
	load := ownRepositories
	if isAppToken(token) {
		load = installedRepositories
	}
	found, err := load(ctx, client)
	if err != nil {
		return nil, err
	}
	list := make([]moorage.Repository, 0, len(found))
	seen := make(map[int64]bool, len(found)) // a push between two pages moves one to both
	for _, r := range found {
		if !seen[r.GetID()] {
			seen[r.GetID()] = true
			list = append(list, repository(r))
		}
	}
	slices.SortStableFunc(list, func(a, b moorage.Repository) int {
		if order := b.PushedAt.Compare(a.PushedAt); order != 0 {
			return order
		}
		return strings.Compare(a.FullName(), b.FullName())
	})
	return list, nil
}

func ownRepositories(ctx context.Context, client *gh.Client) ([]*gh.Repository, error) {
	return allPages(ctx, noCap, func(ctx context.Context, page gh.ListOptions) ([]*gh.Repository, *gh.Response, error) {
		return client.Repositories.ListByAuthenticatedUser(ctx, &gh.RepositoryListByAuthenticatedUserOptions{
			Affiliation: "owner,collaborator,organization_member",
			Sort:        "pushed",
			ListOptions: page,
		})
	})
}

// Repository returns one repository.
func (c *Client) Repository(ctx context.Context, token, owner, name string) (moorage.Repository, error) {
	if err := checkName(owner, name); err != nil {
		return moorage.Repository{}, err
	}
	client, err := c.as(token)
	if err != nil {
		return moorage.Repository{}, err
	}
	r, _, err := client.Repositories.Get(ctx, owner, name)
	if err != nil {
		return moorage.Repository{}, c.explain("get repository "+owner+"/"+name, err)
	}
	return repository(r), nil
}

func repository(r *gh.Repository) moorage.Repository {
	return moorage.Repository{
		ID:            r.GetID(),
		Owner:         r.GetOwner().GetLogin(),
		Name:          r.GetName(),
		Description:   r.GetDescription(),
		CloneURL:      r.GetCloneURL(),
		HTMLURL:       r.GetHTMLURL(),
		DefaultBranch: r.GetDefaultBranch(),
		Language:      r.GetLanguage(),
		Private:       r.GetPrivate(),
		Fork:          r.GetFork(),
		Archived:      r.GetArchived(),
		PushedAt:      r.GetPushedAt().Time,
	}
}

// What GitHub allows as names; both become part of a path.
var (
	ownerPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
)

func checkName(owner, name string) error {
	if !ownerPattern.MatchString(owner) || !namePattern.MatchString(name) || name == "." || name == ".." {
		return moorage.Errorf(moorage.NotFound, "There is no repository with this name.").
			Try("Check the name: it is owner/name.")
	}
	return nil
}
