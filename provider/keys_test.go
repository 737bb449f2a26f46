package provider_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// reader is a client or an API that caches the key set for KeySetMaxAge.
type reader struct {
	mu      sync.Mutex
	keys    jose.JSONWebKeySet
	fetched time.Time
}

// key returns the key from the cached set, or nil.
func (r *reader) key(t *testing.T, h *house, kid string) *jose.JSONWebKey {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	h.mu.Lock()
	now := h.now
	h.mu.Unlock()
	if now.Sub(r.fetched) >= provider.KeySetMaxAge {
		document, err := h.JWKS(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r.keys = jose.JSONWebKeySet{}
		if err := json.Unmarshal(document.Body, &r.keys); err != nil {
			t.Fatal(err)
		}
		r.fetched = now
	}
	found := r.keys.Key(kid)
	if len(found) != 1 {
		return nil
	}
	return &found[0]
}

// TestClientsHaveTheKeyOfEveryValidToken rotates keys during thirty days of
// issued tokens: a client that follows the cache headers can verify each token
// when it is issued and just before it expires. "make soak" issues 100,000.
func TestClientsHaveTheKeyOfEveryValidToken(t *testing.T) {
	t.Parallel()
	rotation := 36 * time.Hour
	h := newHouse(t, func(config *provider.Config, c *oauth.Client) {
		c.AccessTokenFormat = oauth.JWT
		config.KeyRotation = rotation
	})
	tokens := 2_000
	if os.Getenv("LATCHKEY_SOAK") != "" {
		tokens = 100_000
	}
	step := 30 * 24 * time.Hour / time.Duration(tokens)
	client := new(reader)
	seen := make(map[string]bool)
	type issued struct {
		kid     string
		expires time.Time
	}
	var living []issued
	for range tokens {
		h.pass(step)
		answer, err := h.token("grant_type", "client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		signed, err := jose.ParseSignedCompact(answer.AccessToken, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		kid := signed.Signatures[0].Protected.KeyID
		key := client.key(t, h, kid)
		if key == nil {
			t.Fatalf("after %d keys, a token is signed with a key that the client does not have", len(seen))
		}
		if _, err := signed.Verify(key); err != nil {
			t.Fatal(err)
		}
		seen[kid] = true
		living = append(living, issued{kid, h.now.Add(time.Hour - time.Second)})
		for !living[0].expires.After(h.now) {
			if client.key(t, h, living[0].kid) == nil {
				t.Fatal("the key of a valid token is no longer published")
			}
			living = living[1:]
		}
	}
	if want := int(30*24*time.Hour/rotation) * 2 / 3; len(seen) < want {
		t.Errorf("only %d keys have signed, want %d", len(seen), want)
	}
}

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

func TestServersOnOneStorePublishEachOthersKeys(t *testing.T) {
	var config provider.Config
	h := newHouse(t, func(c *provider.Config, client *oauth.Client) {
		client.AccessTokenFormat = oauth.JWT
		config = *c
	})
	other, err := provider.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	two := &house{Provider: other, t: t, store: h.store, now: h.now, who: h.who, id: h.id, key: h.key}
	if h.signer() != two.signer() {
		t.Fatal("two servers that start together sign with two keys")
	}
	if _, err := h.RotateKey(ctx, oauth.AlgES256, true); err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]*house{{h, two}, {two, h}} {
		if kid := pair[0].signer(); !pair[1].publishes(kid) {
			t.Errorf("one server signs with %s, and the other does not publish it", kid)
		}
	}
}

// lagging is the Store of a process that has not read yet what another process has
// written.
type lagging struct {
	oauth.Store
	version uint64
}

func (l *lagging) Version() uint64 { return l.version }

// TestNewKeySignsOnlyAfterOtherProcessesHaveReadIt: the Version of a Store may
// change up to a second after another process has written.
func TestNewKeySignsOnlyAfterOtherProcessesHaveReadIt(t *testing.T) {
	var config provider.Config
	h := newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
		client.IDTokenAlg, client.AccessTokenFormat = oauth.AlgEdDSA, oauth.JWT
		config = *c
	})
	store := &lagging{Store: h.store, version: h.store.Version()}
	config.Store = store
	other, err := provider.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	two := &house{Provider: other, t: t, store: h.store, now: h.now, who: h.who, id: h.id, key: h.key}
	two.payload(h.tokens("scope", "openid", "nonce", "n").IDToken) // the first key of an algorithm
	if t.Failed() {
		return
	}
	first := h.signer()
	next, err := h.RotateKey(ctx, oauth.AlgES256, true)
	if err != nil {
		t.Fatal(err)
	}
	if h.signer() != first || !two.publishes(first) {
		t.Error("the new key signs before the other process has read it")
	}
	store.version = h.store.Version()
	h.pass(2 * time.Second)
	if h.signer() != next.ID || !two.publishes(next.ID) {
		t.Error("the new key does not sign")
	}
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

