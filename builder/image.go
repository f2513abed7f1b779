package builder

import (
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"moorage"
)

// ImageRef is the name of a deployment's image in the engine. A pushed image
// has a second name, with the registry in front.
func ImageRef(slug string, id moorage.DeploymentID) string {
	return "moorage/" + slug + ":" + string(id)
}

// HasImage reports whether the engine still holds the image.
func (e *Engine) HasImage(ctx context.Context, img moorage.Image) (bool, error) {
	name := img.ID
	if name == "" {
		name = img.Ref
	}
	_, err := e.docker.ImageInspect(ctx, name)
	switch {
	case err == nil:
		return true, nil
	case errdefs.IsNotFound(err):
		return false, nil
	}
	return false, engineGone(fmt.Errorf("inspect image %s: %w", name, err))
}

// Images lists what the engine holds of images with a label.
func (e *Engine) Images(ctx context.Context, label string) ([]Labelled, error) {
	found, err := e.docker.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", label))})
	if err != nil {
		return nil, engineGone(fmt.Errorf("list images: %w", err))
	}
	all := make([]Labelled, 0, len(found))
	for _, i := range found {
		l := Labelled{Image: moorage.Image{ID: i.ID, Size: i.Size}, Value: i.Labels[label]}
		if len(i.RepoTags) > 0 && i.RepoTags[0] != nameless {
			l.Ref = i.RepoTags[0]
		}
		all = append(all, l)
	}
	return all, nil
}

// nameless is what older engines list an image without a name as.
const nameless = "<none>:<none>"

// RemoveImage takes the image's names away; the engine removes what has no
// name left. An image that another deployment built, too, stays.
func (e *Engine) RemoveImage(ctx context.Context, img moorage.Image) error {
	names := e.names(img.Ref)
	if img.Ref == "" {
		names = []string{img.ID}
	}
	for _, name := range names {
		_, err := e.docker.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
		switch {
		case err == nil, errdefs.IsNotFound(err):
		case errdefs.IsConflict(err):
			return moorage.Errorf(moorage.Conflict, "The image %s is still in use.", name).
				Try("Stop what runs from it first.").Because(err)
		default:
			return fmt.Errorf("remove image %s: %w", name, err)
		}
	}
	return nil
}
