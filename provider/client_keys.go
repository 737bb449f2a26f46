package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// keySetFresh is how long a fetched key set is used without a question.
	keySetFresh = 10 * time.Minute
	// keySetStale is how long it is used when it cannot be fetched anew.
	keySetStale = time.Hour
	// keySetPause is between two fetches of one URL, whatever happens: neither
	// unknown keys nor failures make a storm.
	keySetPause = time.Minute
	// maxKeySets bounds the cache; past it, it starts anew.
	maxKeySets = 1000

	maxKeySetLength = 64 << 10 // bytes
	maxClientKeys   = 32       // in one set
)

// parseKeySet reads the public keys of a JWK Set (RFC 7517 §5). Keys of kinds
// that are not known here are left out, and a private key is an error: whoever
// sends it here has sent it elsewhere too.
func parseKeySet(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(text) > maxKeySetLength {
		return nil, fmt.Errorf("the key set is longer than %d bytes", maxKeySetLength)
	}
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil {
		return nil, errors.New("this is not a JWK Set: an object with a list of keys")
	}
	if len(set.Keys) > maxClientKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxClientKeys)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil {
			continue
		}
		if !key.IsPublic() {
			return nil, errors.New("the key set has a private or secret key: it must have public keys alone")
		}
		if key.Valid() {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// keyFilter tells which keys can do something.
type keyFilter func(*jose.JSONWebKey) bool

// verifies are the keys that a signature of this algorithm can be of. A kid
// that is named must be the key's, if it has one.
func verifies(alg, kid string) keyFilter {
	return func(k *jose.JSONWebKey) bool {
		if k.Use == "enc" || (k.Algorithm != "" && k.Algorithm != alg) || (kid != "" && k.KeyID != "" && k.KeyID != kid) {
			return false
		}
		switch key := k.Key.(type) {
		case *rsa.PublicKey:
			return (alg == oauth.AlgRS256 || alg == oauth.AlgPS256) && key.N.BitLen() >= oauth.LeastRSABits // RFC 7518 §3.3
		case *ecdsa.PublicKey:
			return alg == oauth.AlgES256 && key.Curve == elliptic.P256()
		case ed25519.PublicKey:
			return alg == oauth.AlgEdDSA
		}
		return false
	}
}

// clientKeys gives those keys of the client that fit; none is no error.
// ErrUnavailable: its key set cannot be fetched.
func (s *Provider) clientKeys(ctx context.Context, c *oauth.Client, fits keyFilter) ([]jose.JSONWebKey, error) {
	if c.JWKSURI != "" {
		return s.keySets.find(ctx, c.JWKSURI, fits)
	}
	if len(c.JWKS) == 0 {
		return nil, nil
	}
	keys, err := parseKeySet(c.JWKS)
	return fitting(keys, fits), err
}

func fitting(keys []jose.JSONWebKey, fits keyFilter) (found []jose.JSONWebKey) {
	for i := range keys {
		if fits(&keys[i]) {
			found = append(found, keys[i])
		}
	}
	return found
}

// keySets keeps the key sets that clients publish, by their URL.
type keySets struct {
	outbound oauth.Outbound
	clock    func() time.Time
	mu       sync.Mutex
	sets     map[string]*keySet
}

// keySet is one of them. Its lock is held while it is fetched, so that one
// fetches and the others wait for it.
type keySet struct {
	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the last time with success
	tried   time.Time
	err     error // of the last time
}

// find gives the keys that fit. A set that has none is fetched anew: the
// client may have rotated its keys (OpenID Connect Core §10.1.1).
func (k *keySets) find(ctx context.Context, address string, fits keyFilter) ([]jose.JSONWebKey, error) {
	set := k.set(address)
	set.mu.Lock()
	defer set.mu.Unlock()
	now := k.clock()
	found := fitting(set.keys, fits)
	if (found == nil || now.Sub(set.fetched) >= keySetFresh) && (set.tried.IsZero() || now.Sub(set.tried) >= keySetPause) {
		// Whoever came first may give up; the others still want to know.
		k.fetch(context.WithoutCancel(ctx), set, address, now)
		found = fitting(set.keys, fits)
	}
	if found == nil && set.err != nil {
		return nil, fmt.Errorf("%w: key set of a client: %w", oauth.ErrUnavailable, set.err)
	}
	return found, nil
}

func (k *keySets) set(address string) *keySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := k.sets[address]
	if set == nil {
		if k.sets == nil || len(k.sets) >= maxKeySets {
			k.sets = make(map[string]*keySet)
		}
		set = new(keySet)
		k.sets[address] = set
	}
	return set
}

func (k *keySets) fetch(ctx context.Context, set *keySet, address string, now time.Time) {
	set.tried = now
	if k.outbound == nil {
		set.err = errors.New("there is no Outbound")
		return
	}
	text, err := k.outbound.Get(ctx, address, maxKeySetLength)
	if err == nil {
		var keys []jose.JSONWebKey
		if keys, err = parseKeySet(text); err == nil {
			set.keys, set.fetched = keys, now
		}
	}
	if set.err = err; err != nil && now.Sub(set.fetched) >= keySetStale {
		set.keys = nil
	}
}
