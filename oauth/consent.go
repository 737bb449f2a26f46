package oauth

import (
	"time"
)

// Consent holds the scope that a person has granted to a client. It is remembered
// independently of any token and outlives them; the person is asked again only
// about additional scopes.
type Consent struct {
	Subject  string // the person
	ClientID string // the application
	// Scope can contain more than any single request asked for. A scope that was
	// granted at a resource (RFC 8707) is the URI of the resource, "#" and the scope.
	Scope     Scopes
	GrantedAt time.Time // when the person first gave consent
	UpdatedAt time.Time // when the person last gave consent
	// EndsAt is the end of the permission that the person last gave, if they limited its time,
	// or zero. The limited permission is not part of Scope.
	EndsAt time.Time
}
