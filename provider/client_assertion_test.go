package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// newKeyed returns a client that authenticates with the key that it publishes.
func newKeyed(t *testing.T, change func(*provider.Config, *oauth.Client)) *signing {
	t.Helper()
	return newSigning(t, func(config *provider.Config, c *oauth.Client) {
		c.AuthMethod = oauth.AuthPrivateKeyJWT
		if change != nil {
			change(config, c)
		}
	})
}

// assertion returns the claims of a valid assertion.
func (s *signing) assertion() map[string]any {
	return map[string]any{"iss": s.id, "sub": s.id, "aud": issuer, "exp": s.now.Unix() + 60, "iat": s.now.Unix(), "jti": rand.Text()}
}

// logged returns what the log has of an error.
func logged(err error) string {
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		return e.Error() + " " + e.Detail
	}
	return fmt.Sprint(err)
}

// present requests a token with an assertion.
func (s *signing) present(assertion string, pairs ...string) error {
	s.t.Helper()
	_, err := s.Token(ctx, "", params(s.t, append([]string{
		"grant_type", "client_credentials", "client_assertion_type", assertionType, "client_assertion", assertion,
	}, pairs...)...))
	return err
}

// TestClaimsOfAClientAssertionAreChecked: RFC 7523 §3, OpenID Connect Core §9.
func TestClaimsOfAClientAssertionAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(s *signing, claims map[string]any)
		says   string // empty: it is accepted
	}{
		"valid":                                 {},
		"without iat":                           {change: func(_ *signing, c map[string]any) { delete(c, "iat") }},
		"the token endpoint as aud":             {change: func(_ *signing, c map[string]any) { c["aud"] = issuer + "/token/" }},
		"the token endpoint without a slash":    {change: func(_ *signing, c map[string]any) { c["aud"] = issuer + "/token" }},
		"another endpoint of this server":       {change: func(_ *signing, c map[string]any) { c["aud"] = issuer + "/introspect" }},
		"two names of this server as aud":       {change: func(_ *signing, c map[string]any) { c["aud"] = []string{issuer, issuer + "/token/"} }},
		"another server as aud":                 {change: func(_ *signing, c map[string]any) { c["aud"] = "https://other.example/o" }, says: "alone"},
		"another server beside us":              {change: func(_ *signing, c map[string]any) { c["aud"] = []string{issuer, "https://other.example/o"} }, says: "alone"},
		"an aud that only begins with us":       {change: func(_ *signing, c map[string]any) { c["aud"] = issuer + "-2" }, says: "alone"},
		"an aud that only looks like us":        {change: func(_ *signing, c map[string]any) { c["aud"] = issuer + "token" }, says: "alone"},
		"a page of this server as aud":          {change: func(_ *signing, c map[string]any) { c["aud"] = issuer + "/authorize/" }, says: "alone"},
		"an empty aud":                          {change: func(_ *signing, c map[string]any) { c["aud"] = []string{} }, says: "no aud"},
		"without aud":                           {change: func(_ *signing, c map[string]any) { delete(c, "aud") }, says: "no aud"},
		"an aud that is a number":               {change: func(_ *signing, c map[string]any) { c["aud"] = 1 }, says: "wrong type"},
		"another iss":                           {change: func(_ *signing, c map[string]any) { c["iss"] = "other" }, says: "iss and the sub"},
		"without iss":                           {change: func(_ *signing, c map[string]any) { delete(c, "iss") }, says: "iss and the sub"},
		"iss in capitals":                       {change: func(s *signing, c map[string]any) { delete(c, "iss"); c["ISS"] = s.id }, says: "iss and the sub"},
		"without exp":                           {change: func(_ *signing, c map[string]any) { delete(c, "exp") }, says: "no exp"},
		"just expired, within the leeway":       {change: func(s *signing, c map[string]any) { c["exp"] = s.now.Unix() - 59 }},
		"expired":                               {change: func(s *signing, c map[string]any) { c["exp"] = s.now.Unix() - 60 }, says: "has expired"},
		"of the longest lifetime":               {change: func(s *signing, c map[string]any) { c["exp"] = s.now.Unix() + 3660 }},
		"valid for too long":                    {change: func(s *signing, c map[string]any) { c["exp"] = s.now.Unix() + 3661 }, says: "60 minutes"},
		"valid forever":                         {change: func(_ *signing, c map[string]any) { c["exp"] = 1e300 }, says: "60 minutes"},
		"an exp that is a string":               {change: func(_ *signing, c map[string]any) { c["exp"] = "soon" }, says: "wrong type"},
		"a nbf within the leeway":               {change: func(s *signing, c map[string]any) { c["nbf"] = s.now.Unix() + 60 }},
		"not valid yet":                         {change: func(s *signing, c map[string]any) { c["nbf"] = s.now.Unix() + 61 }, says: "not valid yet"},
		"made in the future":                    {change: func(s *signing, c map[string]any) { c["iat"] = s.now.Unix() + 61 }, says: "in the future"},
		"made long ago":                         {change: func(s *signing, c map[string]any) { c["iat"] = 1 }},
		"without jti":                           {change: func(_ *signing, c map[string]any) { delete(c, "jti") }, says: "needs a jti"},
		"a jti that is empty":                   {change: func(_ *signing, c map[string]any) { c["jti"] = "" }, says: "needs a jti"},
		"a jti of 256 bytes":                    {change: func(_ *signing, c map[string]any) { c["jti"] = long[:256] }},
		"a long jti":                            {change: func(_ *signing, c map[string]any) { c["jti"] = long[:257] }, says: "needs a jti"},
		"a sub with a NUL, without a client_id": {change: func(_ *signing, c map[string]any) { c["sub"] = "a\x00" }, says: "NUL"},
		"longer than allowed":                   {change: func(_ *signing, c map[string]any) { c["x"] = strings.Repeat("x", 8<<10) }, says: "at most 8192 bytes"},
		"as in a request object":                {change: func(_ *signing, c map[string]any) { delete(c, "sub"); c["client_id"] = "client" }, says: "iss and the sub"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeyed(t, nil)
			claims := s.assertion()
			if test.change != nil {
				test.change(s, claims)
			}
			err := s.present(s.object("", claims))
			if test.says == "" {
				wantCode(t, err, "")
				return
			}
			wantCode(t, err, "invalid_client")
			if !strings.Contains(logged(err), test.says) {
				t.Errorf("got %q, want %q", logged(err), test.says)
			}
		})
	}
}

