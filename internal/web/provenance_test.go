package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The texts with which the consent page vouches for an application, or warns of it.
const (
	vouched    = "Added by this site"
	approved   = "Approved by this site"
	selfMade   = "This application registered itself"
	ofPerson   = "This application belongs to a person"
	ofDocument = "have not checked this application"
)

// TestConsentPageVouchesOnlyForApplicationsThatTheSiteHasChecked has a row for each way in which an
// application is added, approved, changed and transferred.
func TestConsentPageVouchesOnlyForApplicationsThatTheSiteHasChecked(t *testing.T) {
	document := publishClient(t, "https://shop.example/cb")
	w := newProvenance(t)
	bob, reader := developerOf(t, w.Provider, "bob"), w.reader()
	byHand := func() string {
		c, _ := w.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.OwnerID = w.u.ID })
		return c.ID
	}
	own := func() string { return w.register(nil).ID }
	transferred := func(id string) string { return w.give(id, "transfer", bob) }
	for name, test := range map[string]struct {
		add  func() string
		by   oauth.AddedBy
		says string
	}{
		"in the back office":                 {w.inOffice, oauth.AddedByAdministrator, vouched},
		"by the host program":                {w.byHost, oauth.AddedByAdministrator, vouched},
		"by hand, for an owner":              {byHand, oauth.AddedByAdministrator, vouched},
		"by hand, its owner renames it":      {func() string { return w.rename(byHand()) }, oauth.AddedByAdministrator, ofPerson},
		"by hand, its owner transfers it":    {func() string { return transferred(byHand()) }, oauth.AddedByAdministrator, ofPerson},
		"that transfer is approved":          {func() string { return w.approve(transferred(byHand())) }, oauth.AddedByAdministrator, vouched},
		"approved, the new owner renames it": {func() string { return w.rename(w.approve(transferred(byHand()))) }, oauth.AddedByAdministrator, ofPerson},
		"with an initial access token":       {func() string { return w.registration(w.initialToken()) }, oauth.AddedByRegistration, selfMade},
		"with the token of a person":         {func() string { return w.registration(w.personToken()) }, oauth.AddedByPerson, selfMade},
		"with a metadata document":           {func() string { return document.ID }, oauth.AddedByDocument, ofDocument},
		"by a person":                        {own, oauth.AddedByPerson, ofPerson},
		"by a person, approved":              {func() string { return w.approve(own()) }, oauth.AddedByPerson, approved},
		"approved, renamed":                  {func() string { return w.rename(w.approve(own())) }, oauth.AddedByPerson, ofPerson},
		"approved, renamed, approved":        {func() string { return w.approve(w.rename(w.approve(own()))) }, oauth.AddedByPerson, approved},
		"approved, transferred":              {func() string { return transferred(w.approve(own())) }, oauth.AddedByPerson, ofPerson},
		"an administrator takes it over":     {func() string { return w.edit(own(), func(c *oauth.Client) { c.OwnerID = w.root.ID }) }, oauth.AddedByPerson, ofPerson},
		"its owner deletes the account":      {func() string { return w.edit(own(), func(c *oauth.Client) { c.OwnerID = "" }) }, oauth.AddedByPerson, ofPerson},
		"an administrator says it is theirs": {func() string { return w.claim(own()) }, oauth.AddedByPerson, ofPerson},
	} {
		id := test.add()
		page := reader.Open(authorizeURL(w.Provider, &oauth.Client{ID: id, RedirectURIs: []string{"https://shop.example/cb"}}, url.Values{"scope": {"openid"}}))
		for _, text := range []string{vouched, approved, selfMade, ofPerson, ofDocument} {
			if strings.Contains(page.Body, text) != (text == test.says) {
				t.Errorf("%s: %q: %s", name, text, page.Body)
			}
		}
		first, _, _ := strings.Cut(page.Body[strings.Index(page.Body, `name="decision" value="`):], `"authorize"`)
		if warned := strings.Contains(first, `value="cancel"`); warned != (test.says != vouched && test.says != approved) {
			t.Errorf("%s: the Enter key cancels: %t", name, warned)
		}
		reader.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}}) // stores a registration
		if c := w.stored(id); c.AddedBy() != test.by {
			t.Errorf("%s: added by %q", name, c.AddedBy())
		}
	}
}

