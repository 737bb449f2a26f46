package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newForeignAt returns a server whose client was created 700 ms after a full second, and
// the ways to present a JWT of the trusted issuer with an iat.
func newForeignAt(t *testing.T) (f *foreign, uses map[string]func(iat float64) error) {
	t.Helper()
	f = newForeign(t, func(config *provider.Config, c *oauth.Client, i *oauth.TrustedIssuer) {
		i.Reusable = true
		c.CreatedAt = config.Clock().Add(700 * time.Millisecond)
	})
	f.pass(800 * time.Millisecond)
	return f, map[string]func(iat float64) error{
		"assertion": func(iat float64) error {
			_, err := f.bear(f.jwt("", map[string]any{"iat": iat}))
			return err
		},
		"ID-JAG": func(iat float64) error {
			_, err := f.bear(f.jwt("oauth-id-jag+jwt", map[string]any{"iat": iat, "client_id": f.id, "scope": "read"}))
			return err
		},
		"subject_token": func(iat float64) error {
			_, err := f.token("grant_type", oauth.GrantTokenExchange, "subject_token_type", "urn:ietf:params:oauth:token-type:jwt",
				"subject_token", f.jwt("", map[string]any{"iat": iat}))
			return err
		},
	}
}

// Issuers round an iat down to the second (RFC 7519 §2).
func TestForeignJWTOfTheSecondInWhichTheClientWasCreatedIsAccepted(t *testing.T) {
	f, uses := newForeignAt(t)
	second := float64(f.now.Unix())
	for name, use := range uses {
		if err := use(second); err != nil {
			t.Errorf("%s of the same second: %v", name, err)
		}
		if err := use(second - 1); err == nil {
			t.Errorf("%s of the second before was accepted", name)
		}
	}
}

// A JWT with the second of a revocation may have been issued before it.
func TestForeignJWTOfTheSecondOfARevocationIsRejected(t *testing.T) {
	for revoked, revoke := range map[string]func(f *foreign) error{
		"person": func(f *foreign) error { return f.store.RevokeSubject(ctx, "corp:u-1", f.now) },
		"client": func(f *foreign) error {
			return f.store.SwitchClient(ctx, oauth.ClientSwitch{ClientID: f.id, At: f.now, RevokedBefore: f.now})
		},
	} {
		f, uses := newForeignAt(t)
		if err := revoke(f); err != nil {
			t.Fatal(err)
		}
		second := float64(f.now.Unix())
		f.pass(200 * time.Millisecond)
		for name, use := range uses {
			for _, iat := range []float64{second, second + 0.7, second + 0.8} {
				if err := use(iat); err == nil || !strings.Contains(err.Error(), "was revoked") {
					t.Errorf("%s, %s with the iat %.1f: %v", revoked, name, iat, err)
				}
			}
			if err := use(second + 0.9); err != nil {
				t.Errorf("%s, %s with a fraction after the revocation: %v", revoked, name, err)
			}
			if err := use(second + 1); err != nil {
				t.Errorf("%s, %s of the next second: %v", revoked, name, err)
			}
		}
	}
}
