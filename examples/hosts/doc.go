// Package hosts has implementations of latchkey.People for common ways to log people
// in: sessions of github.com/alexedwards/scs and github.com/gorilla/sessions, a header
// of a reverse proxy, and an upstream OpenID provider. Copy the file of the one that you
// need together with doc.go, and for a proxy also new_login.go.
//
// It is a module of its own, so that Latchkey does not depend on these libraries. Its
// tests also mount Latchkey in the routers chi, gin, echo and gorilla/mux.
package hosts

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
)

// milliseconds returns a time as a session stores it: 0 if it is not known. Session
// managers that encode with gob fail for a time.Time that is not registered.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// rolesText returns roles as a session stores them, and rolesOf is its inverse.
func rolesText(roles account.Roles) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return strings.Join(names, " ")
}

func rolesOf(text string) (roles account.Roles) {
	for _, name := range strings.Fields(text) {
		roles = append(roles, account.Role(name))
	}
	return roles
}

// redirectToLogin sends a person to a login page, which continues at the parameter
// next.
func redirectToLogin(w http.ResponseWriter, r *http.Request, page string, why latchkey.Interaction) {
	q := url.Values{"next": {why.Next}, "reason": {string(why.Reason)}}
	http.Redirect(w, r, page+"?"+q.Encode(), http.StatusFound)
}
