package deploy

import (
	"context"
	"fmt"
	"strings"
)

// push uploads the image when a registry is configured. An image that does not
// arrive is kept, so that Retry has only this to do again.
func (j *job) push(ctx context.Context) error {
	if j.Registry == "" || j.Image.Digest != "" || !j.pushable() {
		return nil
	}
	return j.logged("Push to "+j.Registry, func(n int) error {
		img, err := j.Builder.Push(ctx, j.Image, n, j.book)
		if err != nil {
			return fmt.Errorf("push: %w", err)
		}
		return j.built(ctx, img)
	})
}

// pushable reports whether the image was named for the registry: an earlier one
// may have been built before there was any.
func (j *job) pushable() bool {
	return strings.HasPrefix(j.Image.Ref, strings.TrimSuffix(j.Registry, "/")+"/")
}
