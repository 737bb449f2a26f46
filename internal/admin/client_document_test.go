package admin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The client_id is a URL, which is one segment of the paths of the back office.
func TestPageOfAnApplicationSaysThatADocumentDescribesIt(t *testing.T) {
	o := enter(t)
	const id = "https://app.example/a/client.json?x=1"
	c := &oauth.Client{ID: id, Name: "Agent", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://app.example/cb"}, DocumentFetchedAt: time.Now()}
	if err := o.Store.CreateClient(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	link := "applications/" + url.QueryEscape(id) + "/"
	if list := o.open("applications/"); !strings.Contains(list.Body, link) {
		t.Errorf("the list has no link %s: %s", link, list.Body)
	}
	for path, want := range map[string]bool{link: true, link + "edit/": false} {
		page := o.open(path)
		if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "app.example/a/client.json") || strings.Contains(page.Body, "The document at the client ID describes this application") != want {
			t.Errorf("%s: %s %s", path, page.Status, page.Body)
		}
	}
	_, other, _ := o.add(nil)
	if page := o.open("applications/" + other + "/"); strings.Contains(page.Body, "Metadata document") {
		t.Errorf("another application: %s", page.Body)
	}
}

// The document replaces a change of such a field when it is fetched again.
func TestFormMarksTheFieldsThatADocumentReplaces(t *testing.T) {
	o := enter(t)
	c := &oauth.Client{ID: "https://app.example/client.json", Name: "Agent", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://app.example/cb"}, DocumentFetchedAt: time.Now()}
	if err := o.Store.CreateClient(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	marked := func(body, field string) bool {
		_, hint, found := strings.Cut(body, `id="`+field+`-hint">`)
		if !found {
			t.Errorf("the form has no field %s", field)
		}
		return strings.HasPrefix(hint, "From the document")
	}
	page := o.open("applications/" + url.QueryEscape(c.ID) + "/edit/").Body
	_, id, _ := o.add(nil)
	other := o.open("applications/" + id + "/edit/").Body
	for field, want := range map[string]bool{"client_name": true, "redirect_uris": true, "translations": true, "default_scope": true, "jwks_uri": true, "scope": false, "access_token_ttl": false, "require_pkce": false, "allowed_origins": false} {
		if marked(page, field) != want || marked(other, field) {
			t.Errorf("%s is marked: %v", field, marked(page, field))
		}
	}
}
