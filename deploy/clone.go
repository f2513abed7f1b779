package deploy

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"

	"moorage"
	"moorage/builder"
)

// clone fetches the source and decides how it is built.
func (j *job) clone(ctx context.Context) error {
	err := j.logged("Clone "+j.sourceName(), func(n int) error {
		if err := j.prepare(ctx); err != nil {
			return err
		}
		if err := j.makeRoom(ctx); err != nil {
			return err
		}
		fetch := builder.Fetch{Source: j.Source, Token: j.token, Dir: j.dir}
		commit, err := j.Builder.Fetch(ctx, fetch, n, j.book)
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		if err := j.committed(ctx, commit); err != nil {
			return err
		}
		return j.introduce(ctx)
	})
	if err != nil {
		return err
	}
	return j.logged("Plan", func(n int) error { return j.plan(ctx, n) })
}

// prepare reads what the deployment needs to know of its server, and has the
// log hide every secret.
func (j *job) prepare(ctx context.Context) (err error) {
	if j.server, err = j.Database.Server(ctx, j.ServerID); err != nil {
		return fmt.Errorf("read the server: %w", err)
	}
	if j.token, err = j.cloneToken(ctx); err != nil {
		return err
	}
	if j.variables, err = j.values(ctx); err != nil {
		return err
	}
	j.book.hide(append(j.variables.secrets, j.token))
	return nil
}

// cloneToken returns the token of the person who asked, when the source is where
// the token is from. No other place ever sees it.
func (j *job) cloneToken(ctx context.Context) (string, error) {
	if !sameOrigin(j.Source.RepoURL, j.GitHubURL) {
		return "", nil
	}
	token, err := j.Tokens.GitHubToken(ctx, j.CreatedBy)
	if err != nil {
		return "", fmt.Errorf("read the GitHub token: %w", err)
	}
	return token, nil
}

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	return err == nil && u.Host != "" && u.Scheme == v.Scheme && u.Host == v.Host
}

// makeRoom makes the empty folder that the source is written to.
func (j *job) makeRoom(ctx context.Context) (err error) {
	if err := j.Room(ctx); err != nil {
		return err
	}
	if j.dir, err = os.MkdirTemp(j.WorkDir, string(j.ID)+"-"); err == nil {
		j.root, err = os.OpenRoot(j.dir)
	}
	if err != nil {
		return moorage.Errorf(moorage.Internal, "There is no room to clone into.").
			Try("Look at the free space of the disk that Moorage's data is on, then redeploy.").Because(err)
	}
	return nil
}

// committed records which commit this deployment is of.
func (j *job) committed(ctx context.Context, c moorage.Commit) error {
	if err := j.Database.SetCommit(ctx, j.ID, c); err != nil {
		return fmt.Errorf("record the commit: %w", err)
	}
	j.Commit, j.CommitMessage, j.CommitAuthor = c.Hash, c.Message, c.Author
	j.Source.Ref = cmp.Or(j.Source.Ref, c.Ref)
	return nil
}

// sourceName says what is cloned, without what a URL may carry beside its path.
func (j *job) sourceName() string {
	name := j.Source.RepoURL
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		name = u.Host + u.Path
	}
	if j.Source.Ref != "" {
		name += " at " + j.Source.Ref
	}
	return name
}
