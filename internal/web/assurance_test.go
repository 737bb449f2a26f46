package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestIDTokenSaysHowThePersonLoggedIn (OpenID Connect Core §2, RFC 8176).
func TestIDTokenSaysHowThePersonLoggedIn(t *testing.T) {
	for name, test := range map[string]struct {
		totp   bool
		change func(*latchkey.Options)
		want   string
	}{
		"a password":            {false, nil, "urn:latchkey:acr:1fa [pwd]"},
		"a password and a code": {true, nil, "urn:latchkey:acr:2fa [pwd otp mfa]"},
		"other names":           {true, func(o *latchkey.Options) { o.ACRValues = []string{"low", "high", "highest"} }, "high [pwd otp mfa]"},
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t, func(o *latchkey.Options) {
				if test.change != nil {
					test.change(o)
				}
			})
			client, secret := p.AddClient("https://app.example/cb", nil)
			ada, b := p.AddUser("ada", false), p.Browser()
			if test.totp {
				_, added := addTOTP(t, p, ada, time.Now())
				setSession(t, p, b, added.Cookie)
			}
			code, err := b.Authorize(openIDRequest(p, client), "ada")
			if err != nil {
				t.Fatal(err)
			}
			_, body := redeem(t, p, client, secret, code)
			claims := claimsOf(t, body)
			if got := fmt.Sprint(claims["acr"], " ", claims["amr"]); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
