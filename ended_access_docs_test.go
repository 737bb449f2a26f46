package latchkey_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// access holds the tokens of an application, and the browser of the person.
type access struct {
	*latchkeytest.Provider
	t       *testing.T
	browser *latchkeytest.Browser
	client  *oauth.Client
	secret  string
	tokens  latchkeytest.Tokens
	subject string
}

// endings are the first cells of the table in docs/reference/errors.md, the scopes of the
// permission, and a function that ends the access.
var endings = []struct {
	row, scope string
	end        func(*access)
}{
	{"The person logged out, and the permission has `openid` without `offline_access`", "openid read", (*access).logOut},
	{"The person logged out, and the permission has `offline_access`", "openid offline_access read", (*access).logOut},
	{"The person logged out, and the permission does not have `openid`", "read", (*access).logOut},
	{"The login session expired, and the permission has `openid` without `offline_access`", "openid read", func(a *access) { a.Advance(25 * 24 * time.Hour) }},
	{"The person or an administrator withdrew the permission", "read", func(a *access) {
		a.check(a.Server.WithdrawConsent(a.t.Context(), a.subject, a.client.ID))
	}},
	{"An administrator revoked the tokens of the person", "read", func(a *access) {
		a.check(a.Server.RevokeSubject(a.t.Context(), a.subject))
	}},
	{"The person set a new password", "read", func(a *access) {
		user, err := a.Store.User(a.t.Context(), a.subject)
		a.check(err)
		a.check(a.Accounts.SetPassword(a.t.Context(), user, "another-long-password"))
	}},
	{"The account was disabled", "read", func(a *access) {
		a.check(a.Accounts.Disable(a.t.Context(), a.subject, true))
	}},
	{"The application was disabled", "read", func(a *access) {
		a.client.Disabled = true
		a.check(a.Server.UpdateApplication(a.t.Context(), a.client))
	}},
	{"The application revoked the access token", "read", func(a *access) {
		a.post("/revoke_token/", url.Values{"token": {a.tokens.AccessToken}})
	}},
	{"The application revoked the refresh token", "read", func(a *access) {
		a.post("/revoke_token/", url.Values{"token": {a.tokens.RefreshToken}})
	}},
	{"An old refresh token was used again after the replay window", "read", func(a *access) {
		old := a.tokens
		a.check(json.Unmarshal([]byte(a.post("/token/", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.RefreshToken}})), &a.tokens))
		a.Advance(time.Minute)
		a.post("/token/", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.RefreshToken}})
	}},
	{"The access token expired", "read", func(a *access) { a.Advance(2 * time.Hour) }},
	{"The refresh token expired", "read", func(a *access) { a.Advance(400 * 24 * time.Hour) }},
}

func (a *access) check(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Error(err)
	}
}

func (a *access) logOut() {
	a.t.Helper()
	page := a.browser.Submit(a.browser.Open(a.Issuer+"/logout/"), url.Values{})
	if page.StatusCode != http.StatusOK {
		a.t.Error(page.Status)
	}
}

// post sends a request of the application, and returns the body of the response.
func (a *access) post(path string, form url.Values) string {
	a.t.Helper()
	form.Set("client_id", a.client.ID)
	form.Set("client_secret", a.secret)
	response, err := http.PostForm(a.Issuer+path, form)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body json.RawMessage
	_ = json.NewDecoder(response.Body).Decode(&body) // a revocation has no body
	return string(body)
}

// newAccess lets a person log in to an application with this scope.
func newAccess(t *testing.T, scope string) *access {
	t.Helper()
	p := latchkeytest.New(t)
	a := &access{Provider: p, t: t, browser: p.Browser(), subject: p.AddUser("ada", false).ID}
	a.client, a.secret = p.AddClient("https://app.example/callback", nil)
	const verifier = "0123456789012345678901234567890123456789012"
	challenge := sha256.Sum256([]byte(verifier))
	code, err := a.browser.Authorize(p.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {a.client.ID}, "redirect_uri": a.client.RedirectURIs, "scope": {scope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode(), "ada")
	a.check(err)
	tokens := a.post("/token/", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": a.client.RedirectURIs, "code_verifier": {verifier}})
	a.check(json.Unmarshal([]byte(tokens), &a.tokens))
	return a
}

// cells returns the cells of the row after the first: what an API sees, what its
// introspection sees, and the response to a refresh.
func (a *access) cells() string {
	a.t.Helper()
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+a.tokens.AccessToken)
	a.Server.Require("read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	guard := fmt.Sprint(w.Code)
	if w.Code == http.StatusUnauthorized && strings.Contains(w.Header().Get("WWW-Authenticate"), `error="invalid_token"`) {
		guard += " `invalid_token`"
	}
	var info struct{ Active bool }
	api := *a
	api.client, api.secret = a.AddClient("https://api.example/callback", func(c *oauth.Client) { c.ResourceServer = true })
	a.check(json.Unmarshal([]byte(api.post("/introspect/", url.Values{"token": {a.tokens.AccessToken}})), &info))
	var refreshed struct {
		Error       string
		Description string `json:"error_description"`
	}
	a.check(json.Unmarshal([]byte(a.post("/token/", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.tokens.RefreshToken}})), &refreshed))
	refresh := "new tokens"
	if refreshed.Error != "" {
		refresh = "`" + refreshed.Error + "`: " + refreshed.Description
	}
	return fmt.Sprintf("%s | `\"active\": %t` | %s", guard, info.Active, refresh)
}

// TestDocsListWhatClientsSeeAfterAccessEnds compares the table in docs/reference/errors.md
// with the responses of the server.
func TestDocsListWhatClientsSeeAfterAccessEnds(t *testing.T) {
	page, err := os.ReadFile("docs/reference/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range endings {
		a := newAccess(t, e.scope)
		e.end(a)
		if row := "| " + e.row + " | " + a.cells() + " |\n"; !strings.Contains(string(page), row) {
			t.Errorf("docs/reference/errors.md lacks the row\n%s", row)
		}
	}
}
