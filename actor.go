package moorage

import "context"

// Actor is who does something, as the audit log writes it down.
type Actor struct {
	Means     Means
	UserID    UserID // "": nobody that Moorage knows
	Login     string // of the person, or of the account on the machine
	IP        string // "" when nothing came over the network
	RequestID string // as in the log of the process; "" likewise
}

// Means is how an actor reached Moorage.
type Means string

const (
	MeansSystem  Means = "system"  // Moorage itself: recovery, the nightly backup, a worker
	MeansVisitor Means = "visitor" // a browser that nobody is signed in at
	MeansSession Means = "session" // a browser with a session
	MeansToken   Means = "token"   // a program with an API token
	MeansClient  Means = "client"  // a program that a person let in (OAuth)
	MeansWebhook Means = "webhook" // GitHub, by a signed message
	MeansCommand Means = "command" // the command line, on the machine
)

type actorKey struct{}

// WithActor returns a context whose acts are the actor's.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns whose acts those of the context are: Moorage's own, unless
// WithActor said otherwise.
func ActorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Means: MeansSystem}
}
