package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ForwardCallback is the path of the redirect URI that an application for forward
// authentication has at each of its hosts.
const ForwardCallback = "/.latchkey/callback"

// Bounds on forward authentication, in bytes. The state is part of a URL, and browsers
// keep a cookie of 4096 bytes.
const (
	maxForwardTarget = 2000
	maxForwardCookie = 3800
)

// ForwardRequest is a request to a protected host. A proxy passes it on only if the server
// allows it.
type ForwardRequest struct {
	ClientID string // the application for which the proxy is configured
	Origin   string // the origin of the protected host, such as https://wiki.example.com
	Target   string // the path and the query, such as /page?id=1
}

// ForwardPerson is a person who is logged in at a protected host.
type ForwardPerson struct {
	Subject string // the sub of the person
	// Username is the username, or the Subject if the people are those of a host program
	// or the scope profile was not granted.
	Username    string
	Name, Email string   // may be empty; Email is verified
	Groups      []string // those in the claim groups, without names that could be read as several
	// Denied is the reason why the person cannot use the host, or nil if they are in one of the
	// groups that the application requires.
	Denied *oauth.Error
}

// ErrForwardState means that a login at a protected host did not begin in this browser,
// or has expired.
var ErrForwardState = errors.New("the login at the protected host is unknown")

// forwardState is the content of the parameter state of a login.
type forwardState struct {
	Verifier string `json:"v"` // the code_verifier
	Browser  string `json:"b"` // a text that only one browser has
	Target   string `json:"t"`
	At       int64  `json:"at"` // when the login began, in seconds since 1970
}

// forwardLogin is the content of the cookie of a protected host. The claims are those at
// the time of the login; the access token is checked at each request.
type forwardLogin struct {
	Token  string   `json:"t"`
	Name   string   `json:"n,omitempty"`
	Email  string   `json:"e,omitempty"`
	Groups []string `json:"g,omitempty"`
}

// context binds a sealed text to its purpose, the application and the host.
func (r ForwardRequest) context(purpose string) string {
	return purpose + "\n" + r.ClientID + "\n" + r.Origin
}

func (r ForwardRequest) callback() string { return r.Origin + ForwardCallback }

// forwardClient returns the application of a request. Its errors are *oauth.Error with
// access_denied, or those of the Store.
func (s *Provider) forwardClient(ctx context.Context, r ForwardRequest) (*oauth.Client, error) {
	denied := func(reason, detail string, args ...any) error {
		return oauth.Errorf(oauth.CodeAccessDenied, "This host is not set up for the application. Ask an administrator.").WithReason(reason).WithDetail(detail, args...)
	}
	client, err := s.clients.Client(ctx, r.ClientID)
	switch _, registered := oauth.RegistrationID(r.ClientID); {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, denied(reasonUnknownClient, "%s", unknownClient(r.ClientID))
	case err != nil:
		return nil, err
	case client.Disabled:
		return nil, denied("disabled", "the application is disabled")
	case registered || oauth.IsClientURL(r.ClientID):
		return nil, denied("forward_host", "only an application that an administrator added can be used for forward authentication")
	case client.Type != oauth.Public:
		return nil, denied("forward_host", "the application must be public, because this server redeems its codes")
	case s.sharesCookies(r.Origin):
		return nil, denied("forward_host", "%s has the host of the issuer, so its programs would receive the login session", r.Origin)
	case oauth.CheckOrigin(r.Origin) != nil || !slices.Contains(client.RedirectURIs, r.callback()):
		return nil, denied("forward_host", "%q is not a redirect URI of the application", r.callback())
	}
	return client, nil
}

// sharesCookies reports whether browsers send the cookies of this server to an origin too:
// cookies do not depend on the port. On this device, other programs are trusted anyway.
func (s *Provider) sharesCookies(origin string) bool {
	issuer, _ := url.Parse(s.Issuer) // checked by New
	other, err := url.Parse(origin)
	return err != nil || strings.EqualFold(issuer.Hostname(), other.Hostname()) && !oauth.LoopbackHost(issuer.Hostname())
}

// BeginForward returns the URL of the authorization request with which the person can log
// in at a protected host. browser is a random text that only this browser has at that
// host.
func (s *Provider) BeginForward(ctx context.Context, r ForwardRequest, browser string) (string, error) {
	client, err := s.forwardClient(ctx, r)
	if err != nil {
		return "", err
	}
	if len(r.Target) > maxForwardTarget {
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The address of the page is longer than %d bytes. Log in at the start page first.", maxForwardTarget)
	}
	state := forwardState{Verifier: newVerifier(), Browser: browser, Target: r.Target, At: s.now().Unix()}
	content, err := json.Marshal(state)
	if err != nil {
		return "", err
	}
	sealed, err := s.forward.Seal(oauth.NewID(s.now()), content, r.context("state"))
	if err != nil {
		return "", err
	}
	return s.Issuer + "/authorize/?" + url.Values{
		"response_type": {oauth.ResponseTypeCode}, "client_id": {client.ID}, "redirect_uri": {r.callback()}, "scope": {ForwardScopes(client).String()},
		"code_challenge": {challengeS256(state.Verifier)}, "code_challenge_method": {"S256"}, "state": {sealed},
	}.Encode(), nil
}

