package doctor

import "context"

type registry interface {
	CheckRegistry(ctx context.Context) error
}

// Registry looks whether the registry at an address takes what the engine
// pushes; "" is none.
func Registry(address string, r registry) Check {
	return Check{"registry", within(patience, func(ctx context.Context) Finding {
		if address == "" {
			return well("No registry is configured: images stay in the engine.")
		}
		if err := r.CheckRegistry(ctx); err != nil {
			return bad(err, "The registry does not work.", "Check MOORAGE_REGISTRY.")
		}
		return well("The engine may sign in to %s.", address)
	})}
}
