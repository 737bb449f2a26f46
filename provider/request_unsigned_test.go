package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// unsignedObject makes a request object without a signature.
func unsignedObject(t testing.TB, header string, members map[string]any) string {
	t.Helper()
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode(body) + "."
}

func TestUnsignedRequestObjectIsAcceptedOnlyIfRegistered(t *testing.T) {
	const none = `{"alg":"none"}`
	for name, test := range map[string]struct {
		alg    string
		object func(s *signing) string
		code   string
	}{
		"OpenID Connect Core §6.1": {"none", func(s *signing) string { return unsignedObject(t, none, s.whole()) }, ""},
		"a client that did not":    {"", func(s *signing) string { return unsignedObject(t, none, s.whole()) }, "request_not_supported"},
		"a client that signs":      {"ES256", func(s *signing) string { return unsignedObject(t, none, s.whole()) }, "request_not_supported"},
		"a signed one after all":   {"none", func(s *signing) string { return s.object("", s.whole()) }, "invalid_request_object"},
		"one with a signature":     {"none", func(s *signing) string { return unsignedObject(t, none, s.whole()) + "AAAA" }, "invalid_request_object"},
		"two parts":                {"none", func(*signing) string { return "eyJhbGciOiJub25lIn0.e30" }, "invalid_request_object"},
		"no JSON":                  {"none", func(*signing) string { return "eyJhbGciOiJub25lIn0.AAAA." }, "invalid_request_object"},
		"null":                     {"none", func(*signing) string { return "eyJhbGciOiJub25lIn0.bnVsbA." }, "invalid_request_object"},
		"RFC 9101 §4 its type": {"none", func(s *signing) string {
			return unsignedObject(t, `{"alg":"none","typ":"oauth-authz-req+jwt"}`, s.whole())
		}, "invalid_request_object"},
		"RFC 7515 §4.1.11 crit": {"none", func(s *signing) string { return unsignedObject(t, `{"alg":"none","crit":["b64"]}`, s.whole()) }, "invalid_request_object"},
		"what no database keeps": {"none", func(s *signing) string {
			members := s.whole()
			members["nonce"] = json.RawMessage("{\"\xff\":1}")
			return unsignedObject(t, none, members)
		}, "invalid_request_object"},
		"another client_id": {"none", func(s *signing) string {
			members := s.whole()
			members["client_id"] = "other"
			return unsignedObject(t, none, members)
		}, "invalid_request_object"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSigning(t, func(c *oauth.ClientOpenID) { c.RequestObjectAlg = test.alg })
			r, err := s.ask("request", test.object(s), "scope", "openid", "state", "plain")
			wantCode(t, err, test.code)
			if test.code == "" && (r.State != "signed" || !r.Scope.Contains("email")) {
				t.Errorf("what the object says does not count: %+v", r)
			}
			if r == nil || !strings.HasPrefix(s.Deny(r).Location(), callback) {
				t.Error("the error has nowhere to go")
			}
		})
	}
}

func TestSettingsThatWeakenAClientAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		field  string
	}{
		"none, but requests must be signed": {func(c *oauth.Client) {
			c.RequestObjectAlg, c.RequireRequestObject, c.JWKSURI = "none", true, keysAt
		}, "request_object_signing_alg"},
		"none for ID tokens": {func(c *oauth.Client) { c.IDTokenAlg = "none" }, "id_token_signed_response_alg"},
		"no PKCE for a public application": {func(c *oauth.Client) {
			c.Type, c.Secrets, c.GrantTypes = oauth.Public, nil, []string{oauth.GrantAuthorizationCode}
			withoutPKCE(c)
		}, "code_without_pkce"},
		"no PKCE, but PKCE required": {func(c *oauth.Client) { c.RequirePKCE = true; withoutPKCE(c) }, "code_without_pkce"},
		"no PKCE":                    {withoutPKCE, ""},
		"none":                       {func(c *oauth.Client) { c.RequestObjectAlg = "none" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newHouse(t, nil).client()
			test.change(c)
			faults := provider.ValidateClient(c, oauth.DefaultScopeInfos())
			if test.field == "" && len(faults) > 0 || test.field != "" && (len(faults) != 1 || faults[0].Field != test.field) {
				t.Errorf("got %v, want %q", faults, test.field)
			}
		})
	}
}
