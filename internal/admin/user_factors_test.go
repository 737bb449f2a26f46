package admin_test

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// addFactors adds an authenticator app and a connected account to a user.
func (o office) addFactors(username string) *account.User {
	o.t.Helper()
	u, err := o.Store.UserByName(o.t.Context(), username)
	if err != nil {
		o.t.Fatal(err)
	}
	now := time.Now()
	err = o.Store.ChangeFactors(o.t.Context(), account.FactorChange{
		User: u, Factors: []account.FactorKind{account.FactorTOTP}, At: now,
		Add: []account.Factor{
			{ID: sha256.Sum256([]byte("totp " + u.ID)), UserID: u.ID, Kind: account.FactorTOTP, Body: "x", CreatedAt: now},
			{ID: sha256.Sum256([]byte("identity " + u.ID)), UserID: u.ID, Kind: account.FactorIdentity, Body: "{}", CreatedAt: now.Add(time.Second)},
		},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// kinds returns the kinds of the factors of a user.
func (o office) kinds(userID string) string {
	o.t.Helper()
	have, err := o.Store.Factors(o.t.Context(), userID)
	if err != nil {
		o.t.Fatal(err)
	}
	var kinds []string
	for _, f := range have {
		kinds = append(kinds, string(f.Kind))
	}
	return strings.Join(kinds, " ")
}

// TestAdministratorRemovesLostFactors: the sessions of the person end, connected accounts
// remain, and the change is an event.
func TestAdministratorRemovesLostFactors(t *testing.T) {
	var events []oauth.Event
	o := enter(t, func(options *latchkey.Options) {
		options.OnEvent = func(_ context.Context, e oauth.Event) { events = append(events, e) }
	})
	bob := o.AddUser("bob", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "bob")
	if page := o.open("users/" + bob.ID + "/"); strings.Contains(page.Body, "Remove second factors") {
		t.Error("the form of a user without a second factor offers to remove it")
	}
	o.addFactors("bob")
	if page := o.open("users/" + bob.ID + "/"); !strings.Contains(page.Body, "Remove second factors") {
		t.Error("the form of a user with a second factor does not offer to remove it")
	}
	if page := b.Open(o.Issuer + "/account/"); page.Request.URL.Path != "/o/account/" {
		t.Fatalf("the session of bob has ended: %s", page.Request.URL)
	}
	page := o.post("users/"+bob.ID+"/factors/", nil)
	if !strings.Contains(page.Body, "The second factors have been removed") || o.kinds(bob.ID) != "identity" {
		t.Errorf("%s, and the factors are %s: %s", page.Status, o.kinds(bob.ID), page.Body)
	}
	if page := b.Open(o.Issuer + "/account/"); page.Request.URL.Path == "/o/account/" {
		t.Error("a session of bob is valid")
	}
	last := events[len(events)-1]
	if last.Name != oauth.EventAdministration || last.Kind != "users/{id}/factors" || last.Target != bob.ID || last.Outcome != oauth.OutcomeOK {
		t.Errorf("the event is %+v", last)
	}
}

// TestLostFactorsAreRemovedByAnotherAdministrator: neither a form of another site, nor a
// person who is not an administrator, nor administrators themselves remove factors. A
// thief with the session of an administrator cannot remove that administrator's factors.
func TestLostFactorsAreRemovedByAnotherAdministrator(t *testing.T) {
	o := enter(t)
	o.AddUser("eve", false)
	o.AddUser("bob", false)
	eve := o.Provider.Browser()
	eve.LogIn(eve.Open(o.Issuer+"/login/"), "eve")
	bob := o.addFactors("bob")
	action := func(id string) string { return o.URL + "/admin/users/" + id + "/factors/" }
	send := func(client *http.Client, id string, header ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, action(id), strings.NewReader(url.Values{"confirmed": {"yes"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if len(header) > 0 {
			r.Header.Set(header[0], header[1])
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	own, missing := send(o.Client, o.user("root").ID), send(o.Client, "nobody")
	root := o.addFactors("root") // from now on, the password does not confirm the identity of root
	for what, test := range map[string]struct{ got, want int }{
		"without a recent proof":    {send(o.Client, bob.ID), http.StatusOK},
		"a form of another site":    {send(o.Client, bob.ID, "Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"a person without rights":   {send(eve.Client, bob.ID), http.StatusForbidden},
		"an administrator's own":    {own, http.StatusConflict},
		"a user who does not exist": {missing, http.StatusNotFound},
		"a link to the action":      {o.open("users/" + bob.ID + "/factors/").StatusCode, http.StatusNotFound},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %d, want %d", what, test.got, test.want)
		}
	}
	if o.kinds(bob.ID) != "totp identity" || o.kinds(root.ID) != "totp identity" {
		t.Errorf("the factors are %q and %q", o.kinds(bob.ID), o.kinds(root.ID))
	}
	if page := o.open("users/" + root.ID + "/"); strings.Contains(page.Body, "Remove second factors") {
		t.Error("the form of the administrator's own account offers to remove the factors")
	}
}