// TestClientAssertionNeedsTheRegisteredKeyAndAlgorithm: RFC 7523 §3 number 9, RFC
// 8725 §3.1, §3.11.
func TestClientAssertionNeedsTheRegisteredKeyAndAlgorithm(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	for name, test := range map[string]struct {
		client func(*oauth.Client)
		make   func(s *signing) string
		says   string // empty: it is accepted
	}{
		"the key": {make: func(s *signing) string {
			return testjwt.Sign(t, jose.ES256, s.key, map[string]any{"kid": "k"}, s.assertion())
		}},
		"without a kid":         {make: func(s *signing) string { return testjwt.Sign(t, jose.ES256, s.key, nil, s.assertion()) }},
		"the typ JWT":           {make: func(s *signing) string { return s.object("JWT", s.assertion()) }},
		"the typ of its own":    {make: func(s *signing) string { return s.object("client-authentication+jwt", s.assertion()) }},
		"an access token's typ": {make: func(s *signing) string { return s.object("at+jwt", s.assertion()) }, says: "another kind of JWT"},
		"a request object's":    {make: func(s *signing) string { return s.object("oauth-authz-req+jwt", s.assertion()) }, says: "another kind of JWT"},
		"another key": {make: func(s *signing) string {
			return testjwt.Sign(t, jose.ES256, other, map[string]any{"kid": "k"}, s.assertion())
		}, says: "not signed with a key"},
		"an unknown kid": {make: func(s *signing) string {
			return testjwt.Sign(t, jose.ES256, s.key, map[string]any{"kid": "x"}, s.assertion())
		}, says: "no key for the alg and kid"},
		"an algorithm that is not supported": {
			make: func(s *signing) string {
				return testjwt.Sign(t, jose.ES384, p384, map[string]any{"kid": "k"}, s.assertion())
			}, says: "is not a JWT",
		},
		"the algorithm none": {make: func(s *signing) string {
			body, _ := json.Marshal(s.assertion())
			return encode([]byte(`{"alg":"none"}`)) + "." + encode(body) + "."
		}, says: "is not a JWT"},
		"an HMAC with the published key set": {make: func(s *signing) string {
			return testjwt.Sign(t, jose.HS256, []byte(s.publish[keysAt]), nil, s.assertion())
		}, says: "registered for private_key_jwt"},
		"an HMAC with the secret":            {make: func(s *signing) string { return testjwt.Sign(t, jose.HS256, []byte(s.house.key), nil, s.assertion()) }, says: "registered for private_key_jwt"},
		"the registered algorithm":           {client: func(c *oauth.Client) { c.AuthAlg = oauth.AlgES256 }, make: func(s *signing) string { return s.object("", s.assertion()) }},
		"another than the registered one":    {client: func(c *oauth.Client) { c.AuthAlg = oauth.AlgPS256 }, make: func(s *signing) string { return s.object("", s.assertion()) }, says: "must be signed with PS256"},
		"a client registered for no method":  {client: func(c *oauth.Client) { c.AuthMethod = "" }, make: func(s *signing) string { return s.object("", s.assertion()) }, says: "registered for client_secret_basic"},
		"a public client":                    {client: func(c *oauth.Client) { c.Type, c.AuthMethod = oauth.Public, "" }, make: func(s *signing) string { return s.object("", s.assertion()) }, says: "registered for none"},
		"a client registered for its secret": {client: func(c *oauth.Client) { c.AuthMethod = oauth.AuthSecretBasic }, make: func(s *signing) string { return s.object("", s.assertion()) }, says: "registered for client_secret_basic"},
		"a client that is disabled":          {client: func(c *oauth.Client) { c.Disabled = true }, make: func(s *signing) string { return s.object("", s.assertion()) }, says: "disabled"},
		"a client that does not exist": {make: func(s *signing) string {
			claims := s.assertion()
			claims["iss"], claims["sub"] = "nobody", "nobody"
			return s.object("", claims)
		}, says: "is unknown"},
		"a signature that is cut off": {make: func(s *signing) string { o := s.object("", s.assertion()); return o[:len(o)-4] }, says: "not signed with a key"},
		"a text":                      {make: func(*signing) string { return "x" }, says: "is not a JWT"},
		"an encrypted JWT":            {make: func(*signing) string { return "e30.a.a.a.a" }, says: "is not a JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeyed(t, func(_ *provider.Config, c *oauth.Client) {
				if test.client != nil {
					test.client(c)
				}
			})
			err := s.present(test.make(s))
			if test.says == "" {
				wantCode(t, err, "")
				return
			}
			wantCode(t, err, "invalid_client")
			if !strings.Contains(logged(err), test.says) {
				t.Errorf("got %q, want %q", logged(err), test.says)
			}
		})
	}
}

