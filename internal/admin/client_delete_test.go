package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A deleted application does not exist for its users and for the endpoints. After it was
// restored and enabled, its secret and its tokens are the same as before.
func TestDeletedApplicationCanBeRestored(t *testing.T) {
	o := enter(t)
	c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Name, c.GrantTypes = "Shop", append(c.GrantTypes, oauth.GrantClientCredentials)
	})
	api, apiSecret := o.AddClient("", func(c *oauth.Client) { c.GrantTypes, c.RedirectURIs, c.ResourceServer = nil, nil, true })
	token, _ := o.answer("/token", c.ID, secret, "grant_type", "client_credentials")["access_token"].(string)
	active := func() bool {
		return o.answer("/introspect", api.ID, apiSecret, "token", token)["active"] == true
	}
	if token == "" || !active() {
		t.Fatal("the token is not valid")
	}
	asked := o.open("applications/" + c.ID + "/delete/")
	for _, want := range []string{"1 client secret stops working", "You can undo this for seven days", "Disable instead"} {
		if !strings.Contains(asked.Body, want) {
			t.Errorf("the question lacks %q", want)
		}
	}
	deleted := o.post("applications/"+c.ID+"/delete/", nil)
	if !strings.Contains(deleted.Body, "You can restore it for seven days") || !strings.Contains(deleted.Body, "Restore Shop") || strings.Contains(deleted.Body, secret) {
		t.Fatalf("after the deletion: %s", deleted.Body)
	}
	if got := o.answer("/token", c.ID, secret, "grant_type", "client_credentials"); got["error"] != "invalid_client" || active() {
		t.Errorf("a deleted application gets %v; its token is active: %t", got, active())
	}
	if page := o.open("applications/" + c.ID + "/"); page.StatusCode != 404 {
		t.Errorf("the page of a deleted application: %s", page.Status)
	}
	if page := o.post("applications/"+c.ID+"/restore/", url.Values{}); !strings.Contains(page.Body, "The application is restored") {
		t.Fatalf("restoring: %s %s", page.Status, page.Body)
	}
	if got := o.answer("/token", c.ID, secret, "grant_type", "client_credentials"); got["access_token"] != nil || active() || !o.client(c.ID).Disabled {
		t.Errorf("a restored application that nobody has enabled gets %v; its token is active: %t", got, active())
	}
	o.post("applications/"+c.ID+"/switch/", url.Values{"to": {"enabled"}, "confirmed": {"yes"}})
	if got := o.answer("/token", c.ID, secret, "grant_type", "client_credentials"); got["access_token"] == nil || !active() {
		t.Errorf("a restored application gets %v; its token is active: %t", got, active())
	}
	o.post("applications/"+c.ID+"/delete/", nil)
	response, err := o.PostForm(o.URL+"/admin/applications/"+c.ID+"/revoke/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if question := read(t, response); !strings.Contains(question, "Revoke all tokens of Shop?") || !strings.Contains(question, "stay invalid, even if it is restored") {
		t.Errorf("the question about a deleted application: %s", question)
	}
	if page := o.post("applications/"+c.ID+"/revoke/", nil); !strings.Contains(page.Body, "have been revoked") || !strings.Contains(page.Body, "Revoke tokens of Shop") {
		t.Errorf("after the revocation: %s %s", page.Status, page.Body)
	}
	if records := o.recorded(audit.Filter{ClientID: c.ID, Category: oauth.CategoryAdministration}); len(records) == 0 || records[0].Kind != "applications/{id}/revoke" || records[0].Details.ClientName != "Shop" {
		t.Errorf("the record of the revocation: %+v", records)
	}
	auditor := office{o.Provider, o.as(account.RoleAuditor), t}
	if page := auditor.open("applications/deleted/"); !strings.Contains(page.Body, "Shop") || strings.Contains(page.Body, "/revoke/") || strings.Contains(page.Body, "/restore/") {
		t.Errorf("an auditor sees %s", page.Body)
	}
	o.post("applications/"+c.ID+"/restore/", url.Values{})
	o.post("applications/"+c.ID+"/switch/", url.Values{"to": {"enabled"}, "confirmed": {"yes"}})
	if active() {
		t.Error("a token that was revoked while the application was deleted is valid again")
	}
	if page := o.post("applications/"+c.ID+"/restore/", url.Values{}); page.StatusCode != 404 || !strings.Contains(page.Body, "This application cannot be restored") {
		t.Errorf("restoring twice: %s", page.Status)
	}
	o.post("applications/"+c.ID+"/delete/", nil)
	for _, test := range []struct {
		after  time.Duration
		listed bool
	}{{oauth.RestoreTTL - time.Hour, true}, {2 * time.Hour, false}} {
		o.Advance(test.after)
		b := o.Provider.Browser() // the session of the other one has expired
		list := b.LogIn(b.Open(o.URL+"/admin/applications/deleted/"), "root")
		if strings.Contains(list.Body, "Restore Shop") != test.listed {
			t.Errorf("the application is listed after %s: %t", test.after, !test.listed)
		}
	}
}

func TestDeletingDisablesInsteadOnRequest(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", nil)
	page := o.open("applications/" + c.ID + "/delete/")
	action := submatch(t, page.Body, `<button name="to" value="paused" formaction="/admin/([^"]+)">Disable instead`)
	response, err := o.PostForm(o.URL+"/admin/"+action, url.Values{"confirmed": {"yes"}, "to": {"paused"}})
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, response); !strings.Contains(body, "become valid again when you enable") || !o.client(c.ID).Disabled {
		t.Errorf("got %s", body)
	}
}
