package provider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestRotatedKeyIsPublishedAnHourBeforeItSigns(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	first := h.signer()
	next, err := h.RotateKey(ctx, oauth.AlgES256, false)
	if err != nil {
		t.Fatal(err)
	}
	if h.signer() != first || !h.publishes(next.ID) {
		t.Error("the new key signs before clients have it")
	}
	if _, err := h.RotateKey(ctx, oauth.AlgES256, false); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a second rotation: %v", err)
	}
	h.pass(time.Hour)
	if h.signer() != next.ID || !h.publishes(first) {
		t.Error("the new key does not sign, or the old one is no longer published")
	}
	token := h.tokens("scope", "read").AccessToken
	h.pass(40 * 24 * time.Hour)
	if h.publishes(first) {
		t.Error("the old key is still published")
	}
	if !h.publishes(next.ID) || h.active(token) {
		t.Error("the present key is not published, or an expired token is active")
	}
}

// TestOneKeyOfEachAlgorithmSigns at any time, whichever keys an administrator adds and retires.
func TestOneKeyOfEachAlgorithmSigns(t *testing.T) {
	newest := func(h *house) string {
		keys, err := h.SigningKeys(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return keys[len(keys)-1].ID
	}
	rotate := func(now bool) func(*house) error {
		return func(h *house) error { _, err := h.RotateKey(ctx, oauth.AlgES256, now); return err }
	}
	retire := func(h *house) error { return h.RetireKey(ctx, newest(h), false) }
	retireFirst := func(h *house) error { return h.RetireKey(ctx, h.signer(), false) }
	wait := func(d time.Duration) func(*house) error {
		return func(h *house) error { h.pass(d); return nil }
	}
	for name, steps := range map[string][]func(*house) error{
		"a key replaces one that does not sign yet": {rotate(false), rotate(true)},
		"a key is replaced at once, twice":          {rotate(true), rotate(true)},
		"the next key is retired":                   {rotate(false), retire},
		"the next key is retired late":              {rotate(false), wait(50 * time.Minute), retire},
		"the next key is retired, and added again":  {rotate(false), retire, rotate(true)},
		"the present key is retired":                {rotate(false), retireFirst},
		"the present key is retired late":           {rotate(false), wait(50 * time.Minute), retireFirst, rotate(false)},
		"both keys are retired":                     {rotate(false), retireFirst, retireFirst},
	} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
		h.signer()
		for i, step := range steps {
			if err := step(h); err != nil {
				t.Fatalf("%s, step %d: %v", name, i, err)
			}
		}
		h.pass(3 * time.Second)
		keys, err := h.SigningKeys(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for range 150 {
			h.pass(time.Minute)
			var active []string
			for i := range keys {
				if keys[i].State(h.now) == oauth.KeyActive {
					active = append(active, keys[i].ID)
				}
			}
			if len(active) != 1 || h.signer() != active[0] {
				t.Errorf("%s: the key %s signs, and the active keys are %q", name, h.signer(), active)
				break
			}
		}
	}
}

// TestPublishedKeyReplacesARetiredOne at once, and no third key is generated: clients might already
// have the published key.
func TestPublishedKeyReplacesARetiredOne(t *testing.T) {
	for _, distrust := range []bool{true, false} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
		first := h.signer()
		next, err := h.RotateKey(ctx, oauth.AlgES256, false)
		if err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		if err := h.RetireKey(ctx, first, distrust); err != nil {
			t.Fatal(err)
		}
		keys, err := h.SigningKeys(ctx)
		if err != nil {
			t.Fatal(err)
		}
		of := 0
		for i := range keys {
			if keys[i].Alg == oauth.AlgES256 {
				of++
			}
		}
		if h.signer() != next.ID || of != 2 || h.publishes(first) == distrust {
			t.Errorf("distrust %v: %s signs, not the published key %s, of %d keys", distrust, h.signer(), next.ID, of)
		}
	}
}

func TestRetiredKeyIsReplacedAtOnce(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	old := h.tokens("scope", "read").AccessToken
	first := h.signer()
	if err := h.RetireKey(ctx, first, true); err != nil {
		t.Fatal(err)
	}
	if h.signer() == first || h.publishes(first) || h.active(old) {
		t.Error("the stolen key still signs, is published or is accepted")
	}
	if err := h.RetireKey(ctx, "unknown", false); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	second := h.signer()
	trusted := h.tokens("scope", "read").AccessToken
	h.pass(time.Second)
	if err := h.RetireKey(ctx, second, false); err != nil {
		t.Fatal(err)
	}
	if h.signer() == second || !h.publishes(second) || !h.active(trusted) {
		t.Error("a retired key still signs, or its tokens are no longer valid")
	}
}

// TestIDTokenHintOfADistrustedKeyIsRejected: an attacker with a stolen key can
// sign ID tokens. They must not log people out without confirmation, or select the
// person for an authorization request. Hints of expired keys are accepted.
func TestIDTokenHintOfADistrustedKeyIsRejected(t *testing.T) {
	for _, distrust := range []bool{true, false} {
		h := newHouse(t, nil)
		hint := h.tokens("scope", "openid").IDToken
		h.pass(time.Second)
		if err := h.RetireKey(ctx, h.idSigner(), distrust); err != nil {
			t.Fatal(err)
		}
		wanted := map[bool]string{true: "invalid_request"}[distrust]
		for _, wait := range []time.Duration{0, 100 * 24 * time.Hour} {
			h.pass(wait)
			_, err := h.Logout(ctx, params(t, "id_token_hint", hint))
			wantCode(t, err, wanted)
			_, err = h.ask("scope", "openid", "id_token_hint", hint)
			wantCode(t, err, wanted)
		}
	}
}

// idSigner returns the kid of an ID token issued now.
func (h *house) idSigner() string {
	h.t.Helper()
	signed, err := jose.ParseSignedCompact(h.tokens("scope", "openid").IDToken, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		h.t.Fatal(err)
	}
	return signed.Signatures[0].Protected.KeyID
}

func TestLaterOfTwoKeysWithTheSameTimeIsTheNewest(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	for range 8 { // the ids are random, so a wrong order is found soon
		key, err := h.RotateKey(ctx, oauth.AlgES256, true)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := h.SigningKeys(ctx)
		if err != nil || keys[len(keys)-1].ID != key.ID {
			t.Fatalf("the newest key is %s, want %s: %v", keys[len(keys)-1].ID, key.ID, err)
		}
	}
}

func TestImportedKeySignsIfItFitsTheAlgorithm(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		alg  string
		key  crypto.PrivateKey
		good bool
	}{
		"ES256":                {oauth.AlgES256, p256, true},
		"EdDSA":                {oauth.AlgEdDSA, edwards, true},
		"another curve":        {oauth.AlgES256, p384, false},
		"another algorithm":    {oauth.AlgRS256, p256, false},
		"a short RSA key":      {oauth.AlgRS256, short, false},
		"an unknown algorithm": {"HS256", []byte("secret"), false},
	} {
		key, err := h.ImportKey(ctx, test.alg, test.key, true)
		if (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
		h.pass(2 * time.Second)
		if test.good && test.alg == oauth.AlgES256 && h.signer() != key.ID {
			t.Errorf("%s does not sign", name)
		}
	}
	if _, err := h.ImportKey(ctx, oauth.AlgES256, p256, true); err == nil {
		t.Error("the same key is imported twice")
	}
}
