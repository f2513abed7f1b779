package deploy

import (
	"context"
	"fmt"

	"moorage"
	"moorage/builder"
	"moorage/runtime"
)

// build makes the image. What it prints are steps of the builder's own.
func (j *job) build(ctx context.Context) error {
	if err := j.Room(ctx); err != nil { // the clone may have taken it
		return err
	}
	img, err := j.Builder.Build(ctx, builder.Build{
		Root:   j.root,
		Subdir: j.Source.Subdir,
		Config: j.Config.Build,
		Ref:    builder.ImageRef(j.server.Slug, j.ID),
		Labels: map[string]string{
			runtime.LabelServer:     string(j.ServerID),
			runtime.LabelDeployment: string(j.ID),
		},
		Timeout: j.BuildTimeout,
	}, j.book)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	j.dropClone() // it may be large, and nothing needs it any more
	return j.built(ctx, img)
}

// built records the image.
func (j *job) built(ctx context.Context, img moorage.Image) error {
	if err := j.Database.SetImage(ctx, j.ID, img); err != nil {
		return fmt.Errorf("record the image: %w", err)
	}
	j.Image = img
	return nil
}

// reuse takes the commit and the image of an earlier deployment instead of
// cloning.
func (j *job) reuse(ctx context.Context) error {
	return j.logged("Use an earlier image", func(n int) (err error) {
		if err = j.prepare(ctx); err != nil {
			return err
		}
		if j.earlier, err = j.Database.Deployment(ctx, j.RollbackOf); err != nil {
			return fmt.Errorf("read the earlier deployment: %w", err)
		}
		if err := j.held(ctx, j.earlier); err != nil {
			return err
		}
		text, err := j.Database.Readme(ctx, j.earlier.ID)
		if err == nil && text != "" {
			err = j.Database.SetReadme(ctx, j.ID, text)
		}
		if err != nil {
			return fmt.Errorf("keep the README: %w", err)
		}
		j.book.note(n, fmt.Sprintf("The image of deployment %s is used again: nothing is cloned and nothing is built.", j.earlier.ID))
		return j.committed(ctx, moorage.Commit{
			Hash: j.earlier.Commit, Ref: j.earlier.Source.Ref, Message: j.earlier.CommitMessage, Author: j.earlier.CommitAuthor,
		})
	})
}

// keep records the earlier image as this deployment's own.
func (j *job) keep(ctx context.Context) error { return j.built(ctx, j.earlier.Image) }

// held checks that the image of a deployment is still in the engine.
func (p *Pipeline) held(ctx context.Context, d moorage.Deployment) error {
	gone := moorage.Errorf(moorage.NotFound, "The image of this deployment is no longer kept.").
		Try("Redeploy its commit: that builds the image again.")
	if d.Image.ID == "" {
		return gone
	}
	there, err := p.Builder.HasImage(ctx, d.Image)
	if err != nil {
		return fmt.Errorf("look for the image: %w", err)
	}
	if !there {
		return gone
	}
	return nil
}
