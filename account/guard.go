package account

import (
	"context"
	"slices"
)

// A Guard makes the changes of a request depend on the roles that people have at the moment of
// the change. The request has checked them before, but a role can be given or removed in
// between. A Store checks the Guard of a context in the transaction of the change, in each of
// its methods that change an account or a client, and returns ErrForbidden without changing
// anything. Methods that end sessions or revoke tokens need not check it.
type Guard struct {
	// Actor is the account of the person who acts. It must not be disabled, and its roles must
	// allow all of Needs for all objects.
	Actor string
	Needs []Permission
	// Person is the account that is changed, or empty. If it has a role, the actor must be
	// allowed to give roles.
	Person string
}

// Check returns ErrForbidden unless the actor may make the change. Both are nil if they do not
// exist.
func (g Guard) Check(actor, person *User) error {
	switch {
	case actor == nil || actor.Disabled:
		return ErrForbidden
	case slices.ContainsFunc(g.Needs, func(p Permission) bool { return !actor.Roles().Allow(p) }):
		return ErrForbidden
	case person != nil && len(person.Roles()) > 0 && !actor.Roles().Allow(PeopleRoles):
		return ErrForbidden
	}
	return nil
}

type guardKey struct{}

// WithGuard returns a context whose changes depend on a Guard. It replaces an earlier one.
func WithGuard(ctx context.Context, g Guard) context.Context {
	return context.WithValue(ctx, guardKey{}, &g)
}

// WithoutGuard returns a context without a Guard, for what the server records about a request.
func WithoutGuard(ctx context.Context) context.Context {
	if _, guarded := GuardOf(ctx); !guarded {
		return ctx
	}
	return context.WithValue(ctx, guardKey{}, (*Guard)(nil))
}

// GuardOf returns the Guard of a context, if it has one.
func GuardOf(ctx context.Context) (g Guard, found bool) {
	if guard, _ := ctx.Value(guardKey{}).(*Guard); guard != nil {
		return *guard, true
	}
	return Guard{}, false
}
