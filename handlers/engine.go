package handlers

import "context"

// engine is what runs containers.
type engine interface {
	// Describe says that the engine answers, "Docker 20.10.24", or what to do.
	Describe(ctx context.Context) (string, error)
}

// describe asks the engine, and does not wait for one that hangs.
func describe(ctx context.Context, e engine) (string, error) {
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	return e.Describe(ctx)
}
