package e2e

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // authenticator apps support no other hash
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

var (
	secretText  = regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`)
	codeText    = regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`)
	acrOfAnswer = regexp.MustCompile(`acr_values="([^"]+)"`)
)

// oneTimeCode returns the code of an authenticator app (RFC 6238) at a time.
func oneTimeCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	message, step := make([]byte, 8), at.Unix()/30
	for i := range message {
		message[7-i] = byte(step >> (8 * i))
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(message)
	sum, number := mac.Sum(nil), 0
	for _, b := range sum[sum[19]&15:][:4] {
		number = number<<8 | int(b)
	}
	return fmt.Sprintf("%06d", number&0x7fffffff%1_000_000)
}

// stepUp is a server with an application, an API and a person who has an authenticator app.
type stepUp struct {
	*browser
	t      *testing.T
	p      *provider
	site   *site
	secret string
	codes  []string
}

// token exchanges the code that the application receives.
func (s *stepUp) token(client string) string {
	s.t.Helper()
	callback := s.site.at("shop", "/cb")
	response, err := s.p.client().PostForm(s.p.issuer+"/token/", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {client}, "redirect_uri": {callback},
		"code": {s.site.waitFor(callback).form.Get("code")}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		s.t.Fatalf("the token endpoint: %s, %v", response.Status, err)
	}
	return answer.Token
}

// ask opens an authorization request. The browser is remembered, so that the person needs the
// second factor only if the request, the application or the scope requires it.
func (s *stepUp) ask(client, scope string, pairs ...string) {
	s.t.Helper()
	s.open(s.p.authorize(client, append([]string{"redirect_uri", s.site.at("shop", "/cb"), "scope", scope}, pairs...)...))
}

func (s *stepUp) allow() {
	s.t.Helper()
	s.click("#allow")
	s.clickThrough("button[value=authorize]")
}

// recover uses the next recovery code on the page of the second step.
func (s *stepUp) recover() {
	s.t.Helper()
	s.says("Use a recovery code")
	s.clickThrough("p.sm a")
	s.enter(s.codes[0])
	s.codes = s.codes[1:]
}

func (s *stepUp) enter(code string) {
	s.t.Helper()
	s.typed("#code", code)
	s.clickThrough("form:has(#code) button.primary")
}

func (s *stepUp) logOut() {
	s.t.Helper()
	s.open(s.p.issuer + "/logout/")
	s.clickThrough("main form button")
}

// TestAPIStepUpLeadsToATokenOfTwoFactors (RFC 9470): an API rejects the token of a login with
// one factor, and accepts the one after the step-up, with a one-time code or a recovery code.
// An application and a scope in the configuration file require the second factor too,
// although the browser is remembered.
func TestAPIStepUpLeadsToATokenOfTwoFactors(t *testing.T) {
	config := filepath.Join(t.TempDir(), "latchkey.yaml")
	text := "scopes:\n  - name: read\n    description: see your orders\n  - name: pay\n    description: pay from your account\n    second_factor: true\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProvider(t, "--config", config)
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %t", scripts), func(t *testing.T) {
			name := fmt.Sprintf("person%t", scripts)
			p.run(personPassword, "user", "add", name, "--password-stdin")
			s := &stepUp{t: t, p: p, site: startSite(t), browser: newBrowser(t, scripts)}
			s.site.page("/cb", "Thank you")
			callback := s.site.at("shop", "/cb")
			client := p.app(callback, "--type", "public", "--access-token-format", "jwt")
			strict := p.app(callback, "--type", "public", "--require-second-factor")
			guard := &resource.Guard{Verifier: &resource.JWT{Issuer: p.issuer, Audience: p.issuer, Client: p.client()}}
			api := httptest.NewServer(guard.RequirePolicy(resource.Policy{ACRValues: []string{"urn:latchkey:acr:2fa", "phr"}})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
			t.Cleanup(api.Close)
			call := func(token string) *http.Response {
				t.Helper()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+token)
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				return response
			}

			s.open(p.issuer + "/login/?next=/o/account/security/totp/")
			s.logIn(name, personPassword)
			s.secret = secretText.FindString(s.text())
			s.enter(oneTimeCode(t, s.secret, time.Now()))
			if s.codes = codeText.FindAllString(s.text(), -1); len(s.codes) != 10 {
				t.Fatalf("the recovery codes: %q", s.codes)
			}
			s.logOut()
			s.open(p.issuer + "/login/?next=/o/account/")
			s.logIn(name, personPassword)
			s.clickThrough("p.sm a")
			s.click("input[name=remember]")
			s.enter(s.codes[0])
			s.codes = s.codes[1:]
			s.says("Your account")
			s.logOut()

			s.ask(client, "openid read")
			s.logIn(name, personPassword)
			s.allow()
			refused := call(s.token(client))
			wanted := acrOfAnswer.FindStringSubmatch(refused.Header.Get("WWW-Authenticate"))
			if refused.StatusCode != http.StatusUnauthorized || wanted == nil || !strings.Contains(refused.Header.Get("WWW-Authenticate"), "insufficient_user_authentication") {
				t.Fatalf("the API: %s %s", refused.Status, refused.Header)
			}
			s.ask(client, "openid read", "acr_values", wanted[1])
			s.says("One-time code")
			if scripts {
				s.enter(oneTimeCode(t, s.secret, time.Now().Add(30*time.Second))) // the present one was used
			} else {
				s.recover()
			}
			if accepted := call(s.token(client)); accepted.StatusCode != http.StatusOK {
				t.Errorf("after the step-up: %s %s", accepted.Status, accepted.Header)
			}

			for _, request := range []struct{ client, scope string }{{client, "openid pay"}, {strict, "openid read"}} {
				s.logOut()
				s.ask(request.client, request.scope)
				s.logIn(name, personPassword)
				s.says("One-time code")
				s.recover()
				s.allow()
				s.token(request.client)
			}
		})
	}
}
