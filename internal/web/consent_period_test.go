package web_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestPeopleChooseHowLongAPermissionLasts, see it on the page of their applications, and
// are asked again.
func TestPeopleChooseHowLongAPermissionLasts(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Shop" })
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	for _, want := range []string{`<option value="" selected>As long as possible</option>`, `<option value="30d">30 days</option>`, `<option value="1d">1 day</option>`, `<option value="once">This time only (3 hours)</option>`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %s:\n%s", want, page.Body)
		}
	}
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "period": {"1d"}})
	if !strings.Contains(page.Body, `<option value="1d" selected>`) {
		t.Errorf("the choice is lost after a mistake: %s", page.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "period": {"1d"}})
	if list := b.Open(p.Issuer + "/account/applications/"); strings.Contains(list.Body, "Shop") {
		t.Errorf("the page lists the application before it has access: %s", list.Body)
	}
	redeem(t, p, client, secret, page.RedirectURL.Query().Get("code"))
	list := b.Open(p.Issuer + "/account/applications/")
	for _, want := range []string{"<bdi>Shop</bdi>", "<bdi>See your data</bdi>", "Access ends"} {
		if !strings.Contains(list.Body, want) {
			t.Errorf("the page of applications lacks %q: %s", want, list.Body)
		}
	}
	if page = b.Open(authorizeURL(p, client, nil)); page.RedirectURL != nil || !strings.Contains(page.Body, "First allowed by you on") {
		t.Errorf("the person is not asked again: %v", page.RedirectURL)
	}
	if page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "period": {"forever"}}); page.RedirectURL != nil {
		t.Errorf("an unknown period is accepted: %v", page.RedirectURL)
	}
	if page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "period": {""}}); page.RedirectURL == nil {
		t.Errorf("without an end: got %s", page.Body)
	}
	if page = b.Open(authorizeURL(p, client, nil)); page.RedirectURL == nil {
		t.Errorf("a permission without an end is not remembered: %s", page.Body)
	}
}

// TestAgentWithoutAChoiceGetsOneDay: the consent page of a host may lack the field.
func TestAgentWithoutAChoiceGetsOneDay(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	for _, agent := range []bool{false, true} {
		client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Agent = agent })
		b := p.Browser()
		page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
		page.Body = regexp.MustCompile(`(?s)<select[^>]*name="period".*?</select>`).ReplaceAllString(page.Body, "")
		if strings.Contains(page.Body, `name="period"`) {
			t.Fatalf("the page still has the field: %s", page.Body)
		}
		if page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}}); page.RedirectURL == nil {
			t.Fatalf("agent: %t: got %s", agent, page.Body)
		}
		if page = b.Open(authorizeURL(p, client, nil)); (page.RedirectURL == nil) != agent {
			t.Errorf("agent: %t: the permission has no end: %v", agent, page.RedirectURL)
		}
	}
}

// TestEnterCancelsTheRequestOfAnAgent: the Enter key presses the first button.
func TestEnterCancelsTheRequestOfAnAgent(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	for _, agent := range []bool{false, true} {
		client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Agent = agent })
		b := p.Browser()
		page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
		cancel, authorize := strings.Index(page.Body, `value="cancel"`), strings.Index(page.Body, `value="authorize"`)
		if cancel < 0 || authorize < 0 || (cancel < authorize) != agent {
			t.Errorf("agent: %t: the button Cancel is at %d, Authorize at %d", agent, cancel, authorize)
		}
		if agent != strings.Contains(page.Body, `<option value="1d" selected>`) {
			t.Errorf("agent: %t: the selected period is wrong:\n%s", agent, page.Body)
		}
	}
}

// TestOverviewCountsOnlyApplicationsWithAccess counts a permission for a limited time until it
// expires.
func TestOverviewCountsOnlyApplicationsWithAccess(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "period": {"once"}})
	counts := func(want string) {
		t.Helper()
		if overview := b.Open(p.Issuer + "/account/"); !strings.Contains(overview.Body, want) {
			t.Errorf("the overview lacks %q: %s", want, overview.Body)
		}
	}
	redeem(t, p, client, secret, page.RedirectURL.Query().Get("code"))
	counts("1 application")
	p.Advance(3*time.Hour + time.Minute)
	counts("0 applications")
}

