package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// connects adds a user who is connected with the provider acme.
func (o office) connects(name string, withPassword bool) {
	o.t.Helper()
	u := o.AddUser(name, false)
	u, err := o.Store.User(o.t.Context(), u.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	if !withPassword {
		if err := o.Store.SetPassword(o.t.Context(), account.PasswordChange{User: u, At: time.Now()}); err != nil {
			o.t.Fatal(err)
		}
	}
	f := account.Factor{ID: account.IdentityID("https://acme.example", name), UserID: u.ID, Kind: account.FactorIdentity, Body: fmt.Sprintf(`{"provider":"acme","issuer":"https://acme.example","subject":%q}`, name)}
	if err := o.Store.ChangeFactors(o.t.Context(), account.FactorChange{User: u, Factors: u.Factors, Add: []account.Factor{f}, At: time.Now()}); err != nil {
		o.t.Fatal(err)
	}
}

const twoConnected, oneLocked = "2 people are connected with this provider.", "1 of them has no other way to log in"

// TestChangeThatLocksPeopleOutOfAProviderIsSavedOnlyAfterItsReview: the review says how many people
// are connected. Nothing that was entered is lost, and the secret is on no page.
func TestChangeThatLocksPeopleOutOfAProviderIsSavedOnlyAfterItsReview(t *testing.T) {
	o := enter(t)
	o.post("login-providers/add/", acme)
	o.connects("ada", true)
	o.connects("bob", false)
	stored := func() string {
		t.Helper()
		rows, err := o.Store.LoginProviders(t.Context())
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		return string(rows[0].Settings)
	}
	before := stored()
	for field, value := range map[string]string{"issuer": "https://other.example", "email_domains": "a.example", "groups": "staff", "sign_up": "never", "disabled": "on"} {
		fields := url.Values{field: {value}, "title": {"Acme & Co"}, "provider_secret": {"hush"}}
		review := o.Browser.Submit(o.open("login-providers/acme/edit/"), fields)
		for _, want := range []string{`<code class="member">` + field + `</code>`, twoConnected, oneLocked, `name="provider_secret"`} {
			if review.StatusCode != http.StatusOK || !strings.Contains(review.Body, want) || strings.Contains(review.Body, "hush") {
				t.Errorf("%s: %s is missing: %s %s", field, want, review.Status, review.Body)
			}
		}
		form := o.Browser.Submit(review, url.Values{"again": {"1"}})
		if kept := controls(form.Body); kept.Get(field) != value || kept.Get("title") != "Acme &amp; Co" && kept.Get("title") != "Acme & Co" || !strings.Contains(form.Body, "Enter the client secret again") {
			t.Errorf("%s: the form has %v", field, kept)
		}
		if stored() != before {
			t.Fatalf("%s: saved without a review", field)
		}
	}
	review := o.Browser.Submit(o.open("login-providers/acme/edit/"), url.Values{"issuer": {"https://other.example"}, "provider_secret": {"hush"}})
	if saved := o.Browser.Submit(review, url.Values{"confirmed": {"yes"}, "provider_secret": {"hush"}}); saved.StatusCode != http.StatusOK || !strings.Contains(stored(), "other.example") {
		t.Errorf("after the review: %s %s", saved.Status, saved.Body)
	}
	if saved := o.post("login-providers/acme/edit/", url.Values{"title": {"Other"}}); !strings.Contains(saved.Body, "have been saved") {
		t.Errorf("a harmless change: %s", saved.Body)
	}
}

// TestLoginProviderIsDisabledInsteadOfRemoved: the question says whom the removal locks out, and the
// login page and the audit log follow.
func TestLoginProviderIsDisabledInsteadOfRemoved(t *testing.T) {
	o := enter(t)
	o.post("login-providers/add/", acme)
	o.connects("ada", true)
	o.connects("bob", false)
	offered := func() bool {
		return strings.Contains(o.Provider.Browser().Open(o.Issuer+"/login/").Body, "Continue with acme")
	}
	press := func(page latchkeytest.Page, to string) latchkeytest.Page {
		t.Helper()
		page.Request.URL, _ = url.Parse(o.URL + "/admin/login-providers/acme/switch/")
		return o.Browser.Submit(page, url.Values{"to": {to}})
	}
	remove := func() latchkeytest.Page {
		page := o.open("login-providers/acme/")
		page.Request.URL, _ = url.Parse(o.URL + "/admin/login-providers/acme/delete/")
		return o.Browser.Submit(page, url.Values{"nothing": nil})
	}
	asked := remove()
	for _, want := range []string{twoConnected, oneLocked, "Disable instead", `formaction="/admin/login-providers/acme/switch/"`} {
		if !strings.Contains(asked.Body, want) {
			t.Errorf("%s is missing: %s", want, asked.Body)
		}
	}
	if asked := press(o.open("login-providers/acme/"), "disabled"); !strings.Contains(asked.Body, twoConnected) || !offered() {
		t.Errorf("without an answer: %s", asked.Body)
	}
	asked.Request.URL, _ = url.Parse(o.URL + "/admin/login-providers/acme/switch/")
	if page := o.Browser.Submit(asked, url.Values{"confirmed": {"yes"}, "to": {"disabled"}}); !strings.Contains(page.Body, "The login provider is disabled") || offered() {
		t.Errorf("disabled: %s %s", page.Status, page.Body)
	}
	if page := remove(); strings.Contains(page.Body, "Disable instead") || !strings.Contains(page.Body, twoConnected) {
		t.Errorf("the removal of a disabled provider: %s", page.Body)
	}
	if page := press(o.open("login-providers/acme/"), "enabled"); !strings.Contains(page.Body, "The login provider is enabled") || !offered() {
		t.Errorf("enabled: %s %s", page.Status, page.Body)
	}
	log := o.open("audit/").Body
	for _, want := range []string{"Disabled the login provider", "Enabled the login provider"} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in the audit log", want)
		}
	}
}
