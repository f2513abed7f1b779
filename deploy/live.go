package deploy

import (
	"context"
	"fmt"
	"strings"

	"moorage"
)

// switchOver makes the deployment live: one transaction, after which the
// endpoint answers with it and the one that it replaces drains.
func (j *job) switchOver() error {
	j.book.flush() // who sees it live sees all of its log
	replaced, err := j.Database.Switch(j.ctx, j.ID, j.endpointURL(), j.info, j.tools)
	if err != nil {
		return fmt.Errorf("switch: %w", err)
	}
	j.changed(j.Deployment, j.Status, moorage.StatusLive, "replaced", replaced)
	j.Status = moorage.StatusLive
	j.handToRunner()
	if replaced != "" {
		j.Endpoints.Retire(replaced)
	}
	return nil
}

// handToRunner leaves the instance that was probed to the runner, so that the
// first session finds it running. It can do without: it starts its own.
func (j *job) handToRunner() {
	if j.instance == nil {
		return
	}
	ctx := context.WithoutCancel(j.ctx)
	if err := j.Endpoints.Warm(ctx, j.instance.spec, j.variables.secrets, j.instance); err != nil {
		j.Logger.Warn("Instance not handed over", "deployment", j.ID, "err", err)
		return // the instance is tidied up with the job
	}
	j.instance = nil
}

func (j *job) endpointURL() string {
	return strings.TrimSuffix(j.PublicURL, "/") + "/mcp/" + j.server.Slug
}

// keptImages is how many images of a server are kept for rollbacks.
const keptImages = 5

// pruneImages removes the images of a server beyond the last five. The one that
// is live stays whatever its age, and so does one that is about to be used again.
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
		if err := p.Builder.RemoveImage(ctx, d.Image); err != nil {
			return fmt.Errorf("remove image %s: %w", d.Image.Ref, err)
		}
		if err := p.Database.ForgetImage(ctx, d.ID); err != nil {
			return fmt.Errorf("forget image %s: %w", d.Image.Ref, err)
		}
		p.Logger.Info("Image removed", "deployment", d.ID, "server", id, "image", d.Image.Ref)
	}
	return nil
}