// newVerifier returns a code_verifier.
func newVerifier() string {
	secret := newRequestSecret()
	return fmt.Sprintf("%x", secret[:])
}

// ForwardScopes returns the scopes of a login at a protected host: those that are requested by default, or
// the profile and the email address. With openid and without offline_access, the
// permission is revoked together with the login session.
func ForwardScopes(client *oauth.Client) oauth.Scopes {
	scopes := client.DefaultScopes
	if len(scopes) == 0 {
		scopes = client.StillAllowed(oauth.Scopes{oauth.ScopeProfile, oauth.ScopeEmail})
	}
	return oauth.Scopes{oauth.ScopeOpenID}.With(slices.DeleteFunc(slices.Clone(scopes), func(name string) bool { return name == oauth.ScopeOfflineAccess }))
}

// A ForwardAnswer is the answer to an authorization request of BeginForward.
type ForwardAnswer struct {
	// State and Code are the parameters of the response.
	State, Code string
	Error       string // the error code, or empty
}

// FinishForward redeems the code of an answer. It returns the Target of the request with
// which the login began, also with an error about the code, and the value and lifetime
// of the cookie for the protected host. browsers are the texts that this browser has there.
func (s *Provider) FinishForward(ctx context.Context, r ForwardRequest, a ForwardAnswer, browsers ...string) (target, cookie string, lifetime time.Duration, err error) {
	if _, err := s.forwardClient(ctx, r); err != nil {
		return "", "", 0, err
	}
	state, err := s.openForwardState(r, a.State, browsers)
	if err != nil {
		return "", "", 0, err
	}
	if a.Error != "" {
		return state.Target, "", 0, oauth.Errorf(forwardError(a.Error), "You were not logged in.").WithReason("forward_answer")
	}
	response, err := s.Token(ctx, "", oauth.Params{}.With("grant_type", oauth.GrantAuthorizationCode).With("client_id", r.ClientID).
		With("code", a.Code).With("redirect_uri", r.callback()).With("code_verifier", state.Verifier))
	if err != nil {
		return state.Target, "", 0, err
	}
	content, err := s.newForwardLogin(ctx, response.AccessToken)
	if err != nil {
		return state.Target, "", 0, err
	}
	cookie, err = s.forward.Seal(oauth.NewID(s.now()), content, r.context("login"))
	if err == nil && len(cookie) > maxForwardCookie {
		err = fmt.Errorf("forward authentication: the name, the email address and the groups of the person do not fit into a cookie. Release fewer groups to application %s", r.ClientID)
	}
	return state.Target, cookie, time.Duration(response.ExpiresIn) * time.Second, err
}

// forwardError returns the error code of an answer, or invalid_request for one that this
// server does not send: anybody can change the address of the callback.
func forwardError(code string) string {
	switch code {
	case oauth.CodeAccessDenied, oauth.CodeInvalidScope, oauth.CodeUnauthorizedClient, oauth.CodeServerError, oauth.CodeTemporarilyUnavailable, oauth.CodeUnmetAuthentication:
		return code
	}
	return oauth.CodeInvalidRequest
}

// openForwardState opens a state that was sealed for this browser.
func (s *Provider) openForwardState(r ForwardRequest, text string, browsers []string) (state forwardState, err error) {
	content, err := s.forward.Open(text, r.context("state"))
	if err != nil {
		return state, fmt.Errorf("%w: %w", ErrForwardState, err)
	}
	switch err := json.Unmarshal(content, &state); {
	case err != nil:
		return state, err
	case s.now().Sub(time.Unix(state.At, 0)) > s.RequestTTL:
		return state, fmt.Errorf("%w: it has expired", ErrForwardState)
	case !isOneOf(state.Browser, browsers):
		return state, fmt.Errorf("%w: it began in another browser", ErrForwardState)
	}
	return state, nil
}

// newForwardLogin returns the content of a cookie. An email address that is not verified
// is omitted, because applications find people by it.
func (s *Provider) newForwardLogin(ctx context.Context, accessToken string) ([]byte, error) {
	_, claims, err := s.userInfoClaims(ctx, accessToken, new(oauth.Event))
	if err != nil {
		return nil, err
	}
	login := forwardLogin{Token: accessToken}
	login.Name, _ = claims["name"].(string)
	if verified, _ := claims["email_verified"].(bool); verified {
		login.Email, _ = claims["email"].(string)
	}
	login.Groups = groupsOf(claims["groups"])
	return json.Marshal(login)
}

