package latchkey_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// access holds the tokens of an application, an authorization code that it has not used yet, and the
// browser of the person.
type access struct {
	*latchkeytest.Provider
	t       *testing.T
	browser *latchkeytest.Browser
	client  *oauth.Client
	secret  string
	tokens  latchkeytest.Tokens
	code    string
	subject string
	host    *protectedHost
}

// endings are the first cells of the tables in docs/reference/errors.md, the scopes of the
// permission, and a function that ends the access. If that depends on the application, it does the same
// to the application of the protected host.
var endings = []struct {
	row, scope string
	end        func(*access)
}{
	{"The person logged out, and the permission has `openid` without `offline_access`", "openid read", (*access).logOut},
	{"The person logged out, and the permission has `offline_access`", "openid offline_access read", (*access).logOut},
	{"The person logged out, and the permission does not have `openid`", "read", (*access).logOut},
	{"The login session expired, and the permission has `openid` without `offline_access`", "openid read", func(a *access) { a.Advance(25 * 24 * time.Hour) }},
	{"The person or an administrator withdrew the permission", "read", func(a *access) {
		for _, c := range []*oauth.Client{a.client, a.host.client} {
			a.check(a.Server.WithdrawConsent(a.t.Context(), a.subject, c.ID))
		}
	}},
	{"An administrator revoked the tokens of the person", "read", func(a *access) {
		a.check(a.Server.RevokeSubject(a.t.Context(), a.subject))
	}},
	{"The person set a new password", "read", func(a *access) {
		user, err := a.Store.User(a.t.Context(), a.subject)
		a.check(err)
		a.check(a.Accounts.SetPassword(a.t.Context(), user, "another-long-password"))
	}},
	{"An administrator revoked everything that was issued to the application", "read", func(a *access) {
		for _, c := range []*oauth.Client{a.client, a.host.client} {
			page := a.browser.Open(a.URL + "/admin/applications/" + c.ID + "/")
			page.Request.URL.Path += "revoke/"
			a.browser.Submit(page, url.Values{"confirmed": {"yes"}})
		}
	}},
	{"The account was disabled", "read", func(a *access) {
		a.check(a.Accounts.Disable(a.t.Context(), a.subject, true))
	}},
	{"The application was disabled", "read", func(a *access) {
		for _, c := range []*oauth.Client{a.client, a.host.client} {
			c.Disabled = true
			a.check(a.Server.UpdateApplication(a.t.Context(), c))
		}
	}},
	{"The application was deleted", "read", func(a *access) {
		for _, c := range []*oauth.Client{a.client, a.host.client} {
			a.check(a.Server.DeleteApplication(a.t.Context(), c.ID))
		}
	}},
	{"An administrator cancelled the authorization code", "read", func(a *access) {
		page := a.browser.Open(a.URL + "/admin/requests/?kind=code&application=" + a.client.ID)
		page = a.browser.Submit(page, url.Values{"all": {"cancel"}, "confirmed": {"yes"}})
		if page.StatusCode >= http.StatusBadRequest {
			a.t.Error(page.Status)
		}
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
		a.code = a.authorize("read") // the earlier one has expired
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

const codeVerifier = "0123456789012345678901234567890123456789012"

// authorize lets the person give a permission, and returns the code.
func (a *access) authorize(scope string) string {
	a.t.Helper()
	challenge := sha256.Sum256([]byte(codeVerifier))
	code, err := a.browser.Authorize(a.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {a.client.ID}, "redirect_uri": a.client.RedirectURIs, "scope": {scope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode(), "ada")
	a.check(err)
	return code
}

// exchange sends a code to the token endpoint, and returns the body of the response.
func (a *access) exchange(code string) []byte {
	a.t.Helper()
	return []byte(a.post("/token/", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": a.client.RedirectURIs, "code_verifier": {codeVerifier}}))
}

// newAccess lets an administrator log in to an application with this scope, at a protected host, and in
// the back office.
func newAccess(t *testing.T, scope string) *access {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	p.AddUser("root", true) // so that ada can be disabled
	a := &access{Provider: p, t: t, browser: p.Browser(), subject: p.AddUser("ada", true).ID}
	a.client, a.secret = p.AddClient("https://app.example/callback", nil)
	a.check(json.Unmarshal(a.exchange(a.authorize(scope)), &a.tokens))
	a.code = a.authorize(scope)
	a.host = a.newProtectedHost()
	return a
}

// A protectedHost is an application behind a proxy that asks the server about each request.
type protectedHost struct {
	client  *oauth.Client
	cookies map[string]string // of the browser
}

// newProtectedHost lets the person log in at a protected host.
func (a *access) newProtectedHost() *protectedHost {
	a.t.Helper()
	h := &protectedHost{cookies: make(map[string]string)}
	h.client, _ = a.AddClient("https://wiki.example.com"+provider.ForwardCallback, func(c *oauth.Client) {
		c.Type, c.Secrets, c.GrantTypes = oauth.Public, nil, []string{oauth.GrantAuthorizationCode}
	})
	callback, err := a.browser.Decide(a.ask(h, "https://wiki.example.com/").Header.Get("Location"), "ada", true)
	if err != nil {
		a.t.Fatal(err)
	}
	a.ask(h, callback.String())
	return h
}

// ask sends what a proxy sends about a request for an address, and keeps the cookies of the response.
func (a *access) ask(h *protectedHost, address string) *http.Response {
	a.t.Helper()
	u, err := url.Parse(address)
	a.check(err)
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, a.Issuer+"/forward-auth/"+h.client.ID+"/", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	for name, value := range map[string]string{"X-Forwarded-Method": http.MethodGet, "X-Forwarded-Proto": u.Scheme, "X-Forwarded-Host": u.Host, "X-Forwarded-Uri": u.RequestURI(), "Accept": "text/html"} {
		r.Header.Set(name, value)
	}
	for name, value := range h.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		a.t.Fatal(err)
	}
	_ = response.Body.Close()
	for _, cookie := range response.Cookies() {
		h.cookies[cookie.Name] = cookie.Value
	}
	return response
}

// otherCells returns the cells of the second table: the response to the exchange of the code, the
// status of a request at the protected host, and the page that the back office shows.
func (a *access) otherCells() string {
	a.t.Helper()
	var exchanged struct {
		Error       string
		Description string `json:"error_description"`
	}
	a.check(json.Unmarshal(a.exchange(a.code), &exchanged))
	code := "new tokens"
	if exchanged.Error != "" {
		code = "`" + exchanged.Error + "`: " + exchanged.Description
	}
	office := "the page"
	switch page := a.browser.Open(a.URL + "/admin/"); {
	case strings.Contains(page.Request.URL.Path, "/login/"):
		office = "the login page"
	case page.StatusCode != http.StatusOK:
		office = page.Status
	}
	return fmt.Sprintf("%s | %d | %s", code, a.ask(a.host, "https://wiki.example.com/").StatusCode, office)
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

// TestDocsListWhatClientsSeeAfterAccessEnds compares the tables in docs/reference/errors.md
// with the responses of the server.
func TestDocsListWhatClientsSeeAfterAccessEnds(t *testing.T) {
	page, err := os.ReadFile("docs/reference/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range endings {
		a := newAccess(t, e.scope)
		e.end(a)
		for _, cells := range []string{a.otherCells(), a.cells()} {
			if row := "| " + e.row + " | " + cells + " |\n"; !strings.Contains(string(page), row) {
				t.Errorf("docs/reference/errors.md lacks the row\n%s", row)
			}
		}
	}
}
