package adminapi

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An operation is a call of the API.
type operation struct {
	method, path string // the path is below Prefix
	// The token needs a scope for the permission, and the caller a role that has it.
	permission account.Permission
	// others names the permissions that depend on the request, as a sentence, or is empty. A token with any
	// scope can then be enough for some requests.
	others string
	// act is the kind of the event, which is that of the same action in the back office. It
	// is empty for an operation that changes nothing and is not recorded.
	act     string
	tag     string // the group in the documentation
	summary string // a sentence fragment, as in a list
	help    string // further sentences, or empty
	query   []parameter
	// in and out are the types of the bodies, or nil.
	in, out reflect.Type
	status  int // of a response without an error
	// versioned responses have an ETag, and conditional requests need it in If-Match.
	versioned, conditional bool
	// versionable requests can have If-Match.
	versionable bool
	// finds is set if the body names an object, which might not exist.
	finds bool
	// accounts is set if the operation does not exist for the people of a host program.
	accounts bool
	// largest is the length of the longest body in bytes, if it is not bodylimit.Max.
	largest int64
	// own is set if people with account.TokensPersonal do it for themselves, whatever their other
	// permissions are. The token needs a scope for the permission nevertheless.
	own    bool
	handle func(*call) (any, error)
}

// A parameter is one of the query.
type parameter struct {
	name, help string
	values     []string // the values that it can have; nil means any text
	kind       string   // "string", "integer" or "date"
	// find returns the ID of what the value names. message says that there is no such object.
	find func(c *call, text string) (id, message string, err error)
}

// none is the body of a response without one.
type none struct{}

// reads declares an operation that changes nothing.
func reads[Out any](tag, path string, p account.Permission, summary string, handle func(*call) (Out, error)) operation {
	return operation{
		method: http.MethodGet, path: path, permission: p, tag: tag, summary: summary, out: typeOf[Out](), status: http.StatusOK,
		handle: func(c *call) (any, error) { return handle(c) },
	}
}

// changes declares an operation with a body.
func changes[In, Out any](tag, method, path string, p account.Permission, act, summary string, handle func(*call, In) (Out, error)) operation {
	op := operation{method: method, path: path, permission: p, act: act, tag: tag, summary: summary, in: typeOf[In](), out: typeOf[Out](), status: http.StatusOK}
	if op.out == nil {
		op.status = http.StatusNoContent
	}
	op.handle = func(c *call) (any, error) {
		var in In
		if err := c.read(&in); err != nil {
			return nil, err
		}
		return handle(c, in)
	}
	return op
}

// typeOf returns the type of a body, or nil for none.
func typeOf[T any]() reflect.Type {
	t := reflect.TypeFor[T]()
	if t == reflect.TypeFor[none]() {
		return nil
	}
	return t
}

// created marks an operation that adds something.
func (op operation) created() operation {
	op.status = http.StatusCreated
	return op
}

// with adds parameters of the query.
func (op operation) with(query ...parameter) operation {
	op.query = append(op.query, query...)
	return op
}

// says adds sentences to the help.
func (op operation) says(help string) operation {
	op.help = help
	return op
}

// explained returns the permissions that depend on the request, and the help.
func (op operation) explained() string { return strings.TrimSpace(op.others + " " + op.help) }

// alsoNeeds adds a sentence about permissions that depend on the request.
func (op operation) alsoNeeds(others string) operation {
	op.others = others
	return op
}

// ofVersion marks a response with an ETag. With conditional, the request needs If-Match.
func (op operation) ofVersion(conditional bool) operation {
	op.versioned, op.conditional = true, conditional
	return op
}

// mayMatch marks a request that can have If-Match, and whose response has no ETag.
func (op operation) mayMatch() operation {
	op.versionable = true
	return op
}

// finding marks an operation whose body names an object.
func (op operation) finding() operation {
	op.finds = true
	return op
}

// ifVersion marks a request that needs If-Match, and whose response has no ETag.
func (op operation) ifVersion() operation {
	op.conditional = true
	return op
}

// ofAccounts marks an operation on people with an account.
func (op operation) ofAccounts() operation {
	op.accounts = true
	return op
}

// forOwn marks an operation that people with account.TokensPersonal do for themselves.
func (op operation) forOwn() operation {
	op.own = true
	return op
}

// scopesOf returns the scopes of which a token needs one for a permission. A permission that
// can lead to all others needs oauth.ScopeAdmin.
func scopesOf(p account.Permission) []string {
	kind := map[account.Permission]string{
		account.ApplicationsRead: "applications:read", account.RegistrationRead: "applications:read",
		account.ApplicationsDescribe: "applications:write", account.ApplicationsWrite: "applications:write", account.ApplicationsDelete: "applications:write",
		account.ApplicationsSecrets: "applications:write", account.ApplicationsTrust: "applications:write", account.ApplicationsOwners: "applications:write", account.ApplicationsApprove: "applications:write", account.RegistrationWrite: "applications:write",
		account.PeopleRead: "people:read", account.PeopleWrite: "people:write", account.PeopleInvite: "people:write", account.PeopleCredentials: "people:write", account.PeopleExport: "people:write",
		account.TokensRead: "tokens:read", account.TokensRevoke: "tokens:write", account.TokensPersonal: "tokens:write",
		account.KeysRead: "keys:read", account.KeysWrite: "keys:write",
		account.AuditRead: "audit:read", account.AuditExport: "audit:read", account.ErrorsRead: "audit:read",
	}[p]
	switch {
	case kind != "":
		return []string{oauth.AdminScopePrefix + kind, oauth.ScopeAdmin}
	case p == account.OverviewRead: // any of them
		var names []string
		for _, info := range oauth.AdminScopeInfos() {
			names = append(names, info.Name)
		}
		return names
	}
	return []string{oauth.ScopeAdmin}
}
