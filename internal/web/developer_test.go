package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A developer is a person with a browser, on the pages of own applications.
type developer struct {
	*latchkeytest.Provider
	b *latchkeytest.Browser
	u *account.User
	t *testing.T
}

func develop(t *testing.T, change func(*latchkey.Options)) developer {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Developers = "everybody"
		if change != nil {
			change(o)
		}
	})
	return developerOf(t, p, "ada")
}

func developerOf(t *testing.T, p *latchkeytest.Provider, name string) developer {
	t.Helper()
	d := developer{p, p.Browser(), p.AddUser(name, false), t}
	d.b.LogIn(d.b.Open(p.Issuer+"/applications/"), name)
	return d
}

// get opens a page below /applications/.
func (d developer) get(path string) latchkeytest.Page {
	d.t.Helper()
	return d.b.Open(d.Issuer + "/applications/" + path)
}

// post sends a form to a page below /applications/.
func (d developer) post(path string, form url.Values) (status int, body string) {
	d.t.Helper()
	response, err := d.b.PostForm(d.Issuer+"/applications/"+path, form)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

// apps returns the applications for which the person is responsible.
func (d developer) apps() []*oauth.Client {
	d.t.Helper()
	apps, _, err := d.Store.Clients(d.t.Context(), oauth.ClientFilter{OwnerID: d.u.ID, Responsible: true}, paging.Page{Limit: 50})
	if err != nil {
		d.t.Fatal(err)
	}
	return apps
}

// register registers a web application.
func (d developer) register(more url.Values) *oauth.Client {
	d.t.Helper()
	form := url.Values{"kind": {"web"}, "client_id": {oauth.NewClientID()}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"openid", "email"}}
	for name, values := range more {
		form[name] = values
	}
	before := d.apps()
	status, body := d.post("add/", form)
	apps := d.apps()
	if status != http.StatusOK || len(apps) != len(before)+1 {
		d.t.Fatalf("registering: %d, %d applications: %s", status, len(apps), body)
	}
	i := slices.IndexFunc(apps, func(c *oauth.Client) bool {
		return !slices.ContainsFunc(before, func(b *oauth.Client) bool { return b.ID == c.ID })
	})
	return d.stored(apps[i].ID)
}

