package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Bounds on values of a request that are stored, sealed, in the browser, in bytes.
const (
	maxStateLength = 4096
	maxNonceLength = 512
	maxHintLength  = 256
)

// maxMaxAge is the largest max_age, in seconds: a hundred years. A larger value
// counts as this one.
const maxMaxAge = 100 * 366 * 24 * 3600

// Begin checks an authorization request (RFC 6749 §4.1.1). If it returns an
// error without a request, the error must be shown only to the person, because
// the client and its redirect URI are not verified. If it returns an error with a
// request, Refuse sends the error to the client.
func (s *Provider) Begin(ctx context.Context, p oauth.Params) (*AuthorizationRequest, error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	client, err := s.requestingClient(ctx, p.Get("client_id"))
	switch {
	case err != nil:
		return nil, err
	case isPushed(p):
		return s.beginPushed(ctx, client, p)
	case client.RequirePushedRequests || s.RequirePushedRequests:
		return s.check(ctx, client, p, errNotPushed())
	}
	p, objection := s.requestObject(ctx, client, p, client.RequireRequestObject)
	return s.check(ctx, client, p, objection)
}

// check checks the parameters of an authorization request. It returns an error in
// the same way as Begin. objection is an error that was found before, or nil.
func (s *Provider) check(ctx context.Context, client *oauth.Client, p oauth.Params, objection error) (*AuthorizationRequest, error) {
	now := s.now()
	uri, err := redirectURI(client, p.Get("redirect_uri"), now)
	if err != nil {
		return nil, cmp.Or(objection, err)
	}
	r := &AuthorizationRequest{
		ID: oauth.NewID(now), CodeSecret: newRequestSecret(),
		ClientID: client.ID, Client: client, claimScopes: s.catalog().claims,
		RedirectURI: uri, RedirectURIOmitted: p.Get("redirect_uri") == "",
		State: p.Get("state"), UILocales: firstFields(p.Get("ui_locales")),
	}
	if len(r.State) > maxStateLength {
		_ = s.checkResponse(r, p) // how the error is sent
		return r, oauth.Errorf(oauth.CodeInvalidRequest, "The state is longer than %d bytes.", maxStateLength)
	}
	if objection != nil {
		_ = s.checkResponse(r, p) // how the error is sent
		return r, objection
	}
	for _, check := range []func(*AuthorizationRequest, oauth.Params) error{
		s.checkResponse, s.checkUnsupported, s.checkChallenge, s.checkResources, s.checkScope(ctx), s.checkPrompt, s.checkClaims(ctx), s.checkSize,
	} {
		if err := check(r, p); err != nil {
			return r, err
		}
	}
	return r, nil
}

// checkResponse checks response_type and response_mode. The mode is first,
// because it decides how an error is sent.
func (s *Provider) checkResponse(r *AuthorizationRequest, p oauth.Params) error {
	responseType := oauth.CanonicalResponseType(p.Get("response_type"))
	if responseType == oauth.ResponseTypeToken || (responseType != oauth.ResponseTypeCode && slices.Contains(oauth.ResponseTypes(), responseType)) {
		r.ResponseType = responseType
	}
	switch mode := p.Get("response_mode"); mode {
	case "":
	case oauth.ModeFormPost:
		// A browser starts an app with the URL alone, and the app never gets the form.
		// So the response to an app's own scheme is a redirect, in the default mode.
		if oauth.Origin(r.RedirectURI) != "" {
			r.ResponseMode = mode
		}
	case oauth.ModeQuery, oauth.ModeFragment:
		r.ResponseMode = mode
	default:
		return oauth.Errorf(oauth.CodeInvalidRequest, "The response_mode '%s' is not supported; use query, fragment or form_post.", mode)
	}
	if r.ResponseType == "" && r.ResponseMode == "" && strings.Contains(responseType, "token") {
		r.ResponseMode = oauth.ModeFragment // where a client that asked for token looks (RFC 6749 §4.2.2.1)
	}
	switch {
	case r.ResponseType != "" && r.ResponseMode == oauth.ModeQuery:
		r.ResponseMode = oauth.ModeFragment
		return oauth.Errorf(oauth.CodeInvalidRequest, "response_mode=query would put tokens into the server logs of the application; use fragment or form_post.")
	case responseType == "":
		return oauth.Errorf(oauth.CodeInvalidRequest, "The parameter response_type is missing.")
	case r.ResponseType == "" && responseType != oauth.ResponseTypeCode:
		return oauth.Errorf(oauth.CodeUnsupportedResponseType, "The response_type '%s' is not supported; use code.", responseType)
	}
	if err := mayRespond(r.Client, responseType, s.now()); err != nil {
		return err
	}
	if r.responds("code") && !r.Client.Allows(oauth.GrantAuthorizationCode) {
		return oauth.Errorf(oauth.CodeUnauthorizedClient, "This application is not allowed to use the grant type authorization_code. Allow it in the settings of the application.").WithReason("forbidden_grant")
	}
	return nil
}

