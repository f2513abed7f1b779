package main

import (
	"context"
	"fmt"
	"net/http"

	"moorage/handlers/api"
)

const cancelHelp = `Ends a deployment that is in the queue or running. What is live stays live.

Examples:
  moorage cancel dep_01kajq2v3w4x5y6z7a8b9c0d1e` + remoteHelp

// cancel ends a deployment.
func cancel(ctx context.Context, p process, args []string) error {
	id, err := newFlags(p, "cancel").deployment(args)
	if err != nil {
		return err
	}
	r, err := newRemote(p.getenv)
	if err != nil {
		return err
	}
	var d api.Deployment
	if err := r.fetch(ctx, http.MethodPost, deploymentPath(id)+"/cancel", nil, &d); err != nil {
		return err
	}
	if d.Status.Settled() {
		_, err = fmt.Fprintf(p.stderr, "The deployment of %s is %s.\n", d.Server, d.Status)
		return err
	}
	_, err = fmt.Fprintf(p.stderr, "The deployment of %s is being cancelled; it was %s.\n", d.Server, d.Status)
	return err
}
