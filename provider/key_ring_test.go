package provider_test

import (
	"encoding/json"
	"os"
	"sync"
	"testing"
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
	tokens := 1_000
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