func (s *Provider) checkUnsupported(_ *AuthorizationRequest, p oauth.Params) error {
	switch {
	case p.Get("registration") != "":
		return oauth.Errorf(oauth.CodeRegistrationNotSupported, "The registration parameter is not supported.")
	}
	return nil
}

// checkChallenge requires PKCE with S256 (RFC 7636 §4.4.1): always from public
// clients, and from confidential ones unless an OpenID nonce serves the same
// purpose (RFC 9700 §2.1.1) or the client is registered without PKCE.
func (s *Provider) checkChallenge(r *AuthorizationRequest, p oauth.Params) error {
	r.Nonce = p.Get("nonce")
	if len(r.Nonce) > maxNonceLength {
		return oauth.Errorf(oauth.CodeInvalidRequest, "The nonce is longer than %d bytes.", maxNonceLength)
	}
	if r.Nonce == "" && r.responds("id_token") {
		return oauth.Errorf(oauth.CodeInvalidRequest, "The parameter nonce is missing: an ID token that goes through the browser needs one (OpenID Connect Core section 3.2.2.1).")
	}
	challenge, method := p.Get("code_challenge"), p.Get("code_challenge_method")
	if challenge == "" && method == "" && !r.responds("code") {
		return nil
	}
	if challenge == "" {
		if method != "" {
			return oauth.Errorf(oauth.CodeInvalidRequest, "There is a code_challenge_method but no code_challenge.")
		}
		if r.Client.Type == oauth.Confidential && r.Client.CodeWithoutPKCE && !r.Client.RequirePKCE {
			return nil
		}
		openid := strings.Contains(" "+p.Get("scope")+" ", " openid ")
		nonceSuffices := r.Client.Type == oauth.Confidential && !r.Client.RequirePKCE
		if nonceSuffices && openid && r.Nonce != "" {
			return nil
		}
		instead := "."
		if nonceSuffices {
			instead = " or, with the scope openid, send a nonce."
		}
		return oauth.Errorf(oauth.CodeInvalidRequest, "The parameter code_challenge is missing: this application must use PKCE (RFC 7636)%s", instead).WithReason("no_pkce")
	}
	if method == "" || method == "plain" {
		return s.acceptPlain(r, challenge)
	}
	switch {
	case method != "S256":
		return oauth.Errorf(oauth.CodeInvalidRequest, "The code_challenge_method '%s' is not supported; use S256.", method).WithReason("plain_pkce")
	case !validChallenge(challenge):
		return oauth.Errorf(oauth.CodeInvalidRequest, "The code_challenge is not a SHA-256 hash in base64url without padding, as S256 produces: 43 characters, the last of which is one of AEIMQUYcgkosw048.")
	}
	r.Challenge = challenge
	return nil
}

// acceptPlain accepts a code_challenge of the method plain, which is the verifier
// itself, if the client has an exception. The request keeps the challenge that S256
// makes of it, so that nothing else distinguishes the methods.
func (s *Provider) acceptPlain(r *AuthorizationRequest, verifier string) error {
	err := checkLegacy(r.Client, oauth.LegacyPlainPKCE, s.now(), oauth.Errorf(oauth.CodeInvalidRequest,
		"The code_challenge_method is plain, which is also the default, and is not supported; use S256.").WithReason("plain_pkce"))
	if err != nil {
		return err
	}
	if !validVerifier(verifier) {
		return oauth.Errorf(oauth.CodeInvalidRequest, "The code_challenge must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.2).")
	}
	r.Challenge = challengeS256(verifier)
	return nil
}

// checkScope determines the requested scope.
func (s *Provider) checkScope(ctx context.Context) func(*AuthorizationRequest, oauth.Params) error {
	return func(r *AuthorizationRequest, p oauth.Params) (err error) {
		if r.Scope, r.Ignored, err = s.requestedScope(ctx, r.Client, p.Get("scope"), r.Resources, r.responds("code") && r.Client.Allows(oauth.GrantRefreshToken)); err != nil {
			return err
		}
		if r.responds("id_token") && !r.Scope.Contains(oauth.ScopeOpenID) {
			return oauth.Errorf(oauth.CodeInvalidRequest, "The scope openid is missing. It is required for an ID token.")
		}
		return nil
	}
}