// TestPeopleAreAskedAgainAfterAnUnapprovedChange has a person who allowed an application
// before its owners changed it.
func TestPeopleAreAskedAgainAfterAnUnapprovedChange(t *testing.T) {
	w := newProvenance(t)
	const shop, evil = "https://shop.example/cb", "https://evil.example/cb"
	bob, reader, id := developerOf(t, w.Provider, "bob"), w.reader(), w.approve(w.register(url.Values{"scope": {"openid", "profile"}}).ID)
	open := func(uri, prompt, scope string) latchkeytest.Page {
		return reader.Open(authorizeURL(w.Provider, &oauth.Client{ID: id, RedirectURIs: []string{uri}}, url.Values{"scope": {scope}, "prompt": {prompt}}))
	}
	allow := func(page latchkeytest.Page) latchkeytest.Page {
		return reader.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	}
	hasCode := func(page latchkeytest.Page) bool {
		return page.RedirectURL != nil && page.RedirectURL.Query().Has("code")
	}
	rename := func(name string) func() { return func() { bob.change(id, name, shop+"\n"+evil) } }
	for _, step := range []struct {
		name   string
		change func()
		uri    string
		scope  string
		says   string // empty: nothing is asked
	}{
		{"for the first time", func() {}, shop, "openid profile", approved},
		{"again", func() {}, shop, "openid", ""},
		{"transferred", func() { w.give(id, "transfer", bob) }, shop, "openid", ofPerson},
		{"again", func() {}, shop, "openid", ""},
		{"renamed, with a redirect URI", rename("Bank"), evil, "openid", ofPerson},
		{"again", func() {}, evil, "openid", ""},
		{"renamed again", rename("Post"), evil, "openid", ofPerson},
		{"with what was allowed before all changes", func() {}, evil, "openid profile", ofPerson},
		{"an administrator edits it", func() { w.edit(id, func(c *oauth.Client) { c.Operator = "Acme" }) }, evil, "openid", ""},
		{"renamed and approved", func() { rename("Mail")(); w.approve(id) }, evil, "openid", ""},
	} {
		step.change()
		page := open(step.uri, "", step.scope)
		if asked := strings.Contains(page.Body, `"authorize"`); asked != (step.says != "") || !strings.Contains(page.Body, step.says) {
			t.Errorf("%s: asked %t: %s", step.name, asked, page.Body)
		} else if asked {
			page = allow(page)
		}
		if !hasCode(page) {
			t.Errorf("%s: no code: %s", step.name, page.Body)
		}
	}
	page := open(shop, "consent", "openid")
	rename("Meanwhile")()
	if page = allow(page); !strings.Contains(page.Body, ofPerson) {
		t.Errorf("the answer is about another application: %s", page.Body)
	}
	if page = allow(page); !hasCode(page) {
		t.Errorf("no code: %s", page.Body)
	}
}

// newProvenance returns a server on which ada develops applications.
func newProvenance(t *testing.T) provenance {
	t.Helper()
	w := provenance{developer: develop(t, func(o *latchkey.Options) {
		o.Registration, o.DeveloperLimit = provider.RegistrationPerson, 50
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})}
	w.root = w.AddUser("root", true)
	w.admin = w.Browser()
	w.form = w.admin.LogIn(w.admin.Open(w.URL+"/admin/applications/add/?kind=other"), "root")
	return w
}

// reader returns the browser of a person whom applications ask for permission.
func (w provenance) reader() *latchkeytest.Browser {
	w.AddUser("olga", false)
	b := w.Browser()
	b.LogIn(b.Open(w.Issuer+"/account/"), "olga")
	return b
}

// give makes another person an owner, with the action offer or transfer.
func (w provenance) give(id, action string, to developer) string {
	_, body := w.post(id+"/", url.Values{"action": {action}})
	link := regexp.MustCompile(`id="offer_link" value="[^"]*code=([^"]+)"`).FindStringSubmatch(body)
	if link == nil {
		w.t.Fatal(body)
	}
	code, err := url.QueryUnescape(link[1])
	if err != nil {
		w.t.Fatal(err)
	}
	if status, body := to.post("offer/", url.Values{"code": {code}}); status != http.StatusOK || !w.stored(id).OwnedBy(to.u.ID) {
		w.t.Fatal(body)
	}
	return id
}

