package github

import (
	"context"

	gh "github.com/google/go-github/v92/github"
	"golang.org/x/sync/errgroup"
)

const (
	perPage    = 100 // the most that GitHub gives
	atOnce     = 4   // requests; more, and GitHub's secondary limit wakes up
	noCap      = 0
	refsCap    = 5   // pages of branches, and of tags
	pagesAtAll = 500 // whatever GitHub says
)

type fetch[T any] func(ctx context.Context, page gh.ListOptions) ([]T, *gh.Response, error)

// allPages returns everything of a list, in order, at most limit pages of it.
// The first page says how many there are; the others are fetched at the same
// time.
func allPages[T any](ctx context.Context, limit int, get fetch[T]) ([]T, error) {
	first, resp, err := get(ctx, gh.ListOptions{PerPage: perPage})
	if err != nil {
		return nil, err
	}
	last := min(max(resp.LastPage, 1), pagesAtAll)
	if limit != noCap {
		last = min(last, limit)
	}
	pages := make([][]T, last)
	pages[0] = first
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for n := 2; n <= last; n++ {
		group.Go(func() error {
			page, _, err := get(ctx, gh.ListOptions{Page: n, PerPage: perPage})
			pages[n-1] = page
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []T
	for _, page := range pages {
		all = append(all, page...)
	}
	return all, nil
}
