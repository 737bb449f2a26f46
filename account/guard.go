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
	// allow all of Needs for all objects. It is empty if an application acts for itself: then the
	// Guard has only Person and Ordinary.
	Actor string
	Needs []Permission
	// Person is the account that is changed, or empty. If it has a role, the actor must be
	// allowed to give roles.
	Person string
	// Ordinary is set if the caller cannot give roles, whatever the roles of the actor are: because
	// the token has fewer scopes, or the caller is an application. Then Person must not have a role.
	Ordinary bool
	// Owns is the client that is changed, or empty. The actor must be one of its owners.
	Owns string
	// Fewer, if it is not 0, limits the clients for which the actor is responsible: unless there
	// are fewer before the change, the error is ErrTooMany.
	Fewer int
}

// Check returns ErrForbidden or ErrTooMany unless the actor may make the change. Both users are
// nil if they do not exist. owns reports whether the actor owns the client Owns, and responsible
// is the number of clients for which the actor is responsible.
func (g Guard) Check(actor, person *User, owns bool, responsible int) error {
	switch {
	case g.Ordinary && person != nil && len(person.Roles()) > 0:
		return ErrForbidden
	case g.Ordinary && g.Actor == "" && len(g.Needs) == 0 && g.Owns == "" && g.Fewer == 0:
		return nil
	case g.Owns != "" && !owns:
		return ErrForbidden
	case g.Fewer > 0 && responsible >= g.Fewer:
		return ErrTooMany
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

type ordinaryKey struct{}

// WithOrdinaryGroups returns a context in which a Store changes only groups without a role: each
// change of another group, or of its members, returns ErrForbidden without changing anything. It is
// for callers that cannot give roles, because a group can get a role after a caller has read it.
func WithOrdinaryGroups(ctx context.Context) context.Context {
	return context.WithValue(ctx, ordinaryKey{}, true)
}

// OnlyOrdinaryGroups reports whether a context comes from WithOrdinaryGroups.
func OnlyOrdinaryGroups(ctx context.Context) bool { return ctx.Value(ordinaryKey{}) != nil }