func (s *Provider) checkPrompt(r *AuthorizationRequest, p oauth.Params) error {
	r.Prompt = strings.Fields(p.Get("prompt"))
	for _, value := range r.Prompt {
		switch value {
		case "login", "consent", "select_account":
		case "create":
			if !s.SignUp {
				return oauth.Errorf(oauth.CodeInvalidRequest, "prompt=create is not supported: people cannot create accounts here.")
			}
		case "none":
			if len(r.Prompt) > 1 {
				return oauth.Errorf(oauth.CodeInvalidRequest, "prompt=none cannot be combined with another value.")
			}
		default:
			return oauth.Errorf(oauth.CodeInvalidRequest, "The prompt '%s' is not supported; use login, consent, select_account, create or none.", value)
		}
	}
	if text := p.Get("max_age"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if (err != nil && !errors.Is(err, strconv.ErrRange)) || seconds < 0 {
			return oauth.Errorf(oauth.CodeInvalidRequest, "The max_age must be a number of seconds.")
		}
		seconds = min(seconds, maxMaxAge)
		r.MaxAge = &seconds
	} else if r.Scope.Contains(oauth.ScopeOpenID) {
		r.MaxAge = r.Client.DefaultMaxAge
	}
	if hint := p.Get("login_hint"); len(hint) <= maxHintLength {
		r.LoginHint = hint
	}
	return nil
}

// checkClaims returns the check of the parameters that OpenID Connect Core §3.1.2.1
// and §5.5 add.
func (s *Provider) checkClaims(ctx context.Context) func(*AuthorizationRequest, oauth.Params) error {
	return func(r *AuthorizationRequest, p oauth.Params) error { return s.checkOpenID(ctx, r, p) }
}

func (s *Provider) checkOpenID(ctx context.Context, r *AuthorizationRequest, p oauth.Params) (err error) {
	r.ACRValues = firstFields(p.Get("acr_values")) // also RFC 9470 §4, without openid
	if !r.Scope.Contains(oauth.ScopeOpenID) {
		return nil // as for any parameter that OAuth does not define
	}
	r.ClaimsLocales = firstFields(p.Get("claims_locales"))
	if hint := p.Get("id_token_hint"); hint != "" {
		if r.Expected, err = s.hintedSubject(ctx, r, hint); err != nil {
			return err
		}
	}
	text := p.Get("claims")
	if text == "" {
		return nil
	}
	if r.Claims, err = oauth.ParseClaimsRequest(text, s.catalog().claims); err != nil {
		return err
	}
	r.Claims.KeepScopes(s.catalog().claims, r.Client.MayHave)
	if sub := r.Claims.IDToken["sub"]; sub != nil && sub.Value != nil {
		wanted, ok := sub.Value.(string)
		if !ok || (r.Expected != "" && r.Expected != wanted) {
			return oauth.Errorf(oauth.CodeInvalidRequest, "The sub in the claims parameter is not a string, or is not that of the id_token_hint.")
		}
		r.Expected = wanted
	}
	if acr := r.Claims.IDToken["acr"]; acr != nil && acr.Essential && !slices.ContainsFunc(s.ACRValues, acr.Accepts) {
		return oauth.Errorf(oauth.CodeUnmetAuthentication, "This server has no login with the acr that the claims parameter requires.")
	}
	return nil
}

// firstFields returns the first values of a list of preferences.
func firstFields(text string) []string {
	const most = 8
	values := strings.Fields(text)
	if len(text) > maxHintLength {
		return nil
	}
	return values[:min(len(values), most)]
}

// hintedSubject returns the sub of an ID token that was issued to this client. The
// token may have expired.
func (s *Provider) hintedSubject(ctx context.Context, r *AuthorizationRequest, hint string) (string, error) {
	claims, err := s.openIDToken(ctx, hint)
	if errors.Is(err, errNotOurs) || (err == nil && claims.Audience != r.ClientID) {
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The id_token_hint is not an ID token that this server issued to this application.")
	}
	return claims.Subject, err
}

// Deny returns the response to the client if the person did not agree (RFC 6749
// §4.1.2.1). A pushed request is then used up. Deny returns ErrConflict if another
// decision about it was made before.
func (s *Provider) Deny(ctx context.Context, r *AuthorizationRequest) (*AuthorizationResponse, error) {
	if err := s.denyPushed(ctx, r); err != nil {
		return nil, err
	}
	return s.Refuse(r, oauth.Errorf(oauth.CodeAccessDenied, "The person did not give permission.")), nil
}

// Refuse returns the response to the client if there was an error (RFC 6749
// §4.1.2.1).
func (s *Provider) Refuse(r *AuthorizationRequest, e *oauth.Error) *AuthorizationResponse {
	return s.respondTo(r, "error", e.Code, "error_description", e.Description)
}
