package deploy

import (
	"context"
	"errors"
	"fmt"

	"moorage"
	"moorage/runtime"
)

// start starts a new instance beside the one that is live.
func (j *job) start(ctx context.Context) error {
	return j.logged("Start", func(n int) error {
		v, err := j.values(ctx) // they may have been set while the image was built
		if err != nil {
			return err
		}
		if len(v.missing) > 0 {
			return errors.Join(errMissing(v.missing...), j.askFor(ctx, v.missing...))
		}
		j.variables = v
		j.book.hide(append(v.secrets, j.token))
		spec := runtime.Spec{
			Instance:   moorage.NewInstanceID(j.Now()),
			Server:     j.ServerID,
			Deployment: j.ID,
			Image:      j.Image.ID,
			Run:        j.Config.Run,
			Env:        v.env,
		}
		c, err := j.Runtime.Start(ctx, spec)
		if err != nil {
			return fmt.Errorf("start: %w", err)
		}
		j.instance = newInstance(spec, c)
		j.book.note(n, "Started with "+describe(j.Config.Run, len(v.env))+".")
		return nil
	})
}

// describe says how an instance runs.
func describe(run moorage.RunConfig, variables int) string {
	how := fmt.Sprintf("transport %s, network %s", run.Transport, run.Network)
	switch variables {
	case 0:
		return how + ", no variables"
	case 1:
		return how + ", 1 variable"
	default:
		return fmt.Sprintf("%s, %d variables", how, variables)
	}
}
