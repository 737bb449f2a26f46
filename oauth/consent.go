package oauth

import (
	"time"
)

// Consent holds the scope that a person has allowed a client. It is remembered
// independently of any token and outlives them; the person is asked again only
// about additional scopes.
type Consent struct {
	Subject   string
	ClientID  string
	Scope     Scopes
	GrantedAt time.Time // the first time
	UpdatedAt time.Time // the last time
}
