package oauth

import "time"

// MaxAccesses is the maximum number of keys in a call of AdminStore.Accesses.
const MaxAccesses = 1000

// MaxAccessFamilies is the number of valid families of each key that AdminStore.Accesses always
// considers, if there are that many. It can ignore others.
const MaxAccessFamilies = 500

// A ConsentKey identifies the consent of a person for a client.
type ConsentKey struct {
	Subject  string // the person
	ClientID string // the application
}

// An Access is what a client can do for a person at present. The scope that a Consent remembers
// does not show it: a permission for a limited time is not remembered, and a remembered scope
// outlives the tokens.
type Access struct {
	// Scope has the scopes of all permissions with which the client can get or use tokens. It is
	// empty if the access has ended.
	Scope Scopes
	// Until is when the last of these permissions expires, or zero without a permission.
	Until time.Time
}

// Active reports whether the client has access.
func (a Access) Active() bool { return !a.Until.IsZero() }

// With returns the access with what a valid family adds to it at that time. A family whose
// permission was given for a limited time that has passed adds nothing.
func (a Access) With(f *Family, now time.Time) Access {
	if f.Ended(now) {
		return a
	}
	a.Scope = a.Scope.With(f.Scope)
	end := f.ExpiresAt
	if limit := f.Details.Until; !limit.IsZero() && limit.Before(end) {
		end = limit
	}
	if end.After(a.Until) {
		a.Until = end
	}
	return a
}
