package latchkey_test

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The page of an application is copied to its developers, so it must not promise claims that a
// program with its own users does not send.
func TestPageOfAnApplicationPromisesOnlyClaimsThatAreSent(t *testing.T) {
	for want, change := range map[string]func(*latchkey.Options){
		"not sent, because the program of this server does not set Options.Claims": nil,
		"with the scopes openid, profile and email, if the server has them": func(o *latchkey.Options) {
			o.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) { return nil, nil }
		},
		"profile and email, if the server has them": func(o *latchkey.Options) {
			o.AddClaims = func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) { return nil, nil }
		},
	} {
		p := latchkeytest.New(t, latchkeytest.OwnPeople("root"), change)
		client, _ := p.AddClient("https://app.example/cb", nil)
		b := p.Browser()
		page := b.LogIn(b.Open(p.URL+"/admin/applications/"+client.ID+"/"), "root")
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page does not say %q: %d", want, page.StatusCode)
		}
	}
}
