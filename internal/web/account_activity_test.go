package web_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestActivityShowsWhatHappenedToTheAccount in plain words, including attempts of others to
// log in, and nothing about other people: neither their activity nor the address of an
// administrator.
func TestActivityShowsWhatHappenedToTheAccount(t *testing.T) {
	p := latchkeytest.New(t)
	ada, bob := p.AddUser("ada", false), p.AddUser("bob", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "bob")
	b = p.Browser()
	page := b.Open(p.Issuer + "/login/")
	b.Submit(page, url.Values{"username": {"ada"}, "password": {"not it"}})
	b.LogIn(page, "ada")
	b.Submit(b.Open(p.Issuer+"/account/profile/"), url.Values{"action": {"profile"}, "name": {"Ada Lovelace"}})
	log := audit.New(audit.Config{Store: p.Store, Key: []byte("key"), Clock: p.Now})
	log.OnEvent(context.Background(), oauth.Event{
		Name: oauth.EventAdministration, Kind: "users/{id}", Target: ada.ID, Actor: bob.ID, Outcome: oauth.OutcomeOK, Address: netip.MustParseAddr("203.0.113.77"), At: p.Now(),
	})
	log.OnEvent(context.Background(), oauth.Event{
		Name: oauth.EventAdministration, Kind: "api-tokens", Target: "t1", Actor: ada.ID, Subject: ada.ID, Outcome: oauth.OutcomeOK, At: p.Now(),
	})
	page = b.Open(p.Issuer + "/account/activity/")
	for _, want := range []string{"You added or revoked an API token", "You logged in", "A login failed", "You changed your profile", "An administrator changed your account", "127.0.0.1", "This was not me", `href="#not-me"`, "Log out everywhere else", `value="everywhere"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page has no %q: %s %s", want, page.Status, page.Body)
		}
	}
	if strings.Contains(page.Body, "203.0.113.77") || strings.Contains(page.Body, "bob") || strings.Count(page.Body, "You logged in") != 1 {
		t.Errorf("the page shows other people: %s", page.Body)
	}
	if page := b.Open(p.Issuer + "/account/activity/?after=x"); page.StatusCode != http.StatusOK {
		t.Errorf("a wrong cursor: %s", page.Status)
	}
	data, err := web.PersonDataOf(context.Background(), p.Store, p.Store, ada, p.Now())
	if err != nil || len(data.Activity) != 5 {
		t.Fatalf("%+v %v", data, err)
	}
	for _, r := range data.Activity {
		if r.Actor == bob.ID || r.Origin != nil && r.Origin.Address == "203.0.113.77" {
			t.Errorf("%+v", r)
		}
	}
}

// TestActivityDoesNotCountAttemptsAtOtherAccounts: the log counts failed logins that it did not
// record, whichever account they were about.
func TestActivityDoesNotCountAttemptsAtOtherAccounts(t *testing.T) {
	p := latchkeytest.New(t)
	ada, bob := p.AddUser("ada", false), p.AddUser("bob", false)
	log := audit.New(audit.Config{Store: p.Store, Key: []byte("key"), Clock: p.Now})
	fails := func(person string) {
		log.OnEvent(context.Background(), oauth.Event{
			Name: oauth.EventLogin, Outcome: oauth.OutcomeWrongPassword, Address: netip.MustParseAddr("203.0.113.77"), At: p.Now(), Details: &oauth.EventDetails{Person: person},
		})
	}
	for range 30 {
		fails(bob.ID)
	}
	p.Advance(time.Minute)
	fails(ada.ID)
	stored, _, err := audit.List(context.Background(), p.Store, audit.Filter{Person: ada.ID}, paging.Page{Limit: 10})
	if err != nil || len(stored) != 1 || stored[0].Repeated != 10 {
		t.Fatalf("the log has %+v, %v", stored, err)
	}
	data, err := web.PersonDataOf(context.Background(), p.Store, p.Store, ada, p.Now())
	if err != nil || len(data.Activity) != 1 || data.Activity[0].Repeated != 0 {
		t.Errorf("%+v %v", data, err)
	}
}

// TestEveryChangeThatPeopleMakeToTheirAccountIsRecorded: a page of the account that accepts a form is in
// one of the lists. The events of the pages have tests of their own.
func TestEveryChangeThatPeopleMakeToTheirAccountIsRecorded(t *testing.T) {
	p := latchkeytest.New(t)
	ada := p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.CodeWithoutPKCE = true })
	b, other := p.Browser(), p.Browser()
	other.LogIn(other.Open(p.Issuer+"/login/"), "ada")
	link := p.Issuer + "/authorize/?" + url.Values{"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {"https://app.example/cb"}, "scope": {"read"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode()
	if _, err := b.Authorize(link, "ada"); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		rows, err := p.Store.AuditQueue(context.Background(), 10_000)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range rows {
			if r.Person == ada.ID {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		path, event string
		fields      url.Values
	}{
		{"/account/profile/", oauth.EventProfileChange, url.Values{"action": {"profile"}, "name": {"Ada"}}},
		{"/account/applications/", oauth.EventWithdrawal, url.Values{"action": {"withdraw"}, "client": {client.ID}, "confirmed": {"yes"}}},
		{"/account/sessions/", oauth.EventSessionEnd, url.Values{"action": {"everywhere"}, "confirmed": {"yes"}}},
		{"/account/confirm/", oauth.EventConfirmation, url.Values{"password": {latchkeytest.Password}}},
		{"/account/password/", oauth.EventPasswordChange, url.Values{"present": {latchkeytest.Password}, "password": {"a-better-password"}, "password_again": {"a-better-password"}}},
	} {
		before := count()
		page := b.Submit(b.Open(p.Issuer+c.path), c.fields)
		if count() == before {
			t.Errorf("%s: no record of %s: %s %s", c.path, c.event, page.Status, page.Body)
		}
	}
	tested := []string{
		"profile", "applications", "sessions", "confirm", "password",
		"security", "security/totp", "security/passkey", "providers", "delete", "keep", "picture", // in tests of their own
		"data", "security/offer", // change nothing
	}
	_, people := web.Endpoints()
	for _, e := range people {
		name, own := strings.CutPrefix(strings.TrimSuffix(e.Path, "/"), "/o/account/")
		if own && strings.Contains(e.Methods, "POST") && !slices.Contains(tested, name) {
			t.Errorf("%s: no test shows that its changes are recorded", e.Path)
		}
	}
}