// TestKeyVerifiesOnlyItsOwnAlgorithm: an RSA key could verify both RS256 and PS256
// (RFC 8725 §3.1).
func TestKeyVerifiesOnlyItsOwnAlgorithm(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.ImportKey(ctx, oauth.AlgRS256, private, true)
	if err != nil {
		t.Fatal(err)
	}
	for alg, code := range map[jose.SignatureAlgorithm]string{jose.RS256: "", jose.PS256: "invalid_request"} {
		options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", key.ID)
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: private}, options)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign([]byte(`{"iss":"` + issuer + `","sub":"ada-id","aud":"` + h.id + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		hint, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Logout(ctx, params(t, "id_token_hint", hint))
		wantCode(t, err, code)
	}
}

func TestSigningKeysOpenOnlyWithTheirMasterKey(t *testing.T) {
	h := newHouse(t, nil)
	config := h.Config
	config.MasterKey = []byte(strings.Repeat("another ", 4))
	if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("another master key: %v", err)
	}
	keys, err := h.store.SigningKeys(ctx)
	if err != nil || strings.Contains(string(keys[0].Private), `"d"`) {
		t.Errorf("the private half is readable: %v", err)
	}
}

// signer returns the kid of an access token issued now.
func (h *house) signer() string {
	h.t.Helper()
	answer, err := h.token("grant_type", "client_credentials")
	if err != nil {
		h.t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(answer.AccessToken, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		h.t.Fatal(err)
	}
	return signed.Signatures[0].Protected.KeyID
}

// publishes reports whether the key is in the key set.
func (h *house) publishes(kid string) bool {
	h.t.Helper()
	document, err := h.JWKS(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Contains(string(document.Body), kid)
}

func TestRunCreatesTheMissingKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		if keys, err := h.SigningKeys(ctx); err != nil || len(keys) != 1 || keys[0].Alg != oauth.AlgES256 {
			t.Fatalf("after New the keys are %v: %v", keys, err)
		}
		running, stop := context.WithCancel(ctx)
		go h.Run(running)
		synctest.Wait()
		created, err := h.SigningKeys(ctx)
		if err != nil || len(created) != len(oauth.SigningAlgorithms()) {
			t.Fatalf("after Run the keys are %v: %v", created, err)
		}
		document, err := h.JWKS(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var published jose.JSONWebKeySet
		if err := json.Unmarshal(document.Body, &published); err != nil || len(published.Keys) != len(created) {
			t.Errorf("%d keys are published: %v", len(published.Keys), err)
		}
		for _, key := range created {
			if len(published.Key(key.ID)) != 1 || key.State(h.now) != oauth.KeyActive {
				t.Errorf("the key for %s is %s", key.Alg, key.State(h.now))
			}
		}
		if after, err := h.SigningKeys(ctx); err != nil || len(after) != len(created) {
			t.Errorf("after JWKS there are %d keys: %v", len(after), err)
		}
		stop()
		synctest.Wait()
	})
}