// groupsOf returns the names in a claim groups. A name with a comma is omitted, because
// the header contains the names with commas between them.
func groupsOf(claim any) (groups []string) {
	encoded, err := json.Marshal(claim)
	if err != nil {
		return nil
	}
	var names []any
	if json.Unmarshal(encoded, &names) != nil {
		names = []any{claim}
	}
	for _, name := range names {
		text, ok := name.(string)
		if ok && text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r == ',' || r < ' ' || r == 0x7f }) {
			groups = append(groups, text)
		}
	}
	return groups
}

// CheckForward returns the person who is logged in at a protected host, or nil. cookie is
// the value of its cookie, or empty. It takes at most one read.
func (s *Provider) CheckForward(ctx context.Context, r ForwardRequest, cookie string) (*ForwardPerson, error) {
	client, err := s.forwardClient(ctx, r)
	if err != nil || cookie == "" {
		return nil, err
	}
	login, err := s.openForwardLogin(r, cookie)
	if err != nil || login.Token == "" {
		return nil, err
	}
	found, token, err := s.checkAccess(ctx, login.Token)
	if err != nil || !found.Active || token.ClientID != client.ID || !token.Scope.Contains(oauth.ScopeOpenID) || !s.meetsForwardRules(client, token) {
		return nil, err
	}
	person := &ForwardPerson{Subject: found.Subject, Username: found.Subject, Name: login.Name, Email: login.Email, Groups: login.Groups}
	if s.OwnLogin && found.Username != "" && token.Scope.Contains(oauth.ScopeProfile) {
		person.Username = found.Username
	}
	person.Denied = s.deniedGroups(client, login.Groups, token.Scope)
	return person, nil
}

// deniedGroups returns the error for a person who is in none of the groups that an application
// requires. groups are those of the person, and scope is that of their login.
func (s *Provider) deniedGroups(client *oauth.Client, groups []string, scope oauth.Scopes) *oauth.Error {
	wanted := client.ForwardAuthGroups
	if len(wanted) == 0 || slices.ContainsFunc(wanted, func(group string) bool { return slices.Contains(groups, group) }) {
		return nil
	}
	denied := oauth.Errorf(oauth.CodeAccessDenied, "Your account is not allowed to use this application.").WithReason("forward_group")
	if len(groups) == 0 && !ReleasesGroups(s.catalog().all, scope) {
		return denied.WithDetail("none of the scopes of the login (%s) releases the claim groups, so nobody is in a group of forward_auth_groups: add a scope with this claim to default_scope", scope)
	}
	return denied.WithDetail("the person is in none of the groups in forward_auth_groups (%s), according to the claim groups at the time of the login", strings.Join(wanted, ", "))
}

// ReleasesGroups reports whether one of the scopes, which known describes, releases the claim
// groups.
func ReleasesGroups(known []oauth.ScopeInfo, scopes oauth.Scopes) bool {
	return slices.ContainsFunc(known, func(s oauth.ScopeInfo) bool {
		return scopes.Contains(s.Name) && slices.Contains(s.Claims, "groups")
	})
}

// meetsForwardRules reports whether a login at a protected host meets the current rules of its
// application. For example, the application or a scope can require a second factor since the
// login. If the login does not meet them, the caller sends the person to the authorization
// endpoint, where Next applies all rules. The token endpoint makes the same check, so a new login
// passes it. The function does not read the Store.
func (s *Provider) meetsForwardRules(client *oauth.Client, token oauth.AccessToken) bool {
	return !s.clientDemandsTwo(client, token.Scope) || s.usedTwo(token.Details)
}

// openForwardLogin returns the content of a cookie. It is empty if the cookie was not
// sealed here for the protected host.
func (s *Provider) openForwardLogin(r ForwardRequest, cookie string) (login forwardLogin, err error) {
	content, err := s.forward.Open(cookie, r.context("login"))
	if err != nil {
		return login, nil //nolint:nilerr // a cookie that was not sealed here belongs to nobody
	}
	return login, json.Unmarshal(content, &login)
}

// EndForward revokes the token of a login at a protected host, so that a copy of the cookie
// is useless. Without a valid cookie, it does nothing.
func (s *Provider) EndForward(ctx context.Context, r ForwardRequest, cookie string) error {
	client, err := s.forwardClient(ctx, r)
	if err != nil || cookie == "" {
		return err
	}
	login, err := s.openForwardLogin(r, cookie)
	if err != nil || login.Token == "" {
		return err
	}
	event := oauth.Event{Name: oauth.EventRevocation, ClientID: client.ID}
	err = s.revokeText(ctx, client, login.Token, &event)
	s.reportOutcome(ctx, event, err)
	return err
}

// ForwardAllowsOrigin reports whether pages of an origin may open a WebSocket at a protected
// host of an application: those of all its hosts may.
func (s *Provider) ForwardAllowsOrigin(ctx context.Context, r ForwardRequest, origin string) (bool, error) {
	client, err := s.forwardClient(ctx, r)
	return err == nil && slices.Contains(client.RedirectURIs, origin+ForwardCallback), err
}
