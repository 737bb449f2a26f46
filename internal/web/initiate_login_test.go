package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// OpenID Connect Core §4.
func TestTheAccountPageOpensApplicationsThatCanStartALogin(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	user, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{"https://app.example/login", ""} {
		client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name, c.InitiateLoginURI = "App <"+uri, uri })
		now := time.Now().Truncate(time.Millisecond)
		consent := &oauth.Consent{Subject: user.ID, ClientID: client.ID, Scope: oauth.Scopes{"read"}, GrantedAt: now, UpdatedAt: now}
		if _, err := p.Store.Approve(context.Background(), oauth.Approval{Now: now, Consent: consent, Shown: consent.Scope}); err != nil {
			t.Fatal(err)
		}
	}
	page := visitAccount(t, p, "ada").at("applications/")
	if !strings.Contains(page.Body, `href="https://app.example/login?iss=`) || strings.Count(page.Body, ">Open</a>") != 1 || strings.Contains(page.Body, "login_hint") {
		t.Errorf("got %s", page.Body)
	}
}
