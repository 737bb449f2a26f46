package provider

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// grant is one way to get tokens (RFC 6749 §1.3). It reads and decides, and
// cannot write. The token endpoint carries out its decision in one Store call,
// so that no grant can omit atomicity or revocation.
type grant interface {
	// Type returns the grant_type.
	Type() string
	// Params returns the names of the parameters that only this grant uses.
	Params() []string
	// Decide checks the request and returns what is spent and what is granted.
	// Its errors are *oauth.Error, or the Reader's.
	Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error)
	// Refuse explains a spend that did not succeed. It reads no Store and writes
	// nothing. A row that does not exist is zero in found.
	Refuse(req *tokenRequest, found oauth.SpendResult) verdict
}

// tokenRequest is a request at the token endpoint whose client has been
// authenticated.
type tokenRequest struct {
	// Client must not be changed.
	Client *oauth.Client
	// Params are the parameters of the request.
	Params oauth.Params
	// Resources are those that the parameter resource names, as they are
	// registered (RFC 8707 §2.2).
	Resources oauth.Audience
	// Now is the time of the request, for all of its steps.
	Now time.Time
}

// award holds the decision of a grant. At most one of Ticket and Refresh is set; the
// permission is then that of the row that is spent.
type award struct {
	// Ticket is spent; Kind, ID, Proofs and State are set.
	Ticket *oauth.SpendRequest
	// Refresh is the refresh token that is exchanged.
	Refresh *oauth.Token
	// Scope is granted if nothing is spent. With Refresh it is the narrower
	// scope that was requested, or nil.
	Scope oauth.Scopes
	// Permission is granted if nothing is spent: the access token gets a family of its
	// own, and is revoked with its person, client and consent.
	Permission *oauth.Permission
	// Refreshable adds a refresh token to the Permission, if the client may have one.
	Refreshable bool
	// AccessOnly omits the ID token, because the person has not logged in.
	AccessOnly bool
	// exchange describes the result of a token exchange, or is nil.
	exchange *exchange
	// Once is a ticket that is written together with the Permission, or nil. If it
	// exists, nothing is written, and Refuse explains that.
	Once *oauth.Ticket
	// Resources are the audience of the access token. If it is empty, it is that
	// of the permission.
	Resources oauth.Audience
}

// exchange describes the token that a token exchange issues.
type exchange struct {
	// family is that of the subject_token, whose permission applies; its ID is zero
	// for a JWT of a trusted issuer, for which a new family is written.
	family oauth.Family
	// until is the latest time at which the token expires.
	until time.Time
	act   *oauth.Actor
	// tokenType is the issued_token_type.
	tokenType string
	// jag is issued instead of an access token, unless nil.
	jag *idJAG
}

// idJAG contains the claims of an identity assertion JWT authorization grant that
// this server issues: for a client, to the authorization server of another domain.
type idJAG struct {
	oauth.IDJAGAudience
	resources oauth.Audience
	scope     oauth.Scopes
}

// verdict is the consequence of a spend that did not succeed.
type verdict struct {
	// Err is the error for the client.
	Err error
	// Revoke are families to revoke, because the client proved possession of
	// something that had been used before.
	Revoke []oauth.ID
	// Lost reports that the token was not used before: the Store has lost the
	// latest state of the families in Revoke.
	Lost bool
	// Again repeats the response that the successful request received; Err is
	// then nil.
	Again bool
}

// errDisabled is the error for something that cannot be used while its person or
// its application is disabled. It was not revoked: it may be valid again later.
func errDisabled(what string, standing oauth.Standing) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidGrant, "The %s cannot be used, because %s.", what, standing.Disabled()).WithReason("disabled")
}
