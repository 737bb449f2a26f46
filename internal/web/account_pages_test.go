package web_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// accountPages are the pages of a person's own account, below /account/.
var accountPages = []string{"", "profile/", "password/", "sessions/", "applications/", "data/"}

func TestEachPageOfTheAccountAsksForALoginAndComesBack(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	for _, page := range accountPages {
		b := p.Browser()
		got := b.Open(p.Issuer + "/account/" + page)
		if !strings.Contains(got.Body, `value="/o/account/`+page+`"`) {
			t.Errorf("%q: the login page does not come back: %s", page, got.Body)
		}
		if got = b.LogIn(got, "ada"); got.StatusCode != 200 || got.Request.URL.Path != "/o/account/"+page {
			t.Errorf("%q: after the login: %s %s", page, got.Status, got.Request.URL)
		}
	}
}

func TestEachPageOfTheAccountLinksToTheOthers(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	for _, page := range accountPages {
		got := ada.at(page)
		links, current := navigation(t, got.Body)
		for _, other := range accountPages {
			if !slices.Contains(links, "/o/account/"+other) {
				t.Errorf("%q does not link to %q", page, other)
			}
		}
		if current != "/o/account/"+page {
			t.Errorf("%q: the current page is %q", page, current)
		}
	}
}

// The profile, password and sessions of a host's people are those of the host.
func TestPeopleOfAHostHaveOnlyThePageOfApplications(t *testing.T) {
	p, _ := newHost(t, nil)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	for _, page := range accountPages {
		got := b.Open(p.Issuer + "/account/" + page)
		exists := page == "" || page == "applications/"
		if got.StatusCode == 200 != exists || strings.Contains(got.Body, "Connected applications") != exists {
			t.Errorf("%q: %s", page, got.Status)
		}
		if links, _ := navigation(t, got.Body); exists && !slices.Equal(links, []string{"/o/account/applications/"}) {
			t.Errorf("%q links to %q", page, links)
		}
	}
}

// navigation returns the URLs of the links to pages of the account, outside of the
// content, and of the link to the current page.
func navigation(t *testing.T, body string) (links []string, current string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range doc.Descendants() {
		if node.Data != "a" || !slices.ContainsFunc(slices.Collect(node.Ancestors()), func(n *html.Node) bool { return n.Data == "nav" }) {
			continue
		}
		address, active := "", false
		for _, a := range node.Attr {
			if a.Key == "href" {
				address = a.Val
			}
			active = active || a.Key == "aria-current"
		}
		if strings.HasPrefix(address, "/o/account/") {
			links = append(links, address)
			if active {
				current = address
			}
		}
	}
	return links, current
}
