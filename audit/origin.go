package audit

import "context"

// Actor is the person or the application that makes a request, as far as that is known. Handlers set its fields as
// they find out, and all events of the request get them.
type Actor struct {
	ID string // a subject or, for an application, a client_id, or empty
	// Name, UserAgent and Session are those of Origin.
	Name, UserAgent, Session string
	// Application is set if an application acts for itself. Otherwise, Via is the application
	// through which the person acts, or empty.
	Application bool
	Via         string
}

type actorKey struct{}

// WithActor returns a context for a request, and its actor.
func WithActor(ctx context.Context, userAgent string) (context.Context, *Actor) {
	a := &Actor{UserAgent: userAgent}
	return context.WithValue(ctx, actorKey{}, a), a
}

// ActorOf returns the actor of a request. If the context has none, changes to the result have no effect.
func ActorOf(ctx context.Context) *Actor {
	if a, ok := ctx.Value(actorKey{}).(*Actor); ok {
		return a
	}
	return &Actor{}
}
