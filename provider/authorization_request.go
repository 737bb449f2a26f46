package provider

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AuthorizationRequest is an authorization request (RFC 6749 §4.1.1) that has
// been checked. Until the person decides, it exists only in their browser,
// sealed.
type AuthorizationRequest struct {
	ID oauth.ID `json:"id"` // identifies the request; contains the time at which it began, see BeganAt
	// CodeSecret is the key from which the secrets of the codes and access tokens
	// of the request are derived.
	CodeSecret         [32]byte `json:"cs"`
	ClientID           string   `json:"c"`            // the client that sent the request
	RedirectURI        string   `json:"r"`            // where the response is sent, also if the request did not name it
	RedirectURIOmitted bool     `json:"ro,omitempty"` // the request had no redirect_uri
	// ResponseType has its values in alphabetical order; empty means code.
	ResponseType string       `json:"rt,omitempty"`
	ResponseMode string       `json:"m,omitempty"` // the response_mode of the request; empty means the default of ResponseType
	until        time.Time    // see Limit; it is part of a decision, and not of the request
	State        string       `json:"s,omitempty"` // returned to the client unchanged; may be empty
	Scope        oauth.Scopes `json:"sc"`          // the requested scopes
	// Ignored are the first unknown scopes of the request, which the response does not have. They
	// are shortened.
	Ignored oauth.Scopes `json:"ig,omitempty"`
	// Resources are the requested resources (RFC 8707), as they are registered.
	Resources oauth.Audience `json:"re,omitempty"`
	Challenge string         `json:"ch,omitempty"` // the code_challenge for S256 (RFC 7636), or empty
	Nonce     string         `json:"n,omitempty"`  // returned in the ID token; may be empty
	Prompt    []string       `json:"p,omitempty"`  // the values of prompt; see Prompts
	// MaxAge is the age of the oldest login that the client accepts, in seconds,
	// or nil.
	MaxAge    *int64 `json:"ma,omitempty"`
	LoginHint string `json:"lh,omitempty"` // the username or email address with which the person might log in, or empty
	// Claims is the claims parameter (OpenID Connect Core §5.5), or nil.
	Claims        *oauth.ClaimsRequest `json:"cr,omitempty"`
	ClaimsLocales []string             `json:"lo,omitempty"` // preferred languages of claims, most preferred first
	ACRValues     []string             `json:"av,omitempty"` // the requested authentication context classes, most preferred first
	// UILocales are the languages that the client prefers for pages.
	UILocales []string `json:"ul,omitempty"`
	// Expected is the sub of the person that the client expects, from the
	// id_token_hint or the claims parameter.
	Expected string `json:"ex,omitempty"`

	// Device is set if the request began on a device that has no browser.
	Device *DeviceRequest `json:"d,omitempty"`

	// Pushed is the Token in the request_uri of a pushed request, or empty. The
	// request is used up when it is decided.
	Pushed string `json:"pu,omitempty"`
	// Chosen is the account that the person selected for prompt=select_account, or to which
	// they logged in at another provider for prompt=create.
	Chosen string `json:"ac,omitempty"`
	// OfferedTo is the Authentication.Key of the person to whom the choice of an
	// account was shown.
	OfferedTo string `json:"of,omitempty"`
	// ShownTo is the Authentication.Key of the person who was shown the consent
	// page, and ShownOf is the UnverifiedAt of the client at that time.
	ShownTo string    `json:"st,omitempty"`
	ShownOf time.Time `json:"so,omitzero"`

	// Switch is set if the person wants to log in as another one, at the login page
	// of the host program.
	Switch bool `json:"sw,omitempty"`
	// Sent is set if the person was sent to the login page of the host program.
	Sent *sentToLogin `json:"se,omitempty"`

	// Resumed is set if the request was opened: the person has used a page since
	// it began. It is not sealed.
	Resumed bool `json:"-"`
	// Client is the client. It is not sealed.
	Client *oauth.Client `json:"-"`
	// claimScopes are the claims that the server knows.
	claimScopes oauth.ClaimScopes
}

// BeganAt returns when the request arrived.
func (r *AuthorizationRequest) BeganAt() time.Time { return r.ID.Time() }

// responds reports whether the response contains "code", "token" or "id_token".
func (r *AuthorizationRequest) responds(what string) bool {
	if r.Device != nil {
		return false // the device gets everything at the token endpoint
	}
	if r.ResponseType == "" {
		return what == "code"
	}
	return slices.Contains(strings.Fields(r.ResponseType), what)
}

// mode returns the response mode that was requested, or the default of the
// response type.
func (r *AuthorizationRequest) mode() string {
	switch {
	case r.ResponseMode != "":
		return r.ResponseMode
	case r.ResponseType != "":
		return oauth.ModeFragment // OAuth 2.0 Multiple Response Types §5
	}
	return oauth.ModeQuery
}

// RequestedScopes returns the requested scope and the scopes of the individually
// requested claims: what the person must agree to.
func (r *AuthorizationRequest) RequestedScopes() oauth.Scopes {
	return r.Scope.With(r.Claims.Scopes(r.claimScopes))
}