// TestClientAuthenticatesInExactlyOneRegisteredWay: RFC 6749 §2.3.
func TestClientAuthenticatesInExactlyOneRegisteredWay(t *testing.T) {
	s := newKeyed(t, nil)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.id+":"+s.house.key))
	for name, test := range map[string]struct {
		authorization string
		pairs         func(assertion string) []string
		code          string
	}{
		"with the client_id": {"", func(a string) []string {
			return []string{"client_id", s.id, "client_assertion_type", assertionType, "client_assertion", a}
		}, ""},
		"without the client_id": {"", func(a string) []string {
			return []string{"client_assertion_type", assertionType, "client_assertion", a}
		}, ""},
		"with another client_id": {"", func(a string) []string {
			return []string{"client_id", "other", "client_assertion_type", assertionType, "client_assertion", a}
		}, "invalid_client"},
		"with a secret too": {"", func(a string) []string {
			return []string{"client_secret", s.house.key, "client_assertion_type", assertionType, "client_assertion", a}
		}, "invalid_request"},
		"with an Authorization header too": {basic, func(a string) []string {
			return []string{"client_assertion_type", assertionType, "client_assertion", a}
		}, "invalid_request"},
		"without a type": {"", func(a string) []string { return []string{"client_assertion", a} }, "invalid_request"},
		"with a type of SAML": {"", func(a string) []string {
			return []string{"client_assertion_type", strings.Replace(assertionType, "jwt", "saml2", 1), "client_assertion", a}
		}, "invalid_request"},
		"with a type only":                        {"", func(string) []string { return []string{"client_assertion_type", assertionType} }, "invalid_request"},
		"with only the secret in the header":      {basic, func(string) []string { return nil }, "invalid_client"},
		"with only the secret in the body":        {"", func(string) []string { return []string{"client_id", s.id, "client_secret", s.house.key} }, "invalid_client"},
		"with only the client_id":                 {"", func(string) []string { return []string{"client_id", s.id} }, "invalid_client"},
		"with empty parameters beside the secret": {basic, func(string) []string { return []string{"client_assertion", "", "client_assertion_type", ""} }, "invalid_client"},
		"with an empty secret, which is the same as no secret": {"", func(a string) []string {
			return []string{"client_secret", "", "client_assertion_type", assertionType, "client_assertion", a}
		}, ""},
		"with a header of another scheme, and a type": {"Bearer x", func(a string) []string {
			return []string{"client_assertion_type", assertionType, "client_assertion", a}
		}, "invalid_request"},
	} {
		_, err := s.Token(ctx, test.authorization, params(t, append([]string{"grant_type", "client_credentials"}, test.pairs(s.object("", s.assertion()))...)...))
		if wantCode(t, err, test.code); t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestSecretIsRejectedIfTheClientSignsAssertions: RFC 7591 §2. Whether a secret is
// in the header or in the body is not enforced.
func TestSecretIsRejectedIfTheClientSignsAssertions(t *testing.T) {
	for method, accepts := range map[string]bool{
		"": true, oauth.AuthSecretBasic: true, oauth.AuthSecretPost: true, oauth.AuthSecretJWT: false, oauth.AuthPrivateKeyJWT: false,
	} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AuthMethod = method })
		header := "Basic " + base64.StdEncoding.EncodeToString([]byte(h.id+":"+h.key))
		_, inHeader := h.Token(ctx, header, params(t, "grant_type", "client_credentials"))
		_, inBody := h.token("grant_type", "client_credentials")
		if (inHeader == nil) != accepts || (inBody == nil) != accepts {
			t.Errorf("%q: in the header %v, in the body %v", method, inHeader, inBody)
		}
	}
}

