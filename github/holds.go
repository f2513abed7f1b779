package github

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	gh "github.com/google/go-github/v92/github"
)

// markers are the files that say what a repository holds, in the order in
// which the plan looks for them.
var markers = []string{
	"moorage.yaml", "smithery.yaml", "Dockerfile", "server.json", "package.json", "pyproject.toml", "go.mod",
}

// Holds returns the paths of the files at ref that say what can be deployed
// from it: of the root and of its folders, one level deep; the root first. Ref "" is the
// default branch. The answer is up to a minute old.
//
// The folders of a tree too large for one answer are left out.
func (c *Client) Holds(ctx context.Context, token, owner, name, ref string) ([]string, error) {
	if err := checkName(owner, name); err != nil {
		return nil, err
	}
	ref = cmp.Or(ref, "HEAD")
	key := keyOf(token, owner, name, ref)
	if held, ok := c.holdings.get(key); ok {
		return held, nil
	}
	client, err := c.as(token)
	if err != nil {
		return nil, err
	}
	entries, err := readTree(ctx, client, owner, name, url.PathEscape(ref))
	if err != nil {
		return nil, c.explain("read the tree of "+owner+"/"+name, err)
	}
	held := found(entries)
	c.holdings.put(key, held)
	return held, nil
}

func readTree(ctx context.Context, client *gh.Client, owner, name, ref string) ([]*gh.TreeEntry, error) {
	tree, _, err := client.Git.GetTree(ctx, owner, name, ref, true)
	if errors.Is(err, errTooLarge) || (err == nil && tree.GetTruncated()) {
		tree, _, err = client.Git.GetTree(ctx, owner, name, ref, false)
	}
	var answer *gh.ErrorResponse
	if errors.As(err, &answer) && answer.Response.StatusCode == http.StatusConflict {
		return nil, nil // what GitHub says of a repository without commits
	}
	if err != nil {
		return nil, err
	}
	return tree.Entries, nil
}

func found(entries []*gh.TreeEntry) []string {
	paths := []string{}
	for _, e := range entries {
		path := e.GetPath()
		base := path[strings.LastIndexByte(path, '/')+1:]
		if e.GetType() == "blob" && strings.Count(path, "/") <= 1 && slices.Contains(markers, base) {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, func(a, b string) int {
		aRoot, bRoot := !strings.Contains(a, "/"), !strings.Contains(b, "/")
		switch {
		case aRoot && bRoot:
			return slices.Index(markers, a) - slices.Index(markers, b)
		case aRoot != bRoot:
			return strings.Count(a, "/") - strings.Count(b, "/")
		default:
			return strings.Compare(a, b)
		}
	})
	return paths
}
