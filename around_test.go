package latchkey_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestMiddlewareThatMustNotWrapLatchkey is that of docs/how-to/use-your-own-users.md: with it, the
// request of an application in the browser for a token fails. Other middleware does no harm.
func TestMiddlewareThatMustNotWrapLatchkey(t *testing.T) {
	csrf := func(except ...string) func(http.Handler) http.Handler {
		protection := http.NewCrossOriginProtection()
		for _, path := range except {
			protection.AddInsecureBypassPattern(path)
		}
		return protection.Handler
	}
	cors := func(next http.Handler) http.Handler { // as common packages do
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	reader := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			next.ServeHTTP(w, r)
		})
	}
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }
	for name, test := range map[string]struct {
		around       func(http.Handler) http.Handler
		answer       string
		preflightFor string
	}{
		"none":                          {func(h http.Handler) http.Handler { return h }, "invalid_grant", "https://app.example"},
		"CSRF protection":               {csrf(), "cross-origin request detected", "https://app.example"},
		"CSRF protection with bypass":   {csrf("/o/", "/.well-known/", "/admin/"), "invalid_grant", "https://app.example"},
		"CORS":                          {cors, "invalid_grant", ""},
		"a middleware that reads":       {reader, "invalid_request", "https://app.example"},
		"a middleware that limits time": {timeout, "invalid_grant", "https://app.example"},
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t)
			p.Use(test.around)
			client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Type = oauth.Public })
			send := func(method string, body url.Values, header map[string]string) (http.Header, string) {
				r, err := http.NewRequestWithContext(t.Context(), method, p.Issuer+"/token/", strings.NewReader(body.Encode()))
				if err != nil {
					t.Fatal(err)
				}
				for key, value := range header {
					r.Header.Set(key, value)
				}
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = response.Body.Close() }()
				answer, err := io.ReadAll(response.Body)
				if err != nil {
					t.Fatal(err)
				}
				return response.Header, string(answer)
			}
			form := url.Values{"grant_type": {"authorization_code"}, "client_id": {client.ID}, "code": {"unknown"}, "redirect_uri": {"https://app.example/cb"}}
			if _, got := send("POST", form, map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://app.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}); !strings.Contains(got, test.answer) {
				t.Errorf("the token request: got %s, want %s", got, test.answer)
			}
			preflight, _ := send("OPTIONS", nil, map[string]string{"Origin": "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "dpop"})
			if got := preflight.Get("Access-Control-Allow-Origin"); got != test.preflightFor {
				t.Errorf("the preflight allows %q, want %q", got, test.preflightFor)
			}
		})
	}
}