// change changes an application as an owner.
func (d developer) change(id, name, uris string) string {
	d.t.Helper()
	_, body := d.post(id+"/", url.Values{"action": {"save"}, "version": {strconv.FormatInt(d.stored(id).Version, 10)}, "client_name": {name}, "redirect_uris": {uris}})
	if c := d.stored(id); c.Name != name || strings.Join(c.RedirectURIs, "\n") != uris {
		d.t.Fatal(c.Name, c.RedirectURIs, body)
	}
	return id
}

// provenance adds applications in all ways.
type provenance struct {
	developer
	root  *account.User
	admin *latchkeytest.Browser
	form  latchkeytest.Page // the form for an application in the back office
}

func (w provenance) inOffice() string {
	page := w.admin.Submit(w.form, url.Values{
		"client_name": {"From the back office"}, "client_type": {"confidential"}, "grant_types": {"authorization_code"}, "redirect_uris": {"https://shop.example/cb"}, "save": {"1"}, "registered_by_person": {"on"}, "unverified_at": {"2026-01-01T00:00:00Z"},
	})
	found, _, err := w.Store.Clients(w.t.Context(), oauth.ClientFilter{Search: "From the back office"}, paging.Page{Limit: 2})
	if err != nil || len(found) != 1 {
		w.t.Fatal(page.Body, err)
	}
	return found[0].ID
}

func (w provenance) byHost() string {
	c := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, GrantTypes: []string{oauth.GrantAuthorizationCode}, RegisteredByPerson: true, UnverifiedAt: w.Now()}
	if _, err := w.Server.CreateApplication(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
	return c.ID
}

func (w provenance) registration(token string) string {
	response, body := send(w.t, http.MethodPost, w.Issuer+"/register/",
		`{"client_name":"Shop","redirect_uris":["https://shop.example/cb"],"registered_by_person":true,"unverified_at":"2026-01-01T00:00:00Z"}`, "Content-Type", "application/json", "Authorization", "Bearer "+token)
	if response.StatusCode != http.StatusCreated {
		w.t.Fatal(body)
	}
	_, rest, _ := strings.Cut(body, `"client_id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func (w provenance) initialToken() string {
	token := oauth.NewToken(oauth.KindInitialAccess, w.Now())
	if err := w.Store.AddInitialAccessToken(w.t.Context(), oauth.InitialAccessToken{ID: token.ID, Hash: token.Hash(), Uses: 1, CreatedAt: w.Now(), ExpiresAt: w.Now().Add(time.Hour)}); err != nil {
		w.t.Fatal(err)
	}
	return token.String()
}

func (w provenance) personToken() string {
	page := w.b.Submit(w.b.Open(w.Issuer+"/account/applications/"), url.Values{"action": {"register"}})
	return regexp.MustCompile(`lk_rp_[-\w]+`).FindString(page.Body)
}

// rename changes the name as an owner.
func (w provenance) rename(id string) string {
	w.post(id+"/", url.Values{"action": {"save"}, "version": {strconv.FormatInt(w.stored(id).Version, 10)}, "client_name": {"Bank"}})
	if name := w.stored(id).Name; name != "Bank" {
		w.t.Fatal(name)
	}
	return id
}

// approve approves an application in the back office.
func (w provenance) approve(id string) string {
	page := w.admin.Submit(w.admin.Open(w.URL+"/admin/applications/"+id+"/"), url.Values{"version": {strconv.FormatInt(w.stored(id).Version, 10)}, "approve": {"1"}})
	if !strings.Contains(page.Body, "approved") || strings.Contains(page.Body, `name="approve"`) {
		w.t.Fatal(page.Body)
	}
	return id
}

// edit changes an application as an administrator.
func (w provenance) edit(id string, change func(*oauth.Client)) string {
	c := *w.stored(id)
	change(&c)
	if err := w.Server.UpdateApplication(w.t.Context(), &c); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// claim changes the members that only the server decides.
func (w provenance) claim(id string) string {
	return w.edit(id, func(c *oauth.Client) { c.RegisteredByPerson, c.UnverifiedAt = false, time.Time{} })
}
