package provider_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const requestURIPrefix = "urn:ietf:params:oauth:request_uri:"

// pushed sends a valid request to the pushed authorization request endpoint, changed
// by the pairs.
func (h *house) pushed(pairs ...string) (*provider.PushedResponse, error) {
	h.t.Helper()
	return h.Push(ctx, "", params(h.t, append([]string{
		"client_id", h.id, "client_secret", h.key, "response_type", "code", "redirect_uri", callback, "state", "xyz", "scope", "read",
		"code_challenge", challenge(verifier), "code_challenge_method", "S256",
	}, pairs...)...))
}

// mustPush returns the request_uri of a pushed request.
func (h *house) mustPush(pairs ...string) string {
	h.t.Helper()
	response, err := h.pushed(pairs...)
	if err != nil {
		h.t.Fatal(err)
	}
	return response.RequestURI
}

// open begins a pushed request.
func (h *house) open(requestURI string, pairs ...string) (*provider.AuthorizationRequest, error) {
	h.t.Helper()
	return h.Begin(ctx, params(h.t, append([]string{"client_id", h.id, "request_uri", requestURI}, pairs...)...))
}

func (h *house) mustOpen(requestURI string, pairs ...string) *provider.AuthorizationRequest {
	h.t.Helper()
	r, err := h.open(requestURI, pairs...)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// RFC 9126 §2.2: the request_uri has 256 random bits.
func TestPushedRequestLeadsToACode(t *testing.T) {
	h := newHouse(t, nil)
	response, err := h.pushed()
	if err != nil || !strings.HasPrefix(response.RequestURI, requestURIPrefix) || response.ExpiresIn != 90 {
		t.Fatalf("got %+v: %v", response, err)
	}
	if _, ok := oauth.ParseToken(strings.TrimPrefix(response.RequestURI, requestURIPrefix), oauth.KindPushedRequest); !ok {
		t.Error("the request_uri does not end with a token")
	}
	r := h.mustOpen(response.RequestURI)
	fields := h.mustDecide(r, h.who, "read")
	if fields.Get("state") != "xyz" || fields.Get("iss") != issuer {
		t.Errorf("got %v", fields)
	}
	tokens, err := h.exchange(fields.Get("code"))
	if err != nil || tokens.Scope != "read" {
		t.Errorf("got %+v: %v", tokens, err)
	}
}

// RFC 9126 §2: the client authenticates in the same way as at the token endpoint, and
// a public client sends its client_id.
func TestClientAuthenticatesWhenItPushes(t *testing.T) {
	h := newHouse(t, nil)
	_, err := h.pushed("client_secret", "wrong")
	wantCode(t, err, "invalid_client")
	_, err = h.pushed("client_secret", "")
	wantCode(t, err, "invalid_client")
	_, err = h.pushed("client_id", "nobody")
	wantCode(t, err, "invalid_client")
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(h.id+":"+h.key))
	response, err := h.Push(ctx, basic, params(t, "response_type", "code", "redirect_uri", callback, "code_challenge", challenge(verifier), "code_challenge_method", "S256"))
	if err != nil {
		t.Fatalf("with the Authorization header and without client_id: %v", err)
	}
	h.mustOpen(response.RequestURI)
	_, err = h.Push(ctx, basic, params(t, "client_id", "other", "response_type", "code"))
	wantCode(t, err, "invalid_request")

	public := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantAuthorizationCode}
	})
	public.mustOpen(public.mustPush("client_secret", ""))
}