// assured reports whether only the client can receive the response. Anybody can
// send the user code of a device to the person (RFC 8628 §5.4).
func (r *AuthorizationRequest) assured() bool {
	return r.Device == nil && r.Client.AssuredIdentity(r.RedirectURI, r.ResponseType)
}

// Unverified reports whether another program could have made the request in the
// name of the client, so that the person is asked for permission every time.
func (r *AuthorizationRequest) Unverified() bool { return !r.assured() }

// decisionSecret returns a secret that is the same only for the same decision
// about the request. Without the CodeSecret, nobody can compute it: HashOf writes the
// length of each part, so no input is the beginning of another.
func (r *AuthorizationRequest) decisionSecret(permission oauth.Permission) [32]byte {
	details := "{}"
	// The same decision has the same code, even if a hook returns other metadata.
	if permission.Details.Metadata = nil; !permission.Details.IsZero() {
		encoded, _ := json.Marshal(permission.Details) // cannot fail: texts
		details = string(encoded)
	}
	return oauth.HashOf("decision", string(r.CodeSecret[:]), permission.Subject, permission.SessionID, permission.Scope.String(),
		strconv.FormatInt(permission.AuthTime.UnixMilli(), 10), details)
}

// grantType returns the grant type of the tokens that are issued for the request, for
// hooks.
func (r *AuthorizationRequest) grantType() string {
	switch {
	case r.Device != nil:
		return oauth.GrantDeviceCode
	case !r.responds("code"):
		return oauth.GrantImplicit
	}
	return oauth.GrantAuthorizationCode
}

// Prompts reports whether the client requested this prompt (OpenID Connect Core
// §3.1.2.1).
func (r *AuthorizationRequest) Prompts(value string) bool { return slices.Contains(r.Prompt, value) }

// SawPage records that the person saw a page of this server, on which they have to
// click. From then on, the person can again be sent to log in for any reason.
func (r *AuthorizationRequest) SawPage() {
	if r.Sent != nil {
		sent := *r.Sent
		sent.Reasons = nil
		r.Sent = &sent
	}
}

// Show records that the consent page is shown to the person.
func (r *AuthorizationRequest) Show(who oauth.Authentication) {
	r.ShownTo, r.ShownOf = who.Key(), r.Client.UnverifiedAt
	r.SawPage()
}

// WasShown reports whether the consent page was shown to this person in this
// login session, and with the warning that the client now has.
func (r *AuthorizationRequest) WasShown(who oauth.Authentication) bool {
	return r.ShownTo == who.Key() && r.ShownOf.Equal(r.Client.UnverifiedAt)
}

// renew takes the client of a request as it is now, and limits the request to what
// the client may still ask for. Its errors must be shown only to the person.
func (s *Provider) renew(ctx context.Context, r *AuthorizationRequest) (err error) {
	if err := s.ReadScopes(ctx); err != nil {
		return err
	}
	if r.Client, err = s.requestingClient(ctx, r.ClientID); err != nil {
		return err
	}
	if err := r.stillAllowed(s.now()); err != nil {
		return err
	}
	if r.Resources, err = s.stillAllowed(r.Client, r.Resources); err != nil {
		return err
	}
	if r.Scope, err = s.issuable(r.Client, r.Resources, r.Scope); err != nil {
		return err
	}
	r.claimScopes = s.catalog().claims
	if r.Claims != nil {
		r.Claims.KeepScopes(s.catalog().claims, r.Client.MayHave)
	}
	return nil
}

// stillAllowed checks whether the client may still make the request.
func (r *AuthorizationRequest) stillAllowed(now time.Time) error {
	if r.Device != nil {
		if !r.Client.Allows(oauth.GrantDeviceCode) {
			return oauth.Errorf(oauth.CodeUnauthorizedClient, "The application is no longer allowed to connect devices.").WithReason("forbidden_grant")
		}
		return nil
	}
	if _, err := redirectURI(r.Client, r.RedirectURI, now); err != nil {
		return err
	}
	if mayRespond(r.Client, cmp.Or(r.ResponseType, oauth.ResponseTypeCode), now) != nil {
		return oauth.Errorf(oauth.CodeUnauthorizedClient, "The application is no longer allowed to use this response type.").WithReason("forbidden_response_type")
	}
	return nil
}

// Application returns the client with the ID. It also returns oauth.ErrNotFound if
// the client is disabled.
func (s *Provider) Application(ctx context.Context, id string) (*oauth.Client, error) {
	client, err := s.client(ctx, id)
	if err == nil && client.Disabled {
		return nil, oauth.ErrNotFound
	}
	return client, err
}

// requestingClient returns the client that sent the person here.
func (s *Provider) requestingClient(ctx context.Context, id string) (*oauth.Client, error) {
	if id == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The request has no client_id, so the application that sent you is unknown.").WithReason(reasonUnknownClient)
	}
	client, err := s.client(ctx, id)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errUnknownClient(id)
	case err != nil:
		return nil, err
	case client.Disabled:
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "The application is disabled here.").WithReason("disabled")
	}
	return client, nil
}

func errUnknownClient(id string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidClient, "No application with the client_id in this request is registered here.").WithReason(reasonUnknownClient).
		WithDetail("%s", unknownClient(id))
}

// newRequestSecret returns the CodeSecret of a request.
func newRequestSecret() (secret [32]byte) {
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	return secret
}
