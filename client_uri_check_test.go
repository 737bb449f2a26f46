package latchkey_test

import (
	"errors"
	"log/slog"
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

// TestBackOfficeDoesNotShowAPanicOfTheCheckOfURIs: the back office responds with 500, and the log has the
// stack.
func TestBackOfficeDoesNotShowAPanicOfTheCheckOfURIs(t *testing.T) {
	var b broken
	var log lockedLog
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.CheckClientURI = func(*oauth.Client, string, string) error { b.check(); return nil }
	})
	client, _ := p.AddClient("https://shop.example/cb", nil)
	p.AddUser("ada", true)
	browser := p.Browser()
	browser.LogIn(browser.Open(p.URL+"/admin/"), "ada")
	form := browser.Open(p.URL + "/admin/applications/" + client.ID + "/edit/")
	b.Store(true)
	page := browser.Submit(form, url.Values{"client_name": {"Shop"}, "redirect_uris": {"https://shop.example/cb2"}, "grant_types": client.GrantTypes})
	if text := log.take(); !strings.HasPrefix(page.Status, "500") || strings.Contains(page.Body, "mistake") || strings.Count(text, "a mistake of the host") != 1 {
		t.Errorf("got %s %s and the log %s", page.Status, page.Body, text)
	}
}
