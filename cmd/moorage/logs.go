package main

import (
	"context"

	"moorage"
)

const logsHelp = `Prints the log of a deployment as it is now. With --follow it goes on until the
deployment is settled, over broken connections, and the exit status is its
result: 0 live, 1 failed or cancelled.

Examples:
  moorage logs dep_01kajq2v3w4x5y6z7a8b9c0d1e
  moorage logs dep_01kajq2v3w4x5y6z7a8b9c0d1e --follow` + remoteHelp

// logs prints the log of a deployment of the Moorage at MOORAGE_URL, with the
// token in MOORAGE_TOKEN. With --follow it goes on until the deployment is
// settled, over broken connections, and the exit status is its result.
func logs(ctx context.Context, p process, args []string) error {
	flags := newFlags(p, "logs")
	follow := flags.Bool("follow", false, "go on until the deployment is settled")
	id, err := flags.deployment(args)
	if err != nil {
		return err
	}
	r, err := newRemote(p.getenv)
	if err != nil {
		return err
	}
	if !*follow {
		return r.text(ctx, id, p.stdout)
	}
	return followed(ctx, p, r, id)
}

// deployment parses the flags of a command about one deployment.
func (f *flags) deployment(args []string) (moorage.DeploymentID, error) {
	found, err := f.parse(args)
	if err != nil {
		return "", err
	}
	id, err := moorage.ParseDeploymentID(found[0])
	if err != nil {
		return "", misused("%q is not the id of a deployment, such as dep_01kajq2v3w4x5y6z7a8b9c0d1e", found[0])
	}
	return id, nil
}
