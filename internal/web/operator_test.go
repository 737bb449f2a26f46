package web_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestPeopleSeeWhoRunsAnApplication on the consent page and on the page of their applications.
func TestPeopleSeeWhoRunsAnApplication(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Operator = "Harbor <Ltd>" })
	b := p.Browser()
	if page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada"); !strings.Contains(page.Body, "Run by <strong><bdi>Harbor &lt;Ltd&gt;</bdi></strong>") {
		t.Errorf("the consent page: %s", page.Body)
	}
	if _, err := b.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	if page := b.Open(p.Issuer + "/account/applications/"); !strings.Contains(page.Body, "Run by <bdi>Harbor &lt;Ltd&gt;</bdi>") {
		t.Errorf("the page of applications: %s", page.Body)
	}
}

// TestApplicationsOfOneNameDifferByTheirHosts, in the list and in the question.
func TestApplicationsOfOneNameDifferByTheirHosts(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	first, _ := p.AddClient("https://one.example/cb", func(c *oauth.Client) { c.Name = "Photos" })
	second, _ := p.AddClient("https://two.example/cb", func(c *oauth.Client) { c.Name = "Photos" })
	ada := visitAccount(t, p, "ada")
	for _, client := range []*oauth.Client{first, second} {
		if _, err := ada.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
			t.Fatal(err)
		}
	}
	list := ada.at("applications/")
	for client, host := range map[*oauth.Client]string{first: "one.example", second: "two.example"} {
		if !strings.Contains(list.Body, "<bdi>"+host+"</bdi>") {
			t.Errorf("the list lacks %s: %s", host, list.Body)
		}
		if question := ada.Submit(list, map[string][]string{"client": {client.ID}, "action": {"withdraw"}}); !strings.Contains(question.Body, "Photos ("+host+")") {
			t.Errorf("the question about the application of %s: %s", host, question.Body)
		}
	}
}