func (d developer) stored(id string) *oauth.Client {
	d.t.Helper()
	c, err := d.Store.Client(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// TestRegistrationIsClosedByDefault: the setting opens the page to nobody, to the people in
// a group, or to everybody.
func TestRegistrationIsClosedByDefault(t *testing.T) {
	for setting, want := range map[string]int{"": http.StatusForbidden, "everybody": http.StatusOK, "group:devs": http.StatusForbidden} {
		d := develop(t, func(o *latchkey.Options) { o.Developers = setting })
		if page := d.get("add/?kind=web"); page.StatusCode != want {
			t.Errorf("%q: %s", setting, page.Status)
		}
		status, _ := d.post("add/", url.Values{"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"openid"}})
		if status != want || len(d.apps()) != map[bool]int{true: 1}[want == http.StatusOK] {
			t.Errorf("%q: registering gives %d", setting, status)
		}
	}
	d := develop(t, func(o *latchkey.Options) { o.Developers = "group:devs" })
	u, err := d.Store.User(t.Context(), d.u.ID)
	if err != nil {
		t.Fatal(err)
	}
	u.Claims = []byte(`{"groups":["staff","devs"]}`)
	if err := d.Accounts.Update(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if page := d.get("add/?kind=web"); page.StatusCode != http.StatusOK {
		t.Errorf("a person in the group: %s", page.Status)
	}
}

// TestRegistrationKeepsTheLimits: whatever a person sends, the application has only what the
// administrator allows.
func TestRegistrationKeepsTheLimits(t *testing.T) {
	d := develop(t, func(o *latchkey.Options) { o.DeveloperLimit = 2 })
	c := d.register(url.Values{
		"scope": {"openid", "email", "read", "write"}, "skip_authorization": {"yes"}, "grant_types": {"client_credentials"}, "allowed_origins": {"https://evil.example"},
		"owner_id": {"somebody"}, "resource_server": {"yes"}, "service_user": {"root"}, "legacy_features": {"implicit=2099-01-01"}, "access_token_ttl": {"720h"}, "disabled": {"no"},
	})
	want := oauth.Client{
		ID: c.ID, Name: "Shop", Type: oauth.Confidential, RegisteredByPerson: true, UnverifiedAt: c.CreatedAt, OwnerID: d.u.ID, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
		RedirectURIs: []string{"https://shop.example/cb"}, Scopes: oauth.Scopes{"openid", "email"}, Secrets: c.Secrets, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, RevokedBefore: c.RevokedBefore, Version: c.Version,
	}
	for _, change := range changesOf(&want, c) {
		t.Errorf("the application has %+v", change)
	}
	if len(c.Secrets) != 1 || !strings.Contains(d.get(c.ID+"/").Body, c.Secrets[0].End) {
		t.Error("the application has no secret")
	}
	for name, form := range map[string]url.Values{
		"no scope":        {"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}},
		"other scopes":    {"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"read"}},
		"plain http":      {"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"http://shop.example/cb"}, "scope": {"openid"}},
		"a wildcard":      {"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"https://*.shop.example/cb"}, "scope": {"openid"}},
		"no name":         {"kind": {"web"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"openid"}},
		"an API":          {"kind": {"api"}, "client_name": {"API"}, "scope": {"openid"}},
		"kind not chosen": {"kind": {"machine"}, "client_name": {"Job"}, "scope": {"openid"}},
	} {
		if d.post("add/", form); len(d.apps()) != 1 {
			t.Fatalf("%s: the application was added", name)
		}
	}
	d.register(nil)
	status, body := d.post("add/", url.Values{"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"openid"}})
	if status != http.StatusConflict || len(d.apps()) != 2 || !strings.Contains(body, "You have too many applications") {
		t.Errorf("above the limit: %d %s", status, body)
	}
}

// TestOwnersChangeOnlyWhatOwnersDecide: of their own applications, and of no others.
func TestOwnersChangeOnlyWhatOwnersDecide(t *testing.T) {
	d := develop(t, nil)
	eve := developerOf(t, d.Provider, "eve")
	c := d.register(nil)
	edit := url.Values{"action": {"save"}, "version": {strconv.FormatInt(c.Version, 10)}, "client_name": {"Renamed"}, "redirect_uris": {"https://shop.example/two"}, "scope": {"read"}, "skip_authorization": {"yes"}}
	for _, action := range []string{"save", "rotate", "delete", "offer", "transfer", "withdraw", "remove_owner", ""} {
		form := url.Values{"action": {action}, "version": edit["version"], "client_name": {"Evil"}, "overlap": {"0"}, "confirmed": {"yes"}, "owner": {d.u.ID}}
		if status, body := eve.post(c.ID+"/", form); status != http.StatusNotFound || strings.Contains(body, "Shop") {
			t.Errorf("another person, %s: %d", action, status)
		}
	}
	if page := eve.get(c.ID + "/"); page.StatusCode != http.StatusNotFound || strings.Contains(page.Body, "Shop") {
		t.Errorf("another person sees the application: %s", page.Status)
	}
	if now := d.stored(c.ID); now.Version != c.Version {
		t.Fatalf("another person has changed %+v", changesOf(c, now))
	}
	d.post(c.ID+"/", edit)
	after := d.stored(c.ID)
	if after.Name != "Renamed" || !slices.Equal(after.RedirectURIs, []string{"https://shop.example/two"}) || after.SkipAuthorization || !slices.Equal(after.Scopes, c.Scopes) {
		t.Errorf("got %+v", changesOf(c, after))
	}
	if status, body := d.post(c.ID+"/", edit); status != http.StatusConflict || !strings.Contains(body, "The application was changed") || !strings.Contains(body, "Open the application again") || strings.Contains(body, "Your account") {
		t.Errorf("an older version was saved: %d %s", status, body)
	}
	_, body := d.post(c.ID+"/", url.Values{"action": {"rotate"}, "overlap": {"0"}})
	secret := regexp.MustCompile(`id="client_secret" value="(lk_[^"]+)"`).FindStringSubmatch(body)
	if rotated := d.stored(c.ID); secret == nil || rotated.Secrets[len(rotated.Secrets)-1].End != secret[1][len(secret[1])-4:] || strings.Contains(d.get(c.ID+"/").Body, secret[1]) {
		t.Errorf("rotating the secret: %q", secret)
	}
	trusted := d.stored(c.ID)
	trusted.SkipAuthorization = true
	if err := d.Store.UpdateClient(t.Context(), trusted); err != nil {
		t.Fatal(err)
	}
	edit.Set("version", strconv.FormatInt(trusted.Version, 10))
	edit["redirect_uris"] = []string{"https://evil.example/cb"}
	d.post(c.ID+"/", edit)
	status, _ := d.post(c.ID+"/", url.Values{"action": {"rotate"}, "overlap": {"0"}})
	if now := d.stored(c.ID); status != http.StatusForbidden || !slices.Equal(now.RedirectURIs, after.RedirectURIs) || len(now.Secrets) != len(trusted.Secrets) || !now.SkipAuthorization {
		t.Errorf("the owner of a trusted application has changed %+v, %d", changesOf(trusted, now), status)
	}
}

// TestApprovalComesBeforeUse: an application is disabled until it is approved, in the version that
// was looked at, and a change by its owner is reported again.
func TestApprovalComesBeforeUse(t *testing.T) {
	d := develop(t, func(o *latchkey.Options) { o.DeveloperApproval = true })
	d.AddUser("root", true)
	admin := d.Browser()
	admin.LogIn(admin.Open(d.URL+"/admin/"), "root")
	decide := func(c *oauth.Client, form url.Values) int {
		form.Set("version", strconv.FormatInt(c.Version, 10))
		response, err := admin.PostForm(d.URL+"/admin/applications/"+c.ID+"/approval/", form)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode
	}
	save := func(name string) *oauth.Client {
		c := d.apps()[0]
		d.post(c.ID+"/", url.Values{"action": {"save"}, "version": {strconv.FormatInt(c.Version, 10)}, "client_name": {name}})
		return d.stored(c.ID)
	}
	c := d.register(nil)
	if !c.Disabled || c.Review != oauth.ReviewWaiting {
		t.Fatalf("before the approval: %+v", c)
	}
	changed := save("Another")
	if status := decide(c, url.Values{"approve": {"1"}}); status != http.StatusConflict || !d.stored(c.ID).Disabled {
		t.Errorf("an older version was approved: %d", status)
	}
	if status := decide(changed, url.Values{"reject": {"1"}, "reason": {"The name is misleading"}}); status != http.StatusOK {
		t.Fatal(status)
	}
	if page := d.get(c.ID + "/"); !strings.Contains(page.Body, "The name is misleading") || !d.stored(c.ID).Disabled {
		t.Error("the owner does not see the reason")
	}
	c = save("Shop of Ada")
	if c.Review != oauth.ReviewWaiting || !c.Disabled {
		t.Errorf("after a change: %+v", c.Review)
	}
	if decide(c, url.Values{"approve": {"1"}}); d.stored(c.ID).Disabled || d.stored(c.ID).Review != "" {
		t.Error("the application is still disabled")
	}
	c = save("Bank")
	if c.Review != oauth.ReviewChanged || c.Disabled {
		t.Errorf("after a later change: %+v", c.Review)
	}
	if page := admin.Open(d.URL + "/admin/applications/" + c.ID + "/"); !strings.Contains(page.Body, ">ada</bdi></a>. Changed the settings of <a") || !strings.Contains(page.Body, "Approved <a") {
		t.Errorf("the history does not say who changed the application: %s", page.Body)
	}
	if err := d.Store.SwitchClient(t.Context(), oauth.ClientSwitch{ClientID: c.ID, Disabled: true, At: d.Now()}); err != nil {
		t.Fatal(err)
	}
	if decide(d.stored(c.ID), url.Values{"approve": {"1"}}); !d.stored(c.ID).Disabled {
		t.Error("an approval has enabled an application that an administrator disabled")
	}
}

// TestTransferNeedsAcceptance: only a person who accepts becomes an owner, once for each link, and
// only while the person who offered it owns the application.
func TestTransferNeedsAcceptance(t *testing.T) {
	d := develop(t, nil)
	bob, eve := developerOf(t, d.Provider, "bob"), developerOf(t, d.Provider, "eve")
	c := d.register(nil)
	offer := func(by developer, action string) string {
		t.Helper()
		_, body := by.post(c.ID+"/", url.Values{"action": {action}})
		link := regexp.MustCompile(`id="offer_link" value="[^"]*code=([^"]+)"`).FindStringSubmatch(body)
		if link == nil {
			t.Fatalf("no link: %s", body)
		}
		code, err := url.QueryUnescape(link[1])
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	code := offer(d, "transfer")
	if page := bob.get("offer/?code=" + url.QueryEscape(code)); !strings.Contains(page.Body, "Shop") || d.stored(c.ID).OwnerID != d.u.ID {
		t.Errorf("the link alone: %s", page.Status)
	}
	if status, body := bob.post("offer/", url.Values{"code": {code}}); status != http.StatusOK {
		t.Fatalf("accepting: %d %s", status, body)
	}
	if now := d.stored(c.ID); now.OwnerID != bob.u.ID || !slices.Equal(now.CoOwnerIDs, []string{d.u.ID}) || len(now.Offers) != 0 {
		t.Errorf("after the transfer: %s %q", now.OwnerID, now.CoOwnerIDs)
	}
	if status, _ := eve.post("offer/", url.Values{"code": {code}}); status != http.StatusNotFound || d.stored(c.ID).OwnedBy(eve.u.ID) {
		t.Errorf("the link was used twice: %d", status)
	}
	if status, _ := d.post(c.ID+"/", url.Values{"action": {"transfer"}}); status != http.StatusForbidden {
		t.Errorf("a co-owner transfers the application: %d", status)
	}
	forEve := offer(d, "offer")
	if bob.post(c.ID+"/", url.Values{"action": {"remove_owner"}, "owner": {d.u.ID}, "confirmed": {"yes"}}); d.stored(c.ID).OwnedBy(d.u.ID) {
		t.Error("the co-owner was not removed")
	}
	if status, _ := eve.post("offer/", url.Values{"code": {forEve}}); status != http.StatusNotFound || d.stored(c.ID).OwnedBy(eve.u.ID) {
		t.Errorf("an offer of a former owner is accepted: %d", status)
	}
	late := offer(bob, "offer")
	byAdmin := d.stored(c.ID)
	byAdmin.OwnerID, byAdmin.CoOwnerIDs = d.u.ID, nil
	if err := d.Store.UpdateClient(t.Context(), byAdmin); err != nil {
		t.Fatal(err)
	}
	if status, _ := eve.post("offer/", url.Values{"code": {late}}); status != http.StatusNotFound || d.stored(c.ID).OwnedBy(eve.u.ID) {
		t.Errorf("an offer of an owner whom an administrator removed is accepted: %d", status)
	}
	byAdmin = d.stored(c.ID)
	byAdmin.OwnerID = bob.u.ID
	if err := d.Store.UpdateClient(t.Context(), byAdmin); err != nil {
		t.Fatal(err)
	}
	d.Advance(8 * 24 * time.Hour)
	eve.b.LogIn(eve.b.Open(d.Issuer+"/applications/"), "eve")
	if status, _ := eve.post("offer/", url.Values{"code": {late}}); status != http.StatusNotFound || d.stored(c.ID).OwnedBy(eve.u.ID) {
		t.Errorf("an offer is accepted after a week: %d", status)
	}
}

func changesOf(before, after *oauth.Client) []oauth.Change { return audit.ClientChanges(before, after) }

// TestOwnersSeeTheAttemptsOfTheirApplicationsOnly: with all steps and the reason of a failure, and
// without the people.
func TestOwnersSeeTheAttemptsOfTheirApplicationsOnly(t *testing.T) {
	d := develop(t, nil)
	app := d.register(nil)
	contains := func(page latchkeytest.Page, wanted ...string) {
		t.Helper()
		for _, want := range wanted {
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, want) {
				t.Errorf("%s: %q is missing in\n%s", page.Status, want, page.Body)
			}
		}
	}
	contains(d.get(app.ID+"/"), "Nobody has tried to log in to this application yet.")
	d.AddUser("visitor-of-the-shop", false)
	request := authorizeURL(d.Provider, app, url.Values{"redirect_uri": {"https://shop.example/cb"}, "scope": {"openid"}, "state": {"hush-state"}})
	code, err := d.Provider.Browser().Authorize(request, "visitor-of-the-shop")
	if err != nil {
		t.Fatal(err)
	}
	list := d.get(app.ID + "/")
	contains(list, "Code not exchanged")
	path := regexp.MustCompile(`/applications/(` + app.ID + `/attempts/[0-9a-f-]{36}/)"`).FindStringSubmatch(list.Body)
	if path == nil {
		t.Fatal(list.Body)
	}
	contains(d.get(path[1]), "The application asks for a login", "The person logs in", "The redirect URI is registered", "has not sent the code to the token endpoint")
	_, body := send(t, "POST", d.Issuer+"/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {app.ID}, "client_secret": {"wrong"}, "code": {code}}.Encode(), "Content-Type", form)
	contains(d.get(app.ID+"/"), `badge bad dot">Failed`)
	page := d.get(path[1])
	contains(page, "error ID", "The application authenticates", "The client secret is wrong", "How to fix it:", `href="/o/applications/`+app.ID+`/#secrets"`)
	for _, secret := range []string{"visitor-of-the-shop", "hush-state", code} {
		if strings.Contains(page.Body+list.Body, secret) {
			t.Errorf("the pages have %q: %s", secret, body)
		}
	}
	other := developerOf(t, d.Provider, "eve")
	theirs := other.register(nil)
	attempt := path[1][strings.Index(path[1], "/"):]
	for name, wrong := range map[string]string{"of another owner": path[1], "as one of another application": theirs.ID + attempt, "that does not exist": theirs.ID + "/attempts/" + oauth.NewID(d.Now()).String() + "/", "without an ID": theirs.ID + "/attempts/x/"} {
		if page := other.get(wrong); page.StatusCode != http.StatusNotFound || strings.Contains(page.Body, "The person logs in") {
			t.Errorf("an attempt %s: %s\n%s", name, page.Status, page.Body)
		}
	}
}
