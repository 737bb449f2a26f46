package oauth

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"
)

// ExtensionGrant is a grant type of the host program (RFC 6749 §4.5), with which a
// client gets tokens for something that only the host program can check, such as a
// voucher or a ticket of another system.
//
// The server authenticates the client, checks that it may use the grant type, and
// checks the requested scope and resources. Then it calls Decide, and issues tokens for
// the decision.
type ExtensionGrant struct {
	// Type is the grant_type: an absolute URI that belongs to the host program, such as
	// "https://shop.example/grants/voucher" or "urn:example:grant-type:voucher".
	Type string
	// Text explains in a sentence how an application gets tokens with the grant. The
	// back office shows it beside the grant type.
	Text string
	// Params are the names of the parameters that only this grant uses. A request in
	// which one of them is repeated is rejected (RFC 6749 §3.2).
	Params []string
	// Decide returns what is granted. Calls are concurrent. An *Error is the response
	// to the client, and its code should be CodeInvalidGrant if the voucher is invalid.
	// After any other error the response is 503, the log contains the error, and the
	// client can repeat the request: nothing was written.
	//
	// The server does not limit how often a client calls Decide. A grant that checks
	// something which can be guessed must limit failed attempts itself.
	Decide func(ctx context.Context, r ExtensionRequest) (ExtensionDecision, error)
}

// ExtensionRequest is a token request with an ExtensionGrant. Later versions can add
// fields.
type ExtensionRequest struct {
	// Client was authenticated, unless it is public. Decide must not change it.
	Client *Client
	// Params are the parameters of the request, without the credentials of the client.
	Params Params
	// Scope is the scope of the request, or the default scope of the client. The client
	// is allowed all of it.
	Scope Scopes
	// Resources are the URIs of the resources that the tokens are for (RFC 8707); empty
	// means the API of the server itself.
	Resources Audience
	// Address is the network address of the client, or zero if it is not known.
	Address netip.Addr
	Now     time.Time // the time of the request
}

// ExtensionDecision holds the decision of an ExtensionGrant.
type ExtensionDecision struct {
	// Subject is the person whom the tokens are about, of at most 255 bytes. It is empty
	// if the client acts for itself; this is possible only for a confidential client, and
	// the tokens then have no scopes about a person.
	Subject string
	// AuthTime is when the person logged in, if that is part of what was checked. It is
	// the auth_time of the ID token, which the response contains if the scope has openid.
	// If it is zero, the tokens have none of the scopes of OpenID Connect.
	AuthTime time.Time
	// ACR and AMR say how the person logged in (OpenID Connect Core §2); may be empty.
	ACR string
	AMR []string // the authentication methods, such as "pwd"; see ACR
	// Scope limits the scope of the tokens: they have those of the requested
	// scopes that are in it. If it contains none of them, the response is invalid_scope.
	// Empty means all of the requested scope.
	Scope Scopes
	// Refreshable adds a refresh token, if the client may use the grant type
	// refresh_token and there is a Subject.
	Refreshable bool
	// Metadata is the metadata of the tokens; see MetadataHook. If it is empty, that hook
	// determines it. It requires a Subject.
	Metadata json.RawMessage
	// Once is the ID of something that can be used only once with this grant type, such
	// as the number of a voucher, of at most 256 bytes. The server stores a digest of it in
	// the same transaction as the tokens: of any number of requests, by all clients and in
	// all processes, only one gets tokens. There must be a Subject.
	//
	// The server keeps a used ID for good, because no time would be safe: if it
	// deleted the ID at a time that Decide returns, a Decide that computes this time from
	// the time of the request would accept a voucher again. A used ID needs about as much
	// space as a token.
	Once string
}
