package latchkey_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestBackOfficeAndHostAskTheCheckOfURIs when an application is added or changed.
func TestBackOfficeAndHostAskTheCheckOfURIs(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.CheckClientURI = func(_ *oauth.Client, _, value string) error {
			if strings.Contains(value, "evil") {
				return errors.New("Choose an address of this company.")
			}
			return nil
		}
	})
	evil := []string{"https://evil.example/cb"}
	_, err := p.Server.CreateApplication(t.Context(), &oauth.Client{Name: "Shop", RedirectURIs: evil})
	rejects(t, "a new application", "redirect_uris", err)
	app := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
	if _, err := p.Server.CreateApplication(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	app.RedirectURIs = evil
	rejects(t, "a change", "redirect_uris", p.Server.UpdateApplication(t.Context(), app))

	p.AddUser("ada", true)
	b := p.Browser()
	b.LogIn(b.Open(p.URL+"/admin/"), "ada")
	page := b.Submit(b.Open(p.URL+"/admin/applications/"+app.ID+"/edit/"), url.Values{"client_name": {"Shop"}, "redirect_uris": evil, "grant_types": app.GrantTypes})
	if !strings.Contains(page.Body, "Choose an address of this company.") {
		t.Errorf("the back office answers %s: %s", page.Status, page.Request.URL)
	}
	if stored, err := p.Store.Client(t.Context(), app.ID); err != nil || stored.RedirectURIs[0] != "https://shop.example/cb" {
		t.Errorf("stored: %+v %v", stored, err)
	}
}
