package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestRequestsWithoutATokenAreAnsweredWithoutAnErrorCode: RFC 6750 §3.1. A request with
// another kind of credentials has no token either. The body of a response of the
// registration endpoint always has an error code, because clients read it as JSON
// (RFC 7591 §3.2.2).
func TestRequestsWithoutATokenAreAnsweredWithoutAnErrorCode(t *testing.T) {
	for _, policy := range []string{provider.RegistrationToken, provider.RegistrationPerson} {
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.Registration = policy })
		for _, endpoint := range []string{"POST /register/", "GET /register/x/", "PUT /register/x/", "DELETE /register/x/", "GET /userinfo/", "POST /userinfo/"} {
			method, path, _ := strings.Cut(endpoint, " ")
			for authorization, given := range map[string]bool{"": false, "Basic YTpi": false, "Bearer": false, "Bearer x": true} {
				r, err := http.NewRequestWithContext(t.Context(), method, p.Issuer+path, strings.NewReader(`{"redirect_uris":["https://app.example/cb"]}`))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				if authorization != "" {
					r.Header.Set("Authorization", authorization)
				}
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				var body map[string]any
				_ = json.NewDecoder(response.Body).Decode(&body) // userinfo answers with an empty body
				_ = response.Body.Close()
				challenge := response.Header.Get("WWW-Authenticate")
				_, code := body["error"]
				if response.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(challenge, "Bearer ") ||
					strings.Contains(challenge, "error") == !given || code != (given || strings.Contains(path, "register")) {
					t.Errorf("%s, %s with %q: %s, %s, %v", policy, endpoint, authorization, response.Status, challenge, body)
				}
			}
		}
	}
}