// TestClientAssertionIsAcceptedOnce: RFC 7523 §3 number 7, OpenID Connect Core §9.
func TestClientAssertionIsAcceptedOnce(t *testing.T) {
	s := newKeyed(t, nil)
	assertion := s.object("", s.assertion())
	var requests sync.WaitGroup
	var accepted atomic.Int32
	for range 64 {
		requests.Go(func() {
			err := s.present(assertion)
			var rejected *oauth.Error
			switch {
			case err == nil:
				accepted.Add(1)
			case !errors.As(err, &rejected) || rejected.Reason != "used_before":
				t.Error(err)
			}
		})
	}
	requests.Wait()
	if n := accepted.Load(); n != 1 {
		t.Errorf("%d requests were accepted", n)
	}
	if err := s.Revoke(ctx, "", params(t, "token", "x", "client_assertion_type", assertionType, "client_assertion", assertion)); err == nil {
		t.Error("it is accepted again at another endpoint")
	}
	s.pass(2*time.Minute - time.Millisecond)
	wantCode(t, s.present(assertion), "invalid_client")
}

// TestWrongAssertionsDoNotLockOutAClient: anyone can send them.
func TestWrongAssertionsDoNotLockOutAClient(t *testing.T) {
	s := newKeyed(t, nil)
	claims := s.assertion()
	valid := s.object("", claims)
	forged := valid[:len(valid)-8] + "AAAAAAAA" // with the same jti
	for range 100 {
		wantCode(t, s.present(forged), "invalid_client")
	}
	wantCode(t, s.present(valid), "")
}

