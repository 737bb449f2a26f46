package web_test

import (
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
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// administering are the ways in which an application can have access to the admin API.
var administering = map[string]func(*oauth.Client){
	"it has a role": func(c *oauth.Client) {
		c.GrantTypes, c.AdminRole, c.Scopes = []string{oauth.GrantClientCredentials}, string(account.RoleAuditor), oauth.Scopes{"read"}
	},
	"it can ask administrators": func(c *oauth.Client) { c.Scopes = oauth.Scopes{oauth.ScopeAdmin} },
}

// TestOwnersCannotTakeOverTheServer: an owner of an application that can use the admin API neither
// sees a new secret, nor changes its addresses, nor adds owners. It does not matter who registered it.
func TestOwnersCannotTakeOverTheServer(t *testing.T) {
	for name, powerful := range administering {
		for _, setting := range []string{"nobody", "everybody"} {
			d := develop(t, func(o *latchkey.Options) { o.Developers = setting })
			c, _ := d.AddClient("https://console.example/cb", func(c *oauth.Client) {
				powerful(c)
				c.Name, c.OwnerID = "Console", d.u.ID
			})
			version := strconv.FormatInt(c.Version, 10)
			for _, form := range []url.Values{
				{"action": {"rotate"}, "overlap": {"0"}},
				{"action": {"rotate"}, "overlap": {"7d"}},
				{"action": {"save"}, "version": {version}, "client_name": {"Console"}, "redirect_uris": {"https://evil.example/cb"}},
				{"action": {"offer"}},
				{"action": {"transfer"}},
			} {
				_, body := d.post(c.ID+"/", form)
				now := d.stored(c.ID)
				if strings.Contains(body, "lk_cs_") || len(now.Secrets) != len(c.Secrets) || !slices.Equal(now.RedirectURIs, c.RedirectURIs) || len(now.Offers) > 0 {
					t.Errorf("%s, developers %s, %v: the owner has changed %+v", name, setting, form, changesOf(c, now))
				}
			}
		}
	}
}

// TestAnOfferEndsWhenTheApplicationGetsPower: an offer is not valid after an administrator has
// allowed the application to use the admin API.
func TestAnOfferEndsWhenTheApplicationGetsPower(t *testing.T) {
	for name, powerful := range administering {
		d := develop(t, nil)
		eve := developerOf(t, d.Provider, "eve")
		c := d.register(nil)
		_, body := d.post(c.ID+"/", url.Values{"action": {"offer"}})
		link := regexp.MustCompile(`id="offer_link" value="[^"]*code=([^"]+)"`).FindStringSubmatch(body)
		if link == nil {
			t.Fatalf("no link: %s", body)
		}
		code, err := url.QueryUnescape(link[1])
		if err != nil {
			t.Fatal(err)
		}
		c = d.stored(c.ID)
		powerful(c)
		if err := d.Store.UpdateClient(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if status, _ := eve.post("offer/", url.Values{"code": {code}}); status != http.StatusForbidden || d.stored(c.ID).OwnedBy(eve.u.ID) {
			t.Errorf("%s: accepting gives %d, and the owners are %q", name, status, d.stored(c.ID).CoOwnerIDs)
		}
	}
}

// TestPeopleCannotOfferAccessToTheAdminAPI: the setting of the scopes that an application of a
// person can have does not contain those of the admin API.
func TestPeopleCannotOfferAccessToTheAdminAPI(t *testing.T) {
	for _, scope := range []string{oauth.ScopeAdmin, oauth.AdminScopePrefix + "people:read"} {
		s := latchkey.DeveloperSettings{Developers: "everybody", DeveloperScopes: []string{"openid", scope}}
		developers.SetDefaults(&s)
		if faults := developers.Faults(&s); len(faults) != 1 || !strings.Contains(faults[0].Error(), scope) {
			t.Errorf("%s: %v", scope, faults)
		}
	}
}

// TestPeopleCannotChooseAClientID: that of a deleted application, or of a metadata document, would
// be the identity of another application. A form that is sent twice adds one application.
func TestPeopleCannotChooseAClientID(t *testing.T) {
	d := develop(t, nil)
	deleted, _ := d.AddClient("https://billing.example/cb", nil)
	if err := d.Store.DeleteClient(t.Context(), deleted.ID); err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{deleted.ID, "https://ab.example/cim", oauth.NewClientID()} {
		form := url.Values{"kind": {"web"}, "client_id": {id}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"openid"}}
		d.post("add/", form)
		d.post("add/", form)
		if _, err := d.Store.Client(t.Context(), id); err == nil || len(d.apps()) != i+1 {
			t.Errorf("%s: %v, %d applications", id, err, len(d.apps()))
		}
	}
}

// TestRegistrationsOfADayAreLimited: a person who registers and deletes applications again and
// again fills the database, because a deleted application is stored for days.
func TestRegistrationsOfADayAreLimited(t *testing.T) {
	d := develop(t, func(o *latchkey.Options) { o.DeveloperLimit = 2 })
	for range 10 {
		c := d.register(nil)
		if status, body := d.post(c.ID+"/", url.Values{"action": {"delete"}, "confirmed": {"yes"}}); status >= 400 || len(d.apps()) > 0 {
			t.Fatalf("deleting: %d %s", status, body)
		}
	}
	form := url.Values{"kind": {"web"}, "client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb"}, "scope": {"openid"}}
	if status, body := d.post("add/", form); status != http.StatusTooManyRequests || len(d.apps()) > 0 || !strings.Contains(body, "as many applications as you can in one day") || !strings.Contains(body, "24 hours") || strings.Contains(body, "You have too many") {
		t.Errorf("the eleventh application of a day: %d %s", status, body)
	}
	eve := developerOf(t, d.Provider, "eve")
	eve.register(nil)
	d.Advance(24 * time.Hour)
	d.b.LogIn(d.get(""), "ada")
	d.register(nil)
}
