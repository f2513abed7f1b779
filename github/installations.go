package github

import (
	"context"
	"strings"
	"sync"

	gh "github.com/google/go-github/v92/github"
	"golang.org/x/sync/errgroup"
)

// isAppToken reports whether a GitHub App got the token for its user. Such a token
// sees the repositories of the App's installations only, and lists them there.
// See https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats.
func isAppToken(token string) bool { return strings.HasPrefix(token, "ghu_") }

// installedRepositories returns the repositories of all installations that the
// person may see. The order is that of no list in particular.
func installedRepositories(ctx context.Context, client *gh.Client) ([]*gh.Repository, error) {
	installations, err := allPages(ctx, noCap, func(ctx context.Context, page gh.ListOptions) ([]*gh.Installation, *gh.Response, error) {
		return client.Apps.ListUserInstallations(ctx, &page)
	})
	if err != nil {
		return nil, err
	}
	var (
		mu  sync.Mutex
		all []*gh.Repository
	)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, installation := range installations {
		group.Go(func() error {
			found, err := allPages(ctx, noCap, func(ctx context.Context, page gh.ListOptions) ([]*gh.Repository, *gh.Response, error) {
				list, resp, err := client.Apps.ListUserRepos(ctx, installation.GetID(), &page)
				if err != nil {
					return nil, resp, err
				}
				return list.Repositories, resp, nil
			})
			mu.Lock()
			defer mu.Unlock()
			all = append(all, found...)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return all, nil
}
