package oauth

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// Bounds on what travels sealed through the browser, in bytes.
const (
	maxStateLength = 4096
	maxNonceLength = 512
	maxHintLength  = 256
)

// Begin checks an authorization request (RFC 6749 §4.1.1). What it returns
// says who may see an error: without a request only the person may, because
// nobody knows yet who asked; with one, the error may travel to the client by
// Refuse.
func (s *Server) Begin(ctx context.Context, p Params) (*AuthorizationRequest, error) {
	client, err := s.requestingClient(ctx, p.Get("client_id"))
	if err != nil {
		return nil, err
	}
	uri, err := chooseRedirectURI(client, p.Get("redirect_uri"))
	if err != nil {
		return nil, err
	}
	r := &AuthorizationRequest{
		ID: NewID(s.now()), CodeSecret: newRequestSecret(),
		ClientID: client.ID, Client: client,
		RedirectURI: uri, RedirectURIOmitted: p.Get("redirect_uri") == "",
		State: p.Get("state"),
	}
	if len(r.State) > maxStateLength {
		r.State = ""
		return r, Errorf(CodeInvalidRequest, "The state is longer than %d bytes.", maxStateLength)
	}
	for _, check := range []func(*AuthorizationRequest, Params) error{
		s.checkResponse, s.checkChallenge, s.checkScope, s.checkPrompt,
	} {
		if err := check(r, p); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (s *Server) checkResponse(r *AuthorizationRequest, p Params) error {
	switch mode := p.Get("response_mode"); mode {
	case "", "query":
	case "fragment":
		r.ResponseMode = mode
	default:
		return Errorf(CodeInvalidRequest, "The response_mode '%s' is not supported.", mode)
	}
	switch {
	case p.has("request"):
		return Errorf(CodeRequestNotSupported, "Request objects are not supported.")
	case p.has("request_uri"):
		return Errorf(CodeRequestURINotSupported, "The parameter request_uri is not supported.")
	}
	switch responseType := p.Get("response_type"); {
	case responseType == "":
		return Errorf(CodeInvalidRequest, "The parameter response_type is missing.")
	case responseType != "code":
		return Errorf(CodeUnsupportedResponseType, "The response_type '%s' is not supported; use code.", responseType)
	case !r.Client.Allows(GrantAuthorizationCode):
		return Errorf(CodeUnauthorizedClient, "This application may not use the grant type authorization_code.")
	}
	return nil
}

// checkChallenge asks for PKCE with S256 (RFC 7636 §4.4.1): of public clients
// always, of confidential ones unless an OpenID nonce does its work (RFC 9700
// §2.1.1).
func (s *Server) checkChallenge(r *AuthorizationRequest, p Params) error {
	r.Nonce = p.Get("nonce")
	if len(r.Nonce) > maxNonceLength {
		return Errorf(CodeInvalidRequest, "The nonce is longer than %d bytes.", maxNonceLength)
	}
	challenge, method := p.Get("code_challenge"), p.Get("code_challenge_method")
	if challenge == "" {
		if method != "" {
			return Errorf(CodeInvalidRequest, "There is a code_challenge_method but no code_challenge.")
		}
		openid := strings.Contains(" "+p.Get("scope")+" ", " openid ")
		if r.Client.Type == Confidential && !r.Client.RequirePKCE && openid && r.Nonce != "" {
			return nil
		}
		return Errorf(CodeInvalidRequest, "The parameter code_challenge is missing: this application must use PKCE (RFC 7636).")
	}
	switch {
	case method == "":
		return Errorf(CodeInvalidRequest, "The parameter code_challenge_method is missing, which means plain; use S256.")
	case method != "S256":
		return Errorf(CodeInvalidRequest, "The code_challenge_method '%s' is not supported; use S256.", method)
	case !validChallenge(challenge):
		return Errorf(CodeInvalidRequest, "The code_challenge is not 43 characters of base64url, as S256 makes it.")
	}
	r.Challenge = challenge
	return nil
}

func (s *Server) checkScope(r *AuthorizationRequest, p Params) error {
	asked, err := ParseScopes(p.Get("scope"))
	if err != nil {
		return err
	}
	r.Scope, err = s.grantable(r.Client, asked)
	return err
}

func (s *Server) checkPrompt(r *AuthorizationRequest, p Params) error {
	r.Prompt = strings.Fields(p.Get("prompt"))
	for _, value := range r.Prompt {
		switch value {
		case "login", "consent", "select_account":
		case "none":
			if len(r.Prompt) > 1 {
				return Errorf(CodeInvalidRequest, "The prompt none cannot stand with another value.")
			}
		default:
			return Errorf(CodeInvalidRequest, "The prompt '%s' is not supported.", value)
		}
	}
	if text := p.Get("max_age"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds < 0 {
			return Errorf(CodeInvalidRequest, "The max_age must be a number of seconds.")
		}
		r.MaxAge = &seconds
	}
	if hint := p.Get("login_hint"); len(hint) <= maxHintLength {
		r.LoginHint = hint
	}
	return nil
}

// Deny answers the client that the person did not agree (RFC 6749 §4.1.2.1).
func (s *Server) Deny(r *AuthorizationRequest) string {
	return s.Refuse(r, Errorf(CodeAccessDenied, "The person did not give permission."))
}

// Approve gives the client an authorization code for the scope, as the person
// decided, and returns where to send the browser. who must be logged in as
// the request asks; decided says that they saw the consent page and agreed,
// else a page must not have been needed.
//
// If the request was approved before, the code is the same one. ErrConflict:
// that code has been used, so the answer is long given.
func (s *Server) Approve(ctx context.Context, r *AuthorizationRequest, who Authentication, scope Scopes, decided bool) (string, error) {
	step, err := s.Next(ctx, r, &who)
	if err != nil {
		return "", err
	}
	if decided && step == StepConsent {
		if !r.WasShown(who) {
			return "", errors.New("oauth: Approve for a session that was not shown the consent page")
		}
		step = StepDone
	}
	if step != StepDone {
		return "", errors.New("oauth: Approve before the person was asked")
	}
	if !r.Scope.Covers(scope) {
		return "", Errorf(CodeInvalidScope, "More was allowed than asked for.")
	}
	now := s.now()
	token := Token{Kind: KindCode, ID: r.ID, Secret: r.CodeSecret}
	code := Code{
		ID: r.ID, Hash: token.Hash(), ClientID: r.ClientID, Subject: who.Subject, SessionID: who.SessionID,
		RedirectURI: r.RedirectURI, RedirectURIOmitted: r.RedirectURIOmitted, Scope: scope,
		Challenge: r.Challenge, Nonce: r.Nonce, AuthTime: who.AuthTime, IssuedAt: now, ExpiresAt: now.Add(s.CodeTTL),
	}
	var consent *Consent
	if decided {
		consent = &Consent{Subject: who.Subject, ClientID: r.ClientID, Scope: scope, GrantedAt: now, UpdatedAt: now}
	}
	if err := s.Store.Approve(ctx, code, consent); err != nil {
		return "", err
	}
	return s.finish(r, "code", token.String()), nil
}

// Refuse answers the client with an error and returns where to send the
// browser (RFC 6749 §4.1.2.1).
func (s *Server) Refuse(r *AuthorizationRequest, e *Error) string {
	return s.finish(r, "error", e.Code, "error_description", e.Description)
}
