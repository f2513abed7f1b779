package clone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/client"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"moorage"
)

// fetched is a repository whose wanted commit is here.
type fetched struct {
	objects storer.EncodedObjectStorer
	ref     string        // the branch or tag that was chosen; "" for a commit
	tip     plumbing.Hash // of the commit, or of a tag that leads to it
}

// open makes the wanted commit available, without a work tree.
func open(ctx context.Context, req Request, progress io.Writer) (fetched, error) {
	u, err := checkURL(req)
	if err != nil {
		return fetched{}, err
	}
	if u.Scheme == "file" {
		return openLocal(u.Path, req.Ref)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	src, err := fetch(ctx, req, transfer(u, req, cancel), progress)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return fetched{}, cause
	}
	return src, explain(err, u, req)
}

// fetch brings one commit, without its history, into a bare repository.
func fetch(ctx context.Context, req Request, httpClient *http.Client, progress io.Writer) (fetched, error) {
	// The protocol table of go-git is global; this process does one clone.
	options := &githttp.ClientOptions{RedirectPolicy: githttp.FollowInitialRedirects}
	client.InstallProtocol("https", githttp.NewClientWithOptions(httpClient, options))
	client.InstallProtocol("http", githttp.NewClientWithOptions(httpClient, options))

	storage := filesystem.NewStorage(osfs.New(req.GitDir), cache.NewObjectLRU(32*cache.MiByte))
	remote := git.NewRemote(storage, &config.RemoteConfig{Name: "origin", URLs: []string{req.URL}})
	var auth transport.AuthMethod
	if req.Token != "" {
		auth = &githttp.BasicAuth{Username: "x-access-token", Password: req.Token}
	}
	refs, err := remote.ListContext(ctx, &git.ListOptions{Auth: auth})
	if err != nil {
		return fetched{}, err
	}
	wanted, err := choose(refs, req.Ref)
	if err != nil {
		return fetched{}, err
	}
	err = remote.FetchContext(ctx, &git.FetchOptions{
		RefSpecs: []config.RefSpec{config.RefSpec("+" + wanted.spec + ":refs/moorage/source")},
		Depth:    1, Auth: auth, Tags: git.NoTags, Progress: progress,
	})
	if err != nil {
		return fetched{}, err
	}
	return fetched{objects: storage, ref: wanted.name, tip: wanted.tip}, nil
}

// openLocal reads a repository of this machine where it is; nothing is copied
// but the files of the commit.
func openLocal(path, ref string) (fetched, error) {
	repo, err := git.PlainOpen(path)
	if err != nil {
		return fetched{}, moorage.Errorf(moorage.NotFound, "There is no Git repository in %s.", path).
			Try("Check the path.").Because(err)
	}
	all, err := repo.References()
	if err != nil {
		return fetched{}, fmt.Errorf("list the references: %w", err)
	}
	var refs []*plumbing.Reference
	if err := all.ForEach(func(r *plumbing.Reference) error { refs = append(refs, r); return nil }); err != nil {
		return fetched{}, fmt.Errorf("list the references: %w", err)
	}
	wanted, err := choose(refs, ref)
	if err != nil {
		return fetched{}, err
	}
	return fetched{objects: repo.Storer, ref: wanted.name, tip: wanted.tip}, nil
}

// commit follows tags to the commit.
func (f fetched) commit() (*object.Commit, error) {
	hash := f.tip
	for range 8 { // a tag of a tag of a tag is somebody's joke
		o, err := f.objects.EncodedObject(plumbing.AnyObject, hash)
		if err != nil {
			return nil, fmt.Errorf("read the commit: %w", err)
		}
		switch o.Type() {
		case plumbing.CommitObject:
			return object.DecodeCommit(f.objects, o)
		case plumbing.TagObject:
			tag, err := object.DecodeTag(f.objects, o)
			if err != nil {
				return nil, fmt.Errorf("read the tag: %w", err)
			}
			hash = tag.Target
		default:
			return nil, moorage.Errorf(moorage.Invalid, "This name leads to a %s, not to a commit.", o.Type()).
				Try("Use a branch, a tag or a commit.")
		}
	}
	return nil, moorage.Errorf(moorage.Invalid, "This tag leads to no commit.").Try("Use a branch or a commit.")
}

// explain turns what the Git library says into sentences.
func explain(err error, u *url.URL, req Request) error {
	var own *moorage.Error
	switch {
	case err == nil, errors.As(err, &own):
		return err
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return moorage.Errorf(moorage.Invalid, "The repository is empty.").Try("Push a commit to it, then deploy.")
	case req.Token == "" && (errors.Is(err, transport.ErrAuthenticationRequired) ||
		errors.Is(err, transport.ErrAuthorizationFailed) || errors.Is(err, transport.ErrRepositoryNotFound)):
		return moorage.Errorf(moorage.NotFound, "The repository %s%s was not found, or it is private.", u.Host, u.Path).
			Try("Check the address. If the repository is private, connect GitHub and give Moorage access to it.").Because(err)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return moorage.Errorf(moorage.NotFound, "The repository %s%s was not found, or your account may not see it.", u.Host, u.Path).
			Try("Check the address, and that your GitHub account and its access for Moorage include this repository.").Because(err)
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return moorage.Errorf(moorage.Forbidden, "%s did not accept your sign-in for this repository.", u.Host).
			Try("Connect GitHub again, and check that its access for Moorage includes this repository.").Because(err)
	case errors.Is(err, git.ErrExactSHA1NotSupported):
		return moorage.Errorf(moorage.Invalid, "%s does not hand out single commits by their hash.", u.Host).
			Try("Deploy a branch or a tag instead.").Because(err)
	}
	if plumbing.IsHash(req.Ref) && strings.Contains(err.Error(), "not our ref") { // the host's own words
		return moorage.Errorf(moorage.NotFound, "The repository has no commit %s.", req.Ref).
			Try("Check the hash, and that the commit was pushed.").Because(err)
	}
	return moorage.Errorf(moorage.Unavailable, "The repository could not be fetched from %s.", u.Host).
		Try("Check that the host is reachable and that the address leads to a Git repository, then try again.").Because(err)
}
