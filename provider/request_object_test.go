package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const keysAt, requestAt = "https://app.example/jwks", "https://app.example/request"

// signing is a client that signs its requests. It is also the Outbound with which
// the server fetches its documents.
type signing struct {
	down bool // the server fails where it has published nothing
	*house
	noDocuments
	key     *ecdsa.PrivateKey
	publish map[string]string // the documents by their URL
	asked   []string          // the URLs that were fetched
}

func (s *signing) Get(_ context.Context, address string, _ int64) ([]byte, error) {
	s.asked = append(s.asked, address)
	if body, there := s.publish[address]; there {
		return []byte(body), nil
	}
	if s.down {
		return nil, fmt.Errorf("%w: connection refused", oauth.ErrUnavailable)
	}
	return nil, errors.New("404")
}
func (*signing) Check(string) error { return nil }

func (*signing) Post(context.Context, string, url.Values) error { return errors.New("no") }

func newSigning(t *testing.T, change func(*provider.Config, *oauth.Client)) *signing {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := &signing{key: key, publish: map[string]string{keysAt: string(body)}}
	s.house = newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Outbound = s
		c.JWKSURI, c.RequestURIs = keysAt, []string{requestAt + "#hash"}
		if change != nil {
			change(config, c)
		}
		c.RedirectURIs = append(c.RedirectURIs, "https://app.example/other")
	})
	return s
}

// object returns a signed request object with these claims and this typ.
func (s *signing) object(typ string, members map[string]any) string {
	s.t.Helper()
	header := map[string]any{"kid": "k"}
	if typ != "" {
		header["typ"] = typ
	}
	return testjwt.Sign(s.t, jose.ES256, s.key, header, members)
}

// completeRequest returns the claims of a complete request.
func (s *signing) completeRequest() map[string]any {
	return map[string]any{
		"iss": s.id, "aud": issuer, "exp": s.now.Unix() + 60, "client_id": s.id, "response_type": "code", "redirect_uri": callback,
		"scope": "openid email", "state": "signed", "nonce": "signed", "max_age": 3600, "claims": map[string]any{"userinfo": map[string]any{"name": nil}},
		"code_challenge": challenge(verifier), "code_challenge_method": "S256", "unknown": []int{1},
	}
}

