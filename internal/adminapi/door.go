package adminapi

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// A Door applies the rules of this API to the requests of another protocol, SCIM. The tokens,
// scopes, roles, rate limits and events are the same.
type Door struct {
	api   *api
	guard resource.Guard
}

// NewDoor returns a Door. refuse writes the response to a request without a sufficient token.
func NewDoor(o Options, refuse func(http.ResponseWriter, *http.Request, *resource.Refusal)) *Door {
	d := &Door{api: &api{Options: o}, guard: *o.Guard}
	d.guard.WriteRefusal = refuse
	return d
}

// Guard returns a handler that requires a token with a scope for the permission.
func (d *Door) Guard(p account.Permission, next http.Handler) http.Handler {
	return d.guard.RequirePolicy(resource.AnyScope(scopesOf(p)...))(next)
}

// An Entry describes what a request does.
type Entry struct {
	// Permission is required of the caller and of the token.
	Permission account.Permission
	// Act is the kind of the event, which is that of the same action in the back office. It
	// is empty for a request that changes nothing.
	Act string
	// OfPerson is set if the request changes the person whose ID is the value id of the path.
	OfPerson bool
}

// A Visit is a request whose caller has the permission of its Entry. Changes use its Context: they
// check the roles that the caller has at that time, and complete even if the client closes the
// connection.
type Visit struct{ c *call }

// Admit returns the Visit of a request that passed Guard, or a *Problem.
func (d *Door) Admit(r *http.Request, e Entry) (*Visit, error) {
	ctx := r.Context()
	if e.Act != "" {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, _ = audit.WithActor(ctx, r.UserAgent())
	path := "scim"
	if e.OfPerson {
		path = "people/{id}"
	}
	c := &call{Request: r.WithContext(ctx), api: d.api, op: &operation{method: r.Method, path: path, permission: e.Permission, act: e.Act}}
	if err := c.identify(); err != nil {
		return nil, err
	}
	return &Visit{c}, nil
}

// Context returns the context for the changes.
func (v *Visit) Context() context.Context { return v.c.Context() }

// May reports whether the caller and the token have a permission.
func (v *Visit) May(p account.Permission) bool { return v.c.may(p) }

// Need returns a *Problem unless the caller and the token have a permission.
func (v *Visit) Need(p account.Permission) error { return v.c.need(p) }

// Change returns a *Problem unless the caller can change the person.
func (v *Visit) Change(id string) error { return v.c.protect(id) }

// ChangeOther is Change for a change that people cannot make to themselves, such as disabling.
func (v *Visit) ChangeOther(id string) error {
	if id == v.c.caller.id {
		return errSelf
	}
	return v.c.protect(id)
}

// ChangeUser returns a *Problem unless the caller can make all of the changes to an account.
// before is nil for a new one.
func (v *Visit) ChangeUser(before, u *account.User) error { return v.c.needForPerson(before, u) }

// LeaveGroup returns a *Problem if the caller has a role through the group.
func (v *Visit) LeaveGroup(g *account.Group) error { return v.c.notOwn(g) }

// Caller returns the ID of the person, or of the application that acts for itself.
func (v *Visit) Caller() string { return v.c.caller.id }

// Report reports a change of the kind act.
func (v *Visit) Report(act, target string, details oauth.EventDetails) {
	c := *v.c
	c.op = &operation{method: c.op.method, path: c.op.path, act: act}
	c.report(target, details)
}

// Switched returns the change that disables an account and revokes its tokens, or that enables it.
func Switched(disabled bool) oauth.Change { return switched(disabled, disabled) }

// ProblemOf returns the description of an error. conditional is set if the request named a version.
func ProblemOf(err error, conditional bool) *Problem { return problemOf(err, conditional) }

// ParseJSON parses a JSON value with the size limits of this API. Numbers are of type json.Number.
// It returns a *Problem if the text is not valid.
func ParseJSON(text []byte) (any, error) { return parse(text) }
