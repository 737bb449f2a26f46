package admin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The token must not be on the page, in a URL or in the audit log.
func TestAPastedTokenShowsItsPersonAndApplication(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		o := enter(t)
		o.AddUser("ada", false)
		c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name, c.AccessTokenFormat = "Photos", format })
		tokens := o.Tokens(c, secret, "ada", "read offline_access")
		old := tokens.RefreshToken
		next := o.answer("/token", c.ID, secret, "grant_type", "refresh_token", "refresh_token", old)
		access, refresh := fmt.Sprint(next["access_token"]), fmt.Sprint(next["refresh_token"])
		find := func(text string) latchkeytest.Page {
			t.Helper()
			page := o.Browser.Submit(o.open("tokens/"), url.Values{"found": {text}})
			if strings.Contains(page.Body, text) && len(text) > 36 || strings.Contains(page.Request.URL.String(), "lk_") {
				t.Errorf("the token is in the response: %s %s", page.Request.URL, page.Body)
			}
			return page
		}
		for text, kind := range map[string]string{access: "Access token", refresh: "Refresh token", old: "Refresh token that was already exchanged", "  " + access + "\n": "Access token"} {
			page := find(text)
			if page.StatusCode != 200 || !strings.Contains(page.Body, "<h1>"+kind) || !strings.Contains(page.Body, ">ada</bdi></a>") || !strings.Contains(page.Body, ">Photos</bdi></a>") || !strings.Contains(page.Body, ">Valid<") {
				t.Errorf("%s, %s: %s %s", format, kind, page.Status, page.Body)
			}
		}
		for _, text := range []string{"", "x", access[:len(access)-10] + string(access[len(access)-10]^1) + access[len(access)-9:], strings.Replace(refresh, "_rt_", "_at_", 1), strings.Repeat("x", 20_000), "lk_at_" + strings.Repeat("0", 70)} {
			if page := find(text); page.StatusCode != 404 || !strings.Contains(page.Body, "Nothing found") {
				t.Errorf("%.20q: %s", text, page.Status)
			}
		}
		if format == oauth.JWT { // it has no row, but its jti contains the family
			claims := claimsOf(t, access)
			if page := find(claims.JTI); page.StatusCode != 200 || !strings.Contains(page.Body, "<h1>Access token (JWT)") || !strings.Contains(page.Body, `name="family" value="`+claims.Family+`"`) || !strings.Contains(page.Body, ">ada</bdi></a>") {
				t.Errorf("by the jti: %s %s", page.Status, page.Body)
			}
			of, _, _ := strings.Cut(claims.JTI, ".")
			for _, jti := range []string{of, of + "." + of, of + "@" + c.ID + "x", of + "."} {
				if page := find(jti); page.StatusCode != 404 || strings.Contains(page.Body, ">ada<") {
					t.Errorf("by %s: %s", jti, page.Status)
				}
			}
		}
		// The family is revoked, and its tokens are shown as revoked.
		o.Submit(find(refresh), url.Values{"family": {submatch(t, find(refresh).Body, `name="family" value="([^"]+)"`)}})
		for _, text := range []string{access, refresh} {
			if page := find(text); !strings.Contains(page.Body, ">Revoked<") || strings.Contains(page.Body, `name="family"`) {
				t.Errorf("%s, after the revocation: %s", format, page.Body)
			}
		}
	}
}

// claimsOf returns the jti of a JWT and the ID of its family.
func claimsOf(t *testing.T, jwt string) (claims struct{ JTI, Family string }) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// A JWT that an application requested for itself has no family.
func TestJWTOfAnApplicationIsFoundByItsJTI(t *testing.T) {
	o := enter(t)
	for _, id := range []string{"nightly", oauth.RegistrationPrefix + strings.Repeat("A", oauth.MaxClientID-len(oauth.RegistrationPrefix))} {
		o.findsJWT(id)
	}
}

func (o office) findsJWT(id string) {
	t := o.t
	c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.ID, c.Name, c.AccessTokenFormat = id, "Nightly", oauth.JWT })
	access := fmt.Sprint(o.answer("/token", c.ID, secret, "grant_type", "client_credentials")["access_token"])
	find := func(state string) {
		t.Helper()
		page := o.Browser.Submit(o.open("tokens/"), url.Values{"found": {claimsOf(t, access).JTI}})
		if page.StatusCode != 200 || !strings.Contains(page.Body, "<h1>Access token (JWT)") || !strings.Contains(page.Body, ">Nightly</bdi></a>") || !strings.Contains(page.Body, ">"+state+"<") {
			t.Errorf("%s: %s %s", state, page.Status, page.Body)
		}
	}
	if jti := claimsOf(t, access).JTI; len(jti) > 100 {
		t.Errorf("the jti of %.20s has %d bytes", id, len(jti))
	}
	find("Not revoked, and valid until the time below at the latest")
	if err := o.Store.SwitchClient(t.Context(), oauth.ClientSwitch{ClientID: c.ID, Disabled: true, At: o.Now()}); err != nil {
		t.Fatal(err)
	}
	find("Not accepted, because the application or the person is disabled")
}