func TestParametersOfASignedRequestObjectAreUsed(t *testing.T) {
	s := newSigning(t, nil)
	object := s.object("", s.completeRequest())
	s.publish[requestAt] = object
	for name, pair := range map[string][]string{"by value": {"request", object}, "by reference": {"request_uri", requestAt}, "with a hash": {"request_uri", requestAt + "#x"}} {
		r, err := s.ask(append(pair, "scope", "openid", "state", "plain", "redirect_uri", "https://app.example/other", "login_hint", "ada")...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.State != "signed" || r.Nonce != "signed" || r.RedirectURI != callback || !r.Scope.Contains("email") || *r.MaxAge != 3600 {
			t.Errorf("%s: got %+v", name, r)
		}
		// OpenID Connect Core §6.1: other plain parameters are used.
		if r.LoginHint != "ada" {
			t.Errorf("%s: a plain parameter that is not in the object is ignored", name)
		}
	}
	// RFC 9101 §6.3: with an object of its type, plain parameters are ignored.
	r, err := s.ask("request", s.object("oauth-authz-req+jwt", s.completeRequest()), "scope", "openid", "login_hint", "ada")
	if err != nil || r.LoginHint != "" {
		t.Errorf("with an object of RFC 9101: %+v, %v", r, err)
	}
	without := s.completeRequest()
	without["scope"] = "read"
	if r, err = s.ask("request", s.object("", without), "login_hint", "ada"); err != nil || r.LoginHint != "" {
		t.Errorf("in a request without openid: %+v, %v", r, err)
	}
	if asked := strings.Count(strings.Join(s.asked, " "), keysAt); asked != 1 {
		t.Errorf("the keys were fetched %d times", asked)
	}
}

func TestInvalidRequestObjectIsRejected(t *testing.T) {
	for name, test := range map[string]struct {
		typ    string
		change func(s *signing, members map[string]any)
		pairs  func(s *signing, object string) []string
		code   string
	}{
		"a valid request object":        {},
		"another issuer":                {change: func(_ *signing, m map[string]any) { m["iss"] = "somebody" }, code: "invalid_request_object"},
		"another audience":              {change: func(_ *signing, m map[string]any) { m["aud"] = []string{"https://other.example"} }, code: "invalid_request_object"},
		"one of two audiences":          {change: func(_ *signing, m map[string]any) { m["aud"] = []string{"https://other.example", issuer} }},
		"expired":                       {change: func(s *signing, m map[string]any) { m["exp"] = s.now.Unix() - 61 }, code: "invalid_request_object"},
		"expired, within the leeway":    {change: func(s *signing, m map[string]any) { m["exp"] = s.now.Unix() - 59 }},
		"not valid yet":                 {change: func(s *signing, m map[string]any) { m["nbf"] = s.now.Unix() + 61 }, code: "invalid_request_object"},
		"an exp that is a string":       {change: func(_ *signing, m map[string]any) { m["exp"] = "soon" }, code: "invalid_request_object"},
		"an exp that is very large":     {change: func(_ *signing, m map[string]any) { m["exp"] = 1e300 }},
		"for client authentication":     {change: func(s *signing, m map[string]any) { m["sub"] = s.id }, code: "invalid_request_object"},
		"another client_id":             {change: func(_ *signing, m map[string]any) { m["client_id"] = "other" }, code: "invalid_request_object"},
		"another response_type":         {change: func(_ *signing, m map[string]any) { m["response_type"] = "code id_token" }, code: "invalid_request_object"},
		"one inside another one":        {change: func(_ *signing, m map[string]any) { m["request_uri"] = requestAt }, code: "invalid_request_object"},
		"a parameter that is a list":    {change: func(_ *signing, m map[string]any) { m["scope"] = []string{"openid"} }, code: "invalid_request_object"},
		"a parameter that is true":      {change: func(_ *signing, m map[string]any) { m["state"] = true }, code: "invalid_request_object"},
		"a NUL":                         {change: func(_ *signing, m map[string]any) { m["state"] = "\x00" }, code: "invalid_request_object"},
		"a redirect URI not registered": {change: func(_ *signing, m map[string]any) { m["redirect_uri"] = "https://evil.example/" }, code: "invalid_request"},
		"an invalid parameter":          {change: func(_ *signing, m map[string]any) { m["prompt"] = "dance" }, code: "invalid_request"},
		"the type of RFC 9101":          {typ: "oauth-authz-req+jwt"},
		"the type in full":              {typ: "application/oauth-authz-req+jwt"},
		"the type of an access token":   {typ: "at+jwt", code: "invalid_request_object"},
		"request and request_uri":       {pairs: func(_ *signing, o string) []string { return []string{"request", o, "request_uri", requestAt} }, code: "invalid_request"},
		"the algorithm none":            {pairs: func(*signing, string) []string { return []string{"request", "eyJhbGciOiJub25lIn0.e30."} }, code: "request_not_supported"},
		"not a JWT":                     {pairs: func(*signing, string) []string { return []string{"request", "x"} }, code: "invalid_request_object"},
		"encrypted":                     {pairs: func(*signing, string) []string { return []string{"request", "e30.a.a.a.a"} }, code: "invalid_request_object"},
		"another signature":             {pairs: func(_ *signing, o string) []string { return []string{"request", o[:len(o)-8] + "AAAAAAAA"} }, code: "invalid_request_object"},
		"a URI that is not registered":  {pairs: func(*signing, string) []string { return []string{"request_uri", "https://app.example/2"} }, code: "invalid_request_uri"},
		"a very long URI":               {pairs: func(*signing, string) []string { return []string{"request_uri", requestAt + "#" + long} }, code: "invalid_request_uri"},
		"a URI without a document": {pairs: func(s *signing, _ string) []string {
			delete(s.publish, requestAt)
			return []string{"request_uri", requestAt}
		}, code: "invalid_request_uri"},
		"a document on a server that is down": {pairs: func(s *signing, _ string) []string {
			delete(s.publish, requestAt)
			s.down = true
			return []string{"request_uri", requestAt}
		}, code: "temporarily_unavailable"},
		"keys on a server that is down": {pairs: func(s *signing, o string) []string {
			delete(s.publish, keysAt)
			s.down = true
			return []string{"request", o}
		}, code: "temporarily_unavailable"},
		"keys that cannot be fetched": {pairs: func(s *signing, o string) []string {
			delete(s.publish, keysAt)
			return []string{"request", o}
		}, code: "invalid_request_object"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSigning(t, nil)
			members := s.completeRequest()
			if test.change != nil {
				test.change(s, members)
			}
			object := s.object(test.typ, members)
			s.publish[requestAt], s.publish["https://app.example/2"] = object, object
			pairs := []string{"request", object}
			if test.pairs != nil {
				pairs = test.pairs(s, object)
			}
			r, err := s.ask(append(pairs, "scope", "openid", "nonce", "n")...)
			wantCode(t, err, test.code)
			if r != nil && r.RedirectURI != callback {
				t.Errorf("the redirect URI is %s", r.RedirectURI)
			}
		})
	}
}

func TestClientCanRequireSignedRequests(t *testing.T) {
	s := newSigning(t, func(_ *provider.Config, c *oauth.Client) {
		c.RequireRequestObject, c.RequestObjectAlg = true, oauth.AlgES256
	})
	_, err := s.ask("scope", "openid", "nonce", "n")
	wantCode(t, err, "invalid_request")
	_, err = s.ask("request", s.object("", s.completeRequest()))
	wantCode(t, err, "")
	// RFC 9101 §10.5: plain parameters are not added to a signed request.
	less := s.completeRequest()
	delete(less, "code_challenge")
	delete(less, "code_challenge_method")
	r, err := s.ask("request", s.object("", less), "scope", "openid", "response_mode", "fragment", "prompt", "login", "login_hint", "eve", "code_challenge", challenge("eve"))
	if err != nil || r.Challenge != "" || r.ResponseMode != "" || r.LoginHint != "" || len(r.Prompt) > 0 {
		t.Errorf("got %+v, %v", r, err)
	}

	s = newSigning(t, func(_ *provider.Config, c *oauth.Client) { c.RequestObjectAlg = oauth.AlgRS256 })
	_, err = s.ask("request", s.object("", s.completeRequest()))
	wantCode(t, err, "invalid_request_object")
}

func FuzzRequestObject(f *testing.F) {
	f.Add([]byte(`{"exp":1e99,"aud":[1],"state":{"a":1},"max_age":-0}`))
	f.Add([]byte(`[]`))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public()}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.JWKS = set })
		text := testjwt.Sign(t, jose.ES256, key, nil, payload)
		c := h.client()
		c.ID, c.RequestObjectAlg = "unsigned", oauth.AlgNone
		h.add(c)
		for id, text := range map[string]string{"client": text, "unsigned": "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(payload) + "."} {
			h.id = id
			r, err := h.ask("request", text)
			var e *oauth.Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%q: %v", payload, err)
			}
			if r != nil && r.RedirectURI != callback {
				t.Errorf("%q leads to %s", payload, r.RedirectURI)
			}
		}
	})
}
