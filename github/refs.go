package github

import (
	"context"
	"slices"

	gh "github.com/google/go-github/v92/github"
	"golang.org/x/sync/errgroup"

	"moorage"
)

// Refs returns the branches and then the tags of a repository, at most 500 of
// each. The default branch is the first. An empty repository has none.
func (c *Client) Refs(ctx context.Context, token, owner, name string) ([]moorage.Ref, error) {
	if err := checkName(owner, name); err != nil {
		return nil, err
	}
	client, err := c.as(token)
	if err != nil {
		return nil, err
	}
	var repo *gh.Repository
	var branches, tags []moorage.Ref
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		repo, _, err = client.Repositories.Get(groupCtx, owner, name)
		return err
	})
	group.Go(func() (err error) {
		branches, err = listBranches(groupCtx, client, owner, name)
		return err
	})
	group.Go(func() (err error) {
		tags, err = listTags(groupCtx, client, owner, name)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, c.explain("list refs of "+owner+"/"+name, err)
	}
	branches, err = defaultFirst(ctx, client, repo, owner, name, branches)
	if err != nil {
		return nil, c.explain("get the default branch of "+owner+"/"+name, err)
	}
	return append(branches, tags...), nil
}

func listBranches(ctx context.Context, client *gh.Client, owner, name string) ([]moorage.Ref, error) {
	found, err := allPages(ctx, refsCap, func(ctx context.Context, page gh.ListOptions) ([]*gh.Branch, *gh.Response, error) {
		return client.Repositories.ListBranches(ctx, owner, name, &gh.BranchListOptions{ListOptions: page})
	})
	refs := make([]moorage.Ref, len(found))
	for i, b := range found {
		refs[i] = moorage.Ref{Name: b.GetName(), Commit: b.GetCommit().GetSHA()}
	}
	return refs, err
}

func listTags(ctx context.Context, client *gh.Client, owner, name string) ([]moorage.Ref, error) {
	found, err := allPages(ctx, refsCap, func(ctx context.Context, page gh.ListOptions) ([]*gh.RepositoryTag, *gh.Response, error) {
		return client.Repositories.ListTags(ctx, owner, name, &page)
	})
	refs := make([]moorage.Ref, len(found))
	for i, t := range found {
		refs[i] = moorage.Ref{Name: t.GetName(), Tag: true, Commit: t.GetCommit().GetSHA()}
	}
	return refs, err
}

// defaultFirst moves the default branch to the front. Beyond the cap it may be
// missing, and is then asked for by name.
func defaultFirst(ctx context.Context, client *gh.Client, repo *gh.Repository, owner, name string, branches []moorage.Ref) ([]moorage.Ref, error) {
	if len(branches) == 0 {
		return branches, nil
	}
	branch := repo.GetDefaultBranch()
	at := slices.IndexFunc(branches, func(r moorage.Ref) bool { return r.Name == branch })
	if at >= 0 {
		first := branches[at]
		return slices.Insert(slices.Delete(branches, at, at+1), 0, first), nil
	}
	b, _, err := client.Repositories.GetBranch(ctx, owner, name, branch, 1)
	if err != nil {
		return nil, err
	}
	return slices.Insert(branches, 0, moorage.Ref{Name: branch, Commit: b.GetCommit().GetSHA()}), nil
}
