package interop_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// atZitadel logs the user of the example in, and returns the address to which they come
// back.
func atZitadel(t *testing.T, issuer, address, back string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	response, err := browser.PostForm(issuer+"login/username", url.Values{
		"id": {page.Request.URL.Query().Get("authRequestID")}, "username": {"test-user@localhost"}, "password": {"verysecure"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	location, err := response.Location()
	if err != nil {
		t.Fatalf("%v: %s", err, response.Status)
	}
	return location.String()
}

// TestPeopleLogInWithZitadel: the example provider of github.com/zitadel/oidc is a login
// provider. The account is created once, every step of the test of the settings passes, and
// the logout leads to its end_session endpoint.
func TestPeopleLogInWithZitadel(t *testing.T) {
	issuer := zitadel(t)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		storage.RegisterClients(storage.WebClient("login", "secret", o.Issuer+"/login/with/zitadel/callback/"))
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		o.LoginProviders = []latchkey.LoginProvider{{Name: "zitadel", Title: "Zitadel", Issuer: issuer, ClientID: "login", ClientSecret: "secret", SignUp: "automatic", SingleLogout: true}}
	})
	p.AddUser("root", true)
	var subject string
	for range 2 {
		b := p.Browser()
		at := b.Open(p.Issuer + "/login/with/zitadel/?next=/o/account/").RedirectURL
		if at == nil || !strings.HasPrefix(at.String(), issuer) {
			t.Fatalf("leads to %v", at)
		}
		page := b.Open(atZitadel(t, issuer, at.String(), p.Issuer))
		if page.StatusCode != http.StatusOK || page.Request.URL.Path != "/o/account/" {
			t.Fatalf("comes back to %s: %d %s", page.Request.URL, page.StatusCode, page.Body)
		}
		u, err := p.Store.UserByName(t.Context(), "test-user")
		if err != nil || (subject != "" && u.ID != subject) || u.Email != "test-user@zitadel.ch" {
			t.Fatalf("%+v, %v", u, err)
		}
		subject = u.ID
		out := b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{}).RedirectURL
		if out == nil || !strings.HasPrefix(out.String(), issuer+"end_session?") {
			t.Errorf("the logout leads to %v", out)
		}
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/?next=/admin/login-providers/zitadel/"), "root")
	response, err := b.PostForm(p.URL+"/admin/login-providers/zitadel/test/", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || !strings.Contains(string(body), "All steps of the test have passed") {
		t.Errorf("the test: %v %s", err, body)
	}
}