// RFC 9126 §2.1, §2.3: what the authorization endpoint would reject is rejected at the
// push, and nothing is stored.
func TestInvalidRequestIsRejectedWhenItIsPushed(t *testing.T) {
	for name, test := range map[string]struct {
		pairs []string
		code  string
	}{
		"a request_uri":                      {[]string{"request_uri", "https://app.example/request"}, "invalid_request"},
		"the request_uri of another push":    {[]string{"request_uri", requestURIPrefix + "x"}, "invalid_request"},
		"a redirect URI not registered":      {[]string{"redirect_uri", "https://app.example/other"}, "invalid_request"},
		"an unknown response type":           {[]string{"response_type", "banana"}, "unsupported_response_type"},
		"no response type":                   {[]string{"response_type", ""}, "invalid_request"},
		"an unknown scope":                   {[]string{"scope", "fly"}, "invalid_scope"},
		"no code_challenge":                  {[]string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request"},
		"plain PKCE":                         {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"an unknown prompt":                  {[]string{"prompt", "dance"}, "invalid_request"},
		"an unknown response mode":           {[]string{"response_mode", "fax"}, "invalid_request"},
		"a state that is too long":           {[]string{"state", long}, "invalid_request"},
		"a request object without signature": {[]string{"request", "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"},
		"a text instead of a JWT":            {[]string{"request", "x"}, "invalid_request_object"},
	} {
		h := newHouse(t, nil)
		response, err := h.pushed(test.pairs...)
		if response != nil {
			t.Errorf("%s: got a request_uri", name)
		}
		t.Log(name)
		wantCode(t, err, test.code)
		var e *oauth.Error
		if errors.As(err, &e) && !e.Authenticated {
			t.Errorf("%s: the error is not marked as one of an authenticated client", name)
		}
	}
}

// RFC 9126 §2.2, §4, §7.2, §7.5: the request_uri is bound to the client, expires, and
// cannot be guessed. An error before that is certain is shown only to the person.
func TestRequestURIOfAPushedRequestIsChecked(t *testing.T) {
	h := newHouse(t, nil)
	key := h.key
	other := h.client()
	other.ID, h.key = "other", key
	h.add(other)
	uri := h.mustPush()
	token, _ := oauth.ParseToken(strings.TrimPrefix(uri, requestURIPrefix), oauth.KindPushedRequest)
	wrong := token
	wrong.Secret[0]++
	code := token
	code.Kind = oauth.KindCode
	for name, test := range map[string]struct {
		uri   string
		pairs []string
		code  string
	}{
		"not a token":                {requestURIPrefix + "x", nil, "invalid_request_uri"},
		"empty":                      {requestURIPrefix, nil, "invalid_request_uri"},
		"a code":                     {requestURIPrefix + code.String(), nil, "invalid_request_uri"},
		"unknown":                    {requestURIPrefix + oauth.NewToken(oauth.KindPushedRequest, h.now).String(), nil, "invalid_request_uri"},
		"another secret":             {requestURIPrefix + wrong.String(), nil, "invalid_request_uri"},
		"of another client":          {uri, []string{"client_id", "other"}, "invalid_request_uri"},
		"without client_id":          {uri, []string{"client_id", ""}, "invalid_request"},
		"with another request":       {uri, []string{"request", "eyJhbGciOiJub25lIn0.e30."}, "invalid_request"},
		"of an unknown client":       {uri, []string{"client_id", "nobody"}, "invalid_client"},
		"unchanged, at the last try": {uri, nil, ""},
	} {
		r, err := h.open(test.uri, test.pairs...)
		t.Log(name)
		wantCode(t, err, test.code)
		if (r == nil) != (test.code != "") {
			t.Errorf("%s: the request is %v", name, r)
		}
	}
	h.pass(90*time.Second - time.Millisecond)
	h.mustOpen(uri)
	h.pass(time.Millisecond)
	r, err := h.open(uri)
	wantCode(t, err, "invalid_request_uri")
	if r == nil || r.RedirectURI != callback || r.State != "xyz" {
		t.Errorf("the error of an expired request does not go to the client: %+v", r)
	}
}

// RFC 9101 §5: parameters beside the client_id and the request_uri are ignored.
func TestParametersBesideTheRequestURIAreIgnored(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.RedirectURIs = append(c.RedirectURIs, "https://app.example/other")
	})
	r := h.mustOpen(h.mustPush(), "redirect_uri", "https://app.example/other", "state", "eve", "scope", "write", "prompt", "none",
		"response_type", "token", "response_mode", "fragment", "code_challenge", challenge("eve"), "nonce", "eve", "login_hint", "eve")
	if r.RedirectURI != callback || r.State != "xyz" || r.Scope.String() != "read" || len(r.Prompt) > 0 || r.ResponseType != "" || r.ResponseMode != "" ||
		r.Challenge != challenge(verifier) || r.Nonce != "" || r.LoginHint != "" {
		t.Errorf("got %+v", r)
	}
}

// RFC 9126 §3: with a request object, parameters outside of it are not used, and its
// client_id is that of the client that pushes it.
func TestRequestObjectCanBePushed(t *testing.T) {
	s := newSigning(t, func(_ *provider.Config, c *oauth.Client) { c.RequireRequestObject = true })
	r := s.mustOpen(s.mustPush("request", s.object("", s.completeRequest()), "scope", "openid", "login_hint", "eve", "redirect_uri", "https://app.example/other"))
	if r.State != "signed" || r.RedirectURI != callback || r.LoginHint != "" {
		t.Errorf("got %+v", r)
	}
	_, err := s.pushed()
	wantCode(t, err, "invalid_request")
	foreign := s.completeRequest()
	foreign["client_id"] = "other"
	_, err = s.pushed("request", s.object("", foreign))
	wantCode(t, err, "invalid_request_object")

	// A registered request_uri still works beside pushed requests (RFC 9101 §5.2).
	s.publish[requestAt] = s.object("", s.completeRequest())
	if r, err := s.ask("request_uri", requestAt); err != nil || r.State != "signed" || r.Pushed != "" {
		t.Errorf("by reference: %+v, %v", r, err)
	}
}

// RFC 9126 §5, §6.
func TestPushedRequestsCanBeRequired(t *testing.T) {
	for name, change := range map[string]func(*provider.Config, *oauth.Client){
		"of a client":    func(_ *provider.Config, c *oauth.Client) { c.RequirePushedRequests = true },
		"of all clients": func(config *provider.Config, _ *oauth.Client) { config.RequirePushedRequests = true },
	} {
		h := newHouse(t, change)
		r, err := h.ask()
		t.Log(name)
		wantCode(t, err, "invalid_request")
		if r == nil || r.State != "xyz" {
			t.Errorf("%s: the error does not go to the client", name)
		}
		h.mustOpen(h.mustPush())
	}
}

// RFC 9126 §5.
func TestMetadataAnnouncesPushedRequests(t *testing.T) {
	for _, required := range []bool{false, true} {
		h := newHouse(t, func(config *provider.Config, _ *oauth.Client) { config.RequirePushedRequests = required })
		document, err := h.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		text := string(document.Body)
		if !strings.Contains(text, `"pushed_authorization_request_endpoint":"`+issuer+`/par/"`) || strings.Contains(text, `"require_pushed_authorization_requests":true`) != required {
			t.Errorf("required: %v: %s", required, text)
		}
	}
}
