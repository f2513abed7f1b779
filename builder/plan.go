package builder

import (
	"context"
	"os"

	"moorage"
	"moorage/builder/detect"
)

// Plan says what was found in a fetched tree and what would be done with it.
func (e *Engine) Plan(ctx context.Context, root *os.Root, subdir string) (moorage.Plan, error) {
	return detect.Plan(ctx, root, subdir, e.options.BaseImages)
}

// Choose is Plan with the build that a person picked: the path of a
// Dockerfile, or "" for the one that Moorage writes.
func (e *Engine) Choose(ctx context.Context, root *os.Root, subdir, dockerfile string) (moorage.Plan, error) {
	return detect.Choose(ctx, root, subdir, dockerfile, e.options.BaseImages)
}
