package latchkey_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// links matches the local addresses in a page.
var links = regexp.MustCompile(`(?:href|action|src)="(/[^"]*)"`)

// TestBackOfficeStaysWhereItIsMounted follows every link of every page of the back
// office, and its forms and redirects.
func TestBackOfficeStaysWhereItIsMounted(t *testing.T) {
	const prefix = "/a/b/office/"
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.AdminPath = prefix })
	p.AddUser("ada", true)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Shop" })
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+prefix), "ada")
	if page.Request.URL.Path != prefix || page.StatusCode != 200 {
		t.Fatalf("after the login: %s %s", page.Status, page.Request.URL)
	}
	if home := p.Browser().Open(p.URL + "/"); !strings.Contains(home.Body, `href="`+prefix+`"`) {
		t.Errorf("the start page does not link to %s", prefix)
	}
	seen := map[string]bool{prefix: true}
	for queue := []latchkeytest.Page{page}; len(queue) > 0; queue = queue[1:] {
		for _, match := range links.FindAllStringSubmatch(queue[0].Body, -1) {
			link := html.UnescapeString(match[1])
			path, _, _ := strings.Cut(link, "?")
			if link != "/" && !strings.HasPrefix(link, prefix) && !strings.HasPrefix(link, "/o/") {
				t.Errorf("%s leads to %s", queue[0].Request.URL, link)
			}
			if seen[path] || !strings.HasPrefix(link, prefix) || strings.Contains(match[0], "action") {
				continue
			}
			seen[path] = true
			next := b.Open(p.URL + link)
			if next.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", link, next.Status)
			}
			queue = append(queue, next)
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %d pages were found", len(seen))
	}
	saved := b.Submit(b.Open(p.URL+prefix+"applications/"+client.ID+"/edit/"), url.Values{"client_name": {"Store"}, "redirect_uris": client.RedirectURIs, "grant_types": client.GrantTypes})
	if saved.Request.URL.Path != prefix+"applications/"+client.ID+"/" {
		t.Errorf("saving an application leads to %s: %s", saved.Request.URL, saved.Status)
	}
}

func TestAdminPathMustBeAPath(t *testing.T) {
	for _, path := range []string{"admin/", "/admin", "//", "/a//b/", "/{id}/", "/a b/", "/../", "/./", "/%2f/", "/a?b/", "/ä/", "https://id.example/admin/"} {
		_, err := latchkey.New(t.Context(), latchkey.Options{Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: make([]byte, 32), AdminPath: path})
		if err == nil || !strings.Contains(err.Error(), "AdminPath") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
