package adminapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// A call is a request for an operation.
type call struct {
	*http.Request
	w      http.ResponseWriter
	api    *api
	op     *operation
	token  *resource.Token
	caller caller
	text   []byte // the body, after body was called
	// version is that of the object in the response.
	version int64
	// location is the path of what was added, below Prefix.
	location string
	// details are those of the event, and target is the object, if that is not in the path.
	details oauth.EventDetails
	target  string
	// found are the IDs of what parameters of the query name.
	found map[string]string
	// reported is set if the operation has reported its events itself.
	reported bool
}

// A caller is a person or an application.
type caller struct {
	id, name string
	roles    account.Roles
	// application is set if an application acts for itself.
	application bool
}

// serve returns the handler of an operation, for requests whose token has a scope for it.
// Changes are completed even if the client closes the connection.
func (a *api) serve(op *operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if op.method != http.MethodGet {
			ctx = context.WithoutCancel(ctx)
		}
		ctx, _ = audit.WithActor(ctx, r.UserAgent())
		c := &call{Request: r.WithContext(ctx), w: w, api: a, op: op}
		defer func() {
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler { //nolint:errorlint // the value of net/http
					panic(fault)
				}
				a.fail(w, r, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()), false)
			}
		}()
		if err := c.serve(); err != nil {
			a.fail(w, c.Request, err, op.conditional || op.versionable && c.Header.Get("If-Match") != "")
		}
	})
}

func (c *call) serve() error {
	if err := c.admit(); err != nil {
		return err
	}
	if c.op.largest > 0 {
		bodylimit.Raise(c.w, c.Request, c.op.largest)
	}
	if c.Method == http.MethodPost && c.Header.Get("Idempotency-Key") != "" {
		return c.once()
	}
	result, err := c.handle()
	if err != nil {
		return err
	}
	return c.respond(result)
}

// admit finds the caller, and rejects those without the permission, and requests that cannot
// be meant for the operation.
func (c *call) admit() error {
	if err := c.identify(); err != nil {
		return err
	}
	query, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return badRequest("The query is not valid.")
	}
	for name, values := range query {
		i := slices.IndexFunc(c.op.query, func(p parameter) bool { return p.name == name })
		switch {
		case i < 0:
			return badRequest(fmt.Sprintf("The parameter %.100q does not exist.", name))
		case len(values) > 1:
			return badRequest(fmt.Sprintf("The parameter %s is repeated.", name))
		case !oauth.IsText(values[0]) || !oauth.IsText(c.URL.Path):
			return badRequest("The address is not UTF-8, or contains a NUL.")
		case c.op.query[i].values != nil && !slices.Contains(c.op.query[i].values, values[0]):
			return fault(name, "This value does not exist. Use one of: "+strings.Join(c.op.query[i].values, ", ")+".")
		}
	}
	if !oauth.IsText(c.URL.Path) {
		return badRequest("The address is not UTF-8, or contains a NUL.")
	}
	if err := c.findNamed(); err != nil {
		return err
	}
	switch given := c.Header.Get("If-Match") != ""; {
	case c.op.conditional && !given:
		return &Problem{Type: "precondition-required", Title: "Precondition required", Status: http.StatusPreconditionRequired, Detail: "Send the ETag of the object in If-Match, so that a change of another administrator is not lost."}
	case !c.op.conditional && !c.op.versionable && given:
		return badRequest("This operation does not support If-Match.")
	}
	return nil
}

// identify finds the caller, and rejects those without the permission.
func (c *call) identify() error {
	c.token, _ = resource.FromContext(c.Context())
	if c.token == nil {
		return errors.New("adminapi: the guard passed on a request without a token")
	}
	if err := c.findCaller(); err != nil {
		return err
	}
	if c.op.own && !c.caller.application && c.caller.id == c.PathValue("id") && c.caller.roles.Allow(account.TokensPersonal) {
		own := account.Guard{Actor: c.caller.id, Needs: []account.Permission{account.TokensPersonal}}
		c.Request = c.WithContext(account.WithGuard(c.Context(), own))
		return nil
	}
	return c.need(c.op.permission)
}

// findCaller determines the roles of the caller. They are read for each request, because a
// person can lose a role while a token is valid.
func (c *call) findCaller() error {
	actor := audit.ActorOf(c.Context())
	if c.token.ClientOnly {
		client, err := c.api.Store.Client(c.Context(), c.token.ClientID)
		if err != nil && !errors.Is(err, oauth.ErrNotFound) {
			return err
		}
		if err == nil && !client.Disabled && client.AdminRole != "" {
			c.caller = caller{id: client.ID, name: client.Name, application: true, roles: account.Roles{account.Role(client.AdminRole)}}
		}
		actor.ID, actor.Name, actor.Application = c.token.ClientID, c.caller.name, true
		return nil
	}
	actor.ID, actor.Via = c.token.Subject, c.token.ClientID
	if !c.api.OwnLogin {
		return nil // the roles of the people of a host are known only in their session
	}
	u, err := c.api.Store.User(c.Context(), c.token.Subject)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	if err == nil && !u.Disabled {
		c.caller = caller{id: u.ID, name: u.Username, roles: u.Roles()}
		actor.Name = u.Username
	}
	return nil
}

// may reports whether the caller and the token have a permission.
func (c *call) may(p account.Permission) bool {
	return c.caller.roles.Allow(p) && slices.ContainsFunc(scopesOf(p), c.token.Has)
}

