package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// unsignedObject returns a request object without a signature.
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
		"OpenID Connect Core §6.1":            {"none", func(s *signing) string { return unsignedObject(t, none, s.completeRequest()) }, ""},
		"a client that did not register it":   {"", func(s *signing) string { return unsignedObject(t, none, s.completeRequest()) }, "request_not_supported"},
		"a client that registered ES256":      {"ES256", func(s *signing) string { return unsignedObject(t, none, s.completeRequest()) }, "request_not_supported"},
		"a signed request object":             {"none", func(s *signing) string { return s.object("", s.completeRequest()) }, "invalid_request_object"},
		"the algorithm none with a signature": {"none", func(s *signing) string { return unsignedObject(t, none, s.completeRequest()) + "AAAA" }, "invalid_request_object"},
		"two parts":                           {"none", func(*signing) string { return "eyJhbGciOiJub25lIn0.e30" }, "invalid_request_object"},
		"a payload that is not JSON":          {"none", func(*signing) string { return "eyJhbGciOiJub25lIn0.AAAA." }, "invalid_request_object"},
		"a payload that is null":              {"none", func(*signing) string { return "eyJhbGciOiJub25lIn0.bnVsbA." }, "invalid_request_object"},
		"the type of RFC 9101": {"none", func(s *signing) string {
			return unsignedObject(t, `{"alg":"none","typ":"oauth-authz-req+jwt"}`, s.completeRequest())
		}, "invalid_request_object"},
		"a critical extension": {"none", func(s *signing) string {
			return unsignedObject(t, `{"alg":"none","crit":["b64"]}`, s.completeRequest())
		}, "invalid_request_object"},
		"invalid UTF-8": {"none", func(s *signing) string {
			members := s.completeRequest()
			members["nonce"] = json.RawMessage("{\"\xff\":1}")
			return unsignedObject(t, none, members)
		}, "invalid_request_object"},
		"another client_id": {"none", func(s *signing) string {
			members := s.completeRequest()
			members["client_id"] = "other"
			return unsignedObject(t, none, members)
		}, "invalid_request_object"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSigning(t, func(_ *provider.Config, c *oauth.Client) { c.RequestObjectAlg = test.alg })
			r, err := s.ask("request", test.object(s), "scope", "openid", "state", "plain")
			wantCode(t, err, test.code)
			if test.code == "" && (r.State != "signed" || !r.Scope.Contains("email")) {
				t.Errorf("the parameters of the object are not used: %+v", r)
			}
			if r == nil || !strings.HasPrefix(s.Refuse(r, oauth.Errorf(oauth.CodeAccessDenied, "no")).Location(), callback) {
				t.Error("the error cannot be sent to the client")
			}
		})
	}
}
