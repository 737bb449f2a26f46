package latchkeytest

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// AddClient adds a client and returns it and its secret. By default the client is
// confidential and can use every grant type. If change is not nil, it can change the
// client. The secret of a public client is empty.
func (p *Provider) AddClient(redirectURI string, change func(*oauth.Client)) (*oauth.Client, string) {
	p.t.Helper()
	secret, stored := oauth.NewClientSecret(time.Now())
	c := &oauth.Client{
		ID: oauth.NewClientID(), Name: "Test app", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{stored},
		GrantTypes: provider.GrantTypes(), RedirectURIs: []string{redirectURI},
	}
	if change != nil {
		change(c)
	}
	if c.Type == oauth.Public {
		c.Secrets, secret = nil, ""
	}
	if err := p.Store.CreateClient(context.Background(), c); err != nil {
		p.t.Fatal(err)
	}
	return c, secret
}