func TestTokensAreFoundByTheirIDAndErrorsByTheirs(t *testing.T) {
	o := enter(t)
	c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Nightly" })
	o.answer("/token", c.ID, secret, "grant_type", "client_credentials")
	list := o.open("tokens/?kind=access")
	id := submatch(t, list.Body, `name="token" value="([^"]+)"`)
	page := o.Browser.Submit(list, url.Values{"found": {id}})
	if page.Request.URL.Query().Get("id") != id {
		t.Errorf("the ID leads to %s", page.Request.URL)
	}
	page = o.open("tokens/find/?id=" + id)
	if !strings.Contains(page.Body, ">Nightly</bdi></a>") || !strings.Contains(page.Body, `name="token" value="`+id+`"`) {
		t.Errorf("by the ID: %s", page.Body)
	}
	if page := o.open("tokens/find/?id=x"); page.StatusCode != 404 {
		t.Errorf("not an ID: %s", page.Status)
	}
	rejected := o.Provider.Browser().Open(o.Issuer + "/authorize/?client_id=unknown")
	failed := submatch(t, rejected.Body, `id="error-id" value="([a-z2-7]{10})"`)
	page = o.Browser.Submit(o.open("tokens/"), url.Values{"found": {failed}})
	if page.Request.URL.Query().Get("id") != failed || !strings.Contains(page.Request.URL.Path, "/problems/") {
		t.Errorf("by the error ID: %s", page.Request.URL)
	}
}

// TestOtherSecretsAreFound: a secret that was found in a repository can be one of these, and the page
// leads to the place at which it can be revoked. An altered secret is not found.
func TestOtherSecretsAreFound(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.Registration = "token" })
	app, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Photos" })
	ada := o.AddUser("ada", true)
	personal := oauth.NewToken(oauth.KindPersonal, o.Now()).String()
	if _, err := o.Accounts.AddPersonalToken(t.Context(), ada.ID, personal, "script", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
		t.Fatal(err)
	}
	invited, code, err := o.Accounts.Invite(t.Context(), account.NewInvitation{Note: "Bob"})
	if err != nil {
		t.Fatal(err)
	}
	added := o.post("registration/", url.Values{"name": {"build"}, "uses": {"1"}, "days": {"1"}})
	initial := submatch(t, added.Body, `(lk_ia_\w+)`)
	find := func(text string) latchkeytest.Page {
		t.Helper()
		page := o.Browser.Submit(o.open("tokens/"), url.Values{"found": {text}})
		if strings.Contains(page.Body, text) || strings.Contains(page.Request.URL.String(), "lk_") {
			t.Errorf("the secret is in the response: %s %s", page.Request.URL, page.Body)
		}
		return page
	}
	for text, want := range map[string][]string{
		personal: {"API token", ">ada<", `href="/admin/users/` + ada.ID + `/#api-tokens"`, ">Valid<"},
		secret:   {"Client secret", ">Photos</bdi></a>", `href="/admin/applications/` + app.ID + `/"`, ">Valid<"},
		initial:  {"Initial access token", `href="/admin/registration/"`, ">Valid<"},
		code:     {"Invitation code", `href="/admin/invitations/"`, ">Valid<", invited.ID},
	} {
		page := find(text)
		for _, want := range want {
			if page.StatusCode != 200 || !strings.Contains(page.Body, want) {
				t.Errorf("%.6s: the page lacks %s: %s %s", text, want, page.Status, page.Body)
			}
		}
		others := []string{text[:20] + "A" + text[21:], text[:6] + "x"}
		if token, ok := oauth.ParseToken(text, oauth.Kind(text[3:5])); ok {
			token.Secret = [32]byte{1} // with the same ID
			others = append(others, token.String())
		}
		for _, other := range others {
			if page := find(other); other != text && page.StatusCode != 404 {
				t.Errorf("%.6s: an altered secret: %s", text, page.Status)
			}
		}
	}
	// Of other kinds, the page does not say that they are not valid.
	for text, want := range map[string]string{
		oauth.NewToken(oauth.KindAccess, o.Now()).String():       "has not issued",
		oauth.NewToken(oauth.KindRefresh, o.Now()).String():      "has not issued",
		"eyJhbGciOiJFUzI1NiJ9.e30.c2ln":                          "has not issued",
		oauth.NewToken(oauth.KindCode, o.Now()).String():         "does not find tokens of this kind",
		oauth.NewToken(oauth.KindDeviceCode, o.Now()).String():   "does not find tokens of this kind",
		oauth.NewToken(oauth.KindRegistration, o.Now()).String(): "does not find tokens of this kind",
		"lk_rp_x":              "does not find tokens of this kind",
		o.Issuer + "/reset/#x": "does not find tokens of this kind",
	} {
		if page := find(text); page.StatusCode != 404 || !strings.Contains(page.Body, want) {
			t.Errorf("%.6s: the page lacks %q: %s %s", text, want, page.Status, page.Body)
		}
	}
	if err := o.Accounts.WithdrawInvitation(t.Context(), invited.ID); err != nil {
		t.Fatal(err)
	}
	if page := find(code); strings.Contains(page.Body, ">Valid<") {
		t.Errorf("a withdrawn invitation: %s", page.Body)
	}
}
