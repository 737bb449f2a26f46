package web_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Wrong guesses at a chosen secret get 429 at every endpoint where a client
// authenticates, and the client itself, at another address, is not affected.
func TestGuessesAtAClientSecretAreThrottledByAddress(t *testing.T) {
	const secret = "a secret that a person chose"
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		phc, err := argon2id.CreateHash(secret, hashcost.Least().Params())
		if err != nil {
			t.Fatal(err)
		}
		c.Secrets = []oauth.ClientSecret{{ID: "1", Slow: phc}}
	})
	try := func(endpoint, address, guess string) (status int, retryAfter string) {
		response, _ := send(t, "POST", p.Issuer+endpoint, url.Values{
			"grant_type": {"client_credentials"}, "token": {"x"}, "client_id": {client.ID}, "client_secret": {guess},
		}.Encode(), "Content-Type", form, "X-Forwarded-For", address)
		return response.StatusCode, response.Header.Get("Retry-After")
	}
	for i := range 12 {
		try("/token", "192.0.2.1", fmt.Sprintf("a wrong guess, number %d", i))
	}
	for _, endpoint := range []string{"/token", "/introspect", "/revoke_token"} {
		if status, retryAfter := try(endpoint, "192.0.2.1", "another guess"); status != 429 || retryAfter == "" {
			t.Errorf("%s: got %d, Retry-After %q", endpoint, status, retryAfter)
		}
		if status, _ := try(endpoint, "198.51.100.1", secret); status != 200 {
			t.Errorf("%s: the client itself: got %d", endpoint, status)
		}
	}
}
