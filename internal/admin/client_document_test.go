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
