package deploy

import (
	"context"
	"fmt"

	"moorage"
	"moorage/runtime"
)

// keptImages is how many images of a server are kept for rollbacks.
const keptImages = 5

// pruneImages removes the images of a server beyond the last five, and what no
// deployment of it has recorded. The one that is live stays whatever its age, and
// so does one that is about to be used again. The record goes first: a crash
// then leaves an image without one, which the next sweep removes, and never the
// record of an image that is gone.
func (p *Pipeline) pruneImages(ctx context.Context, id moorage.ServerID) error {
	server, err := p.Database.Server(ctx, id)
	if err != nil {
		return fmt.Errorf("read the server: %w", err)
	}
	held, err := p.Database.KeptImages(ctx, id)
	if err != nil {
		return fmt.Errorf("list the images: %w", err)
	}
	keep := make(map[string]bool) // by the engine's id: rollbacks share images
	for _, d := range held {
		if d.ID == server.LiveDeploymentID || !d.Status.Settled() || len(keep) < keptImages {
			keep[d.Image.ID] = true
		}
	}
	for _, d := range held {
		if keep[d.Image.ID] {
			continue
		}
		if err := p.Database.ForgetImage(ctx, d.ID); err != nil {
			return fmt.Errorf("forget image %s: %w", d.Image.Ref, err)
		}
	}
	return p.sweepImages(ctx, id)
}

// sweepImages removes the images that deployments of a server have built and not
// recorded; "": of any server. Those of other data folders stay.
func (p *Pipeline) sweepImages(ctx context.Context, of moorage.ServerID) error {
	// The engine first: an image that is listed belongs to a deployment that had
	// begun by then, and so is known when it is looked up.
	built, err := p.Builder.Images(ctx, runtime.LabelDeployment)
	if err != nil {
		return fmt.Errorf("list the engine's images: %w", err)
	}
	recorded := make(map[moorage.ServerID]map[string]bool)
	for _, img := range built {
		d, err := p.Database.Deployment(ctx, moorage.DeploymentID(img.Value))
		if moorage.ErrorCode(err) == moorage.NotFound {
			continue
		}
		if err != nil {
			return fmt.Errorf("read deployment %s: %w", img.Value, err)
		}
		if of != "" && d.ServerID != of || !d.Status.Settled() {
			continue
		}
		if recorded[d.ServerID] == nil {
			if recorded[d.ServerID], err = p.recordedImages(ctx, d.ServerID); err != nil {
				return err
			}
		}
		if recorded[d.ServerID][img.ID] {
			continue
		}
		if err := p.Builder.RemoveImage(ctx, img.Image); err != nil {
			return fmt.Errorf("remove image %s: %w", img.ID, err)
		}
		p.Logger.Info("Image removed", "deployment", d.ID, "server", d.ServerID, "image", img.Ref)
	}
	return nil
}

// recordedImages are the engine's ids of the images that a server may still use.
func (p *Pipeline) recordedImages(ctx context.Context, id moorage.ServerID) (map[string]bool, error) {
	held, err := p.Database.KeptImages(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list the images: %w", err)
	}
	ids := make(map[string]bool, len(held))
	for _, d := range held {
		ids[d.Image.ID] = true
	}
	return ids, nil
}
