package latchkeytest

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// AddClient adds a client and returns it and its secret. By default the client is
// confidential and can use every grant type of Latchkey. If change is not nil, it can change
// the client. A public client can use the grant types that need no secret, and its secret is
// empty.
//
// A client whose metadata Server.CreateApplication would reject, such as one with the redirect
// URI http://app.example/callback, fails the test. Use AddInvalidClient if the test needs it.
func (p *Provider) AddClient(redirectURI string, change func(*oauth.Client)) (*oauth.Client, string) {
	p.t.Helper()
	c, secret := newClient(redirectURI, change)
	if err := p.Server.ValidateApplication(context.Background(), c); err != nil {
		p.t.Fatalf("latchkeytest: AddClient: the metadata of the client is not valid:\n%v\nCorrect it, or use AddInvalidClient if the test needs a client that the server rejects.", err)
	}
	return p.storeClient(c, secret)
}

// AddInvalidClient is AddClient without the check of the client metadata. It is for tests of
// clients that the server would reject today, such as those that an older release stored.
func (p *Provider) AddInvalidClient(redirectURI string, change func(*oauth.Client)) (*oauth.Client, string) {
	p.t.Helper()
	return p.storeClient(newClient(redirectURI, change))
}

// newClient returns a client and its secret.
func newClient(redirectURI string, change func(*oauth.Client)) (*oauth.Client, string) {
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
		if slices.Equal(c.GrantTypes, provider.GrantTypes()) {
			c.GrantTypes = []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantDeviceCode}
		}
	}
	return c, secret
}

func (p *Provider) storeClient(c *oauth.Client, secret string) (*oauth.Client, string) {
	p.t.Helper()
	if err := p.Store.CreateClient(context.Background(), c); err != nil {
		p.t.Fatalf("latchkeytest: storeClient: %v", err)
	}
	return c, secret
}