// TestLastLimitedPeriodIsSelected: people who limited a permission are asked again, and find
// their choice. A permission without an end is not selected for an agent.
func TestLastLimitedPeriodIsSelected(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	for _, agent := range []bool{false, true} {
		client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Agent, c.AskEveryTime = agent, true })
		b := p.Browser()
		page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
		for _, chosen := range []string{"once", "30d", "1d", "", "30d"} {
			b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "period": {chosen}})
			want := chosen
			if agent && chosen == "" {
				want = "1d"
			}
			page = b.Open(authorizeURL(p, client, nil))
			if !strings.Contains(page.Body, `<option value="`+want+`" selected>`) || strings.Count(page.Body, " selected>") < 1 {
				t.Errorf("agent: %t: after %q, %q is not selected: %s", agent, chosen, want, page.Body)
			}
		}
	}
}

// TestPermissionOfADeviceEndsWithThePeriod: the end is on the page of the person and in their
// data, and refreshing does not extend it (RFC 8628 §3.5, RFC 6749 §6).
func TestPermissionOfADeviceEndsWithThePeriod(t *testing.T) {
	for period, length := range map[string]time.Duration{"once": 3 * time.Hour, "1d": 24 * time.Hour, "30d": 30 * 24 * time.Hour, "": 0} {
		clock := new(movableClock)
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
		ada := p.AddUser("ada", false)
		tv := newTelevision(t, p, nil)
		b := p.Browser()
		page := b.LogIn(b.Open(tv.VerificationURIComplete), "ada")
		page = b.Submit(page, url.Values{"user_code": {tv.UserCode}})
		decision := authorized()
		decision.Set("period", period)
		b.Submit(page, decision)
		refresh := stringIn(t, tv.poll(), "refresh_token")
		if ends := strings.Contains(b.Open(p.Issuer+"/account/applications/").Body, "Access ends"); ends != (length > 0) {
			t.Errorf("%q: the page of the person shows the end: %t", period, ends)
		}
		data, err := web.PersonDataOf(t.Context(), p.Accounts.Store, p.Store, ada, clock.now())
		if err != nil {
			t.Fatal(err)
		}
		if len(data.Access) != 1 || len(data.Consents) != 1 {
			t.Fatalf("%q: got %+v", period, data)
		}
		full := data.Consents[0].UpdatedAt.Add(length) // by the clock of the provider, which is ahead of the other one
		for _, end := range []time.Time{data.Access[0].EndsAt, data.Consents[0].EndsAt} {
			if length == 0 && !end.IsZero() || length > 0 && (end.After(full) || end.Before(full.Add(-time.Minute))) {
				t.Errorf("%q: the data has the end %v", period, end)
			}
		}
		if length == 0 {
			continue
		}
		renew := func() string {
			_, body := send(t, "POST", p.Issuer+"/token/", url.Values{"client_id": {tv.id}, "grant_type": {oauth.GrantRefreshToken}, "refresh_token": {refresh}}.Encode(), "Content-Type", form)
			return body
		}
		clock.move(length - 10*time.Minute)
		refresh = stringIn(t, renew(), "refresh_token")
		clock.move(11 * time.Minute)
		if body := renew(); !strings.Contains(body, "limited time") {
			t.Errorf("%q: after the end: %s", period, body)
		}
	}
}

// stringIn returns a member of a JSON object.
func stringIn(t *testing.T, object, name string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		t.Fatal(err)
	}
	text, _ := members[name].(string)
	if text == "" {
		t.Fatalf("no %s in %s", name, object)
	}
	return text
}

// TestConsentPageShowsThatAPermissionLastsOnlyAsLongAsTheLogin: with openid and without offline_access, it
// does not outlive the login session (OpenID Connect Core §11).
func TestConsentPageShowsThatAPermissionLastsOnlyAsLongAsTheLogin(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	for scope, want := range map[string]struct {
		text  string
		month bool
	}{
		"openid read":                {"The permission lasts up to 30 days. It also ends when you log out here, or do not use this website for 12 hours.", false},
		"openid read offline_access": {"The permission lasts up to 180 days, and ends earlier if it is not used for 30 days. ", true},
		"read":                       {"The permission lasts up to 180 days, and ends earlier if it is not used for 30 days. ", true},
	} {
		b := p.Browser()
		page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"scope": {scope}})), "ada")
		if !strings.Contains(page.Body, want.text) || strings.Contains(page.Body, "log out here") != !want.month || strings.Contains(page.Body, `<option value="30d"`) != want.month {
			t.Errorf("%s: got\n%s", scope, page.Body)
		}
	}
}
