package oauth

import (
	"time"
)

// Consent holds the scope that a person has allowed a client. It is remembered
// independently of any token and outlives them; the person is asked again only
// about additional scopes.
type Consent struct {
	Subject  string // the person
	ClientID string // the application
	// Scope can be longer than the scope of any request. A scope that was allowed
	// at a resource (RFC 8707) is the URI of the resource, "#" and the scope.
	Scope     Scopes
	GrantedAt time.Time // the first time
	UpdatedAt time.Time // the last time
}
