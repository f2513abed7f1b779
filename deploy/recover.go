package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"moorage"
)

// Recover puts right what a crash has left: deployments that were in a worker's
// hands are failed and queued once more, clones are removed, and images that were
// built and not recorded. Deployments that waited simply go on. Call it before
// Run, until it succeeds; the containers of what was interrupted are removed by
// the runner, as everything that belongs to nobody.
func (p *Pipeline) Recover(ctx context.Context) error {
	left, err := p.Database.RunningDeployments(ctx)
	if err != nil {
		return fmt.Errorf("list running deployments: %w", err)
	}
	for _, d := range left {
		if err := p.recoverOne(ctx, d); err != nil {
			return fmt.Errorf("recover %s: %w", d.ID, err)
		}
	}
	return errors.Join(p.sweep(), p.sweepImages(ctx, ""))
}

// recoverOne takes up the log of a deployment where it broke off, and ends it.
func (p *Pipeline) recoverOne(ctx context.Context, d moorage.Deployment) error {
	seq, err := p.Database.LastSeq(ctx, d.ID)
	if err != nil {
		return err
	}
	begun, err := p.Database.Steps(ctx, d.ID)
	if err != nil {
		return err
	}
	last, err := p.Database.LogLines(ctx, d.ID, max(0, seq-1), 1)
	if err != nil {
		return err
	}
	var broken error
	book := openLogbook(ctx, p, d.ID, seq, len(begun), func(err error) { broken = err })
	for _, line := range last {
		book.found = line.Text
	}
	for _, s := range begun {
		if s.Status == moorage.StepRunning {
			book.reopen(s.N)
		}
	}
	return errors.Join(p.interrupted(ctx, d, book), broken)
}

// sweep removes the clones that a former process has left.
func (p *Pipeline) sweep() error {
	entries, err := os.ReadDir(p.WorkDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list clones: %w", err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.ModTime().After(p.began) {
			continue // gone already, or of somebody who works
		}
		if err := os.RemoveAll(filepath.Join(p.WorkDir, e.Name())); err != nil {
			return fmt.Errorf("remove a clone: %w", err)
		}
	}
	return nil
}
