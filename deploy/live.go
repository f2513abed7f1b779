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
	replaced, err := j.Database.Switch(j.ctx, j.ID, j.endpointURL(), j.probed.Info, j.probed.Offers)
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