// need returns a problem unless the caller and the token have a permission. It is recorded.
func (c *call) need(p account.Permission) error {
	if c.may(p) {
		c.guard(p)
		return nil
	}
	if c.api.OnEvent != nil {
		c.api.OnEvent(c.Context(), oauth.Event{
			Name: oauth.EventPermissionDenied, Kind: c.kind(), Outcome: oauth.OutcomeDenied, Reason: string(p),
			At: c.api.Clock(), Actor: audit.ActorOf(c.Context()).ID, Target: c.PathValue("id"), Address: c.api.Address(c.Request),
		})
	}
	detail := fmt.Sprintf("This needs the permission %s, which these roles have: %s.", p, account.RolesWith(p))
	switch {
	case c.caller.roles.Allow(p):
		detail = fmt.Sprintf("This needs the permission %s, so the token needs the scope %s.", p, scopesOf(p)[0])
	case c.token.ClientOnly && len(c.caller.roles) == 0:
		detail = "The application has no role. An administrator can set its admin_role. To act for a person, use the authorization code grant."
	}
	return &Problem{Type: "forbidden", Title: "Permission denied", Status: http.StatusForbidden, Detail: detail}
}

// guard makes the changes of the request depend on a permission that a person must still have
// at the moment of the change, and on the roles that the changed person has then. The role of an
// application is not checked again.
func (c *call) guard(needs account.Permission) {
	if c.op.act == "" {
		return
	}
	g, _ := account.GuardOf(c.Context())
	if strings.HasPrefix(c.op.path, "people/{id}") {
		g.Person, g.Ordinary = c.PathValue("id"), !c.may(account.PeopleRoles)
	}
	if !c.caller.application {
		g.Actor, g.Needs = c.caller.id, append(slices.Clone(g.Needs), needs)
	} else if !g.Ordinary {
		return
	}
	c.Request = c.WithContext(account.WithGuard(c.Context(), g))
}

// protect returns a problem if the object of the request is a person who has a role, and the
// caller cannot give roles.
func (c *call) protect(subjects ...string) error {
	roles := c.caller.roles
	if !c.may(account.PeopleRoles) { // the token can have fewer scopes than the role allows
		roles = slices.DeleteFunc(slices.Clone(roles), func(r account.Role) bool { return (account.Roles{r}).Allow(account.PeopleRoles) })
	}
	for _, id := range subjects {
		protected, err := c.api.Acts.Protected(c.Context(), roles, id)
		if err != nil {
			return err
		}
		if protected {
			return c.need(account.PeopleRoles)
		}
	}
	return nil
}

// kind is the kind of the event: that of the same action in the back office.
func (c *call) kind() string {
	return cmp.Or(c.op.act, c.op.path)
}

// report reports a change.
func (c *call) report(target string, details oauth.EventDetails) {
	c.reportAs(c.kind(), target, details)
}

// reportAs reports a change as an event of the given kind.
func (c *call) reportAs(kind, target string, details oauth.EventDetails) {
	c.reported = true
	if c.api.OnEvent == nil {
		return
	}
	c.api.OnEvent(c.Context(), audit.AboutPerson(oauth.Event{
		Name: oauth.EventAdministration, Kind: kind, Outcome: oauth.OutcomeOK, At: c.api.Clock(),
		Actor: c.caller.id, Target: target, Address: c.api.Address(c.Request), Details: &details,
	}))
}

// ifMatch returns the version that the request names, or present for *. It is an error if the
// object has another version already.
func (c *call) ifMatch(present int64) (int64, error) {
	text := strings.TrimSpace(c.Header.Get("If-Match"))
	if text == "*" {
		return present, nil
	}
	version, err := strconv.ParseInt(strings.Trim(text, `"`), 10, 64)
	if err != nil || text != etag(version) {
		return 0, badRequest(`If-Match must be one ETag of this API, such as "3", or *.`)
	}
	if version != present {
		return 0, errOutdated
	}
	return version, nil
}

// maybeMatch is ifMatch for a request that can have If-Match. It returns zero if the request names no
// version.
func (c *call) maybeMatch(present int64) (int64, error) {
	if text := strings.TrimSpace(c.Header.Get("If-Match")); text == "" || text == "*" {
		return 0, nil
	}
	return c.ifMatch(present)
}

// respond writes the response of an operation that has succeeded, and reports the change.
func (c *call) respond(result any) error {
	status, body, err := c.finish(result)
	if err != nil {
		return err
	}
	c.send(status, body)
	return nil
}

// finish reports the change, and returns the response.
func (c *call) finish(result any) (status int, body []byte, err error) {
	if c.op.act != "" && !c.reported {
		c.report(cmp.Or(c.target, c.PathValue("id")), c.details)
	}
	if c.op.out != nil {
		if body, err = json.Marshal(result); err != nil {
			return 0, nil, err
		}
	}
	return c.op.status, body, nil
}

// send writes a response.
func (c *call) send(status int, body []byte) {
	header := c.w.Header()
	header.Set("Cache-Control", "no-store")
	if c.location != "" {
		header.Set("Location", c.api.Prefix+c.location)
	}
	if c.op.versioned && c.version > 0 {
		header.Set("ETag", etag(c.version))
	}
	if body != nil {
		header.Set("Content-Type", "application/json")
		body = append(body, '\n')
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client has closed the connection
}
