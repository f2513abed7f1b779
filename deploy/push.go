package deploy

import (
	"context"
	"fmt"
)

// push uploads the image when a registry is configured. An image that does not
// arrive is kept, so that Retry has only this to do again.
func (j *job) push(ctx context.Context) error {
	if j.Registry == "" || j.Image.Digest != "" {
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