func TestAllEndpointsAcceptClientAssertions(t *testing.T) {
	s := newKeyed(t, nil)
	with := func(pairs ...string) oauth.Params {
		return params(t, append(pairs, "client_assertion_type", assertionType, "client_assertion", s.object("", s.assertion()))...)
	}
	answer, err := s.Token(ctx, "", with("grant_type", "client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := s.Introspect(ctx, "", with("token", answer.AccessToken)); err != nil || !found.Active {
		t.Errorf("introspection: %+v, %v", found, err)
	}
	wantCode(t, s.Revoke(ctx, "", with("token", answer.AccessToken)), "")
	if s.active(answer.AccessToken) {
		t.Error("the token was not revoked")
	}
	if pushed, err := s.Push(ctx, "", with("response_type", "code", "redirect_uri", callback, "code_challenge", challenge(verifier), "code_challenge_method", "S256")); err != nil || pushed.RequestURI == "" {
		t.Errorf("a pushed request: %+v, %v", pushed, err)
	}
	if device, err := s.AuthorizeDevice(ctx, "", with("scope", "read")); err != nil || device.UserCode == "" {
		t.Errorf("a device: %+v, %v", device, err)
	}
}

// TestFAPIAcceptsOnlyTheIssuerAsAudience: FAPI 2.0 Security Profile §5.3.2.1.
func TestFAPIAcceptsOnlyTheIssuerAsAudience(t *testing.T) {
	s := newKeyed(t, func(config *provider.Config, _ *oauth.Client) { config.IssuerAudienceOnly = true })
	for name, test := range map[string]struct {
		aud  any
		code string
	}{
		"the issuer":              {issuer, ""},
		"the issuer in a list":    {[]string{issuer}, ""},
		"the issuer and a slash":  {issuer + "/", "invalid_client"},
		"the token endpoint":      {issuer + "/token/", "invalid_client"},
		"both":                    {[]string{issuer, issuer + "/token/"}, "invalid_client"},
		"another server":          {[]string{"https://other.example"}, "invalid_client"},
		"the issuer and a server": {[]string{issuer, "https://other.example"}, "invalid_client"},
	} {
		claims := s.assertion()
		claims["aud"] = test.aud
		if wantCode(t, s.present(s.object("", claims)), test.code); t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestRegisteredClientAuthenticatesWithItsKey: RFC 7591 §2. Its registration has no
// row.
func TestRegisteredClientAuthenticatesWithItsKey(t *testing.T) {
	s := newKeyed(t, func(config *provider.Config, _ *oauth.Client) {
		config.Registration, config.RegistrationLimit = provider.RegistrationOpen, -1
	})
	s.register(`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"` + keysAt + `"}`)
	revoke := func(assertion string) error {
		return s.Revoke(ctx, "", params(t, "token", "x", "client_assertion_type", assertionType, "client_assertion", assertion))
	}
	assertion := s.object("", s.assertion())
	wantCode(t, revoke(assertion), "")
	wantCode(t, revoke(assertion), "invalid_client") // used before
	wantCode(t, s.Revoke(ctx, "", params(t, "token", "x", "client_id", s.id)), "invalid_client")
}
