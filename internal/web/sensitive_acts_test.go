package web_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// sensitiveActs are the forms with which a person at an open browser could take over an
// account, read all of its data, or delete it.
var sensitiveActs = []struct {
	name, path string
	fields     url.Values
}{
	{"a new address", "profile", url.Values{"action": {"profile"}, "name": {"Ada"}, "email": {"eve@evil.example"}, "email_password": {latchkeytest.Password}}},
	{"a new password", "password", url.Values{"present": {latchkeytest.Password}, "password": {"another long password"}, "password_again": {"another long password"}}},
	{"no password", "password", url.Values{"action": {"remove"}, "confirmed": {"yes"}}},
	{"without a factor", "security", url.Values{"action": {"remove"}, "confirmed": {"yes"}}},
	{"new recovery codes", "security", url.Values{"action": {"codes"}, "confirmed": {"yes"}}},
	{"a new app", "security/totp", url.Values{"form": {"x"}, "code": {"123456"}}},
	{"a new passkey", "security/passkey", url.Values{"passkey": {"{}"}}},
	{"another provider", "providers", url.Values{"provider": {"acme"}}},
	{"without a provider", "providers", url.Values{"action": {"remove"}, "id": {"00"}}},
	{"the data", "data", url.Values{}},
	{"deletion", "delete", url.Values{"username": {"ada"}, "confirmed": {"yes"}}},
}

// harmlessForms are the other forms of the account, with the reason why a person need not
// confirm their identity.
var harmlessForms = map[string]string{
	"sessions":     "ends logins; a person who lost a device must be quick",
	"applications": "withdraws permissions",
	"confirm":      "is the confirmation",
	"picture":      "changes what others see, and nothing that protects the account",

	"security/offer": "changes only whether this browser is asked again",
}

// TestEveryFormOfTheAccountIsHarmlessOrNeedsTheStrongestFactor: after a login with the password
// in a remembered browser, each sensitive act asks for the code of the app, and changes
// nothing.
func TestEveryFormOfTheAccountIsHarmlessOrNeedsTheStrongestFactor(t *testing.T) {
	g := newGuarded(t, func(o *latchkey.Options) { withPasskeys(o); allowLoopback(o) })
	g.URL = strings.TrimSuffix(g.Issuer, "/o")
	b := g.Browser()
	logIn := func() latchkeytest.Page {
		b.Submit(b.Open(g.Issuer+"/logout/"), nil)
		return g.password(b, g.Issuer+"/login/")
	}
	g.code(b, logIn(), "", "remember")
	logIn()
	if !g.isIn(b) {
		t.Fatal("the browser is not remembered")
	}
	state := func() (*account.User, []account.Factor) {
		u, err := g.Store.User(t.Context(), g.ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		have, err := g.Store.Factors(t.Context(), g.ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		return u, have
	}
	user, factors := state()
	covered := make(map[string]bool)
	for _, act := range sensitiveActs {
		covered[act.path] = true
		response, body := browserSends(t, b, "POST", g.Issuer+"/account/"+act.path+"/", act.fields.Encode(), "Origin", g.URL, "Sec-Fetch-Site", "same-origin")
		if response.StatusCode != http.StatusOK || !strings.Contains(body, `name="confirm_code"`) {
			t.Errorf("%s: got %s to %q %s", act.name, response.Status, response.Header.Get("Location"), body)
		}
		if u, have := state(); !reflect.DeepEqual(u, user) || !reflect.DeepEqual(have, factors) {
			t.Errorf("%s changes the account", act.name)
		}
	}
	_, people := web.Endpoints()
	for _, e := range people {
		path, ours := strings.CutPrefix(e.Path, "/o/account/")
		path = strings.TrimSuffix(path, "/")
		if ours && e.Authentication == endpoint.Person && strings.Contains(e.Methods, "POST") && !covered[path] && harmlessForms[path] == "" {
			t.Errorf("the form of %s is neither sensitive nor harmless", e.Path)
		}
	}
}
