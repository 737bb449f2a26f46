package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The life of a signing key: it is created and published at once, signs from
// ActiveAt, no longer from RetiredAt, and is published until ExpiresAt, when
// the last token that it can have signed is over. Only the very first key of
// an algorithm signs at once: nobody has read the set without it.
const (
	// keyLead is how long a key is published before it signs: longer than
	// caches keep the set (KeySetMaxAge) and other processes need to see it.
	keyLead = time.Hour
	// keySpread is how long other processes may not have seen a new key yet
	// (Store.Version), with some room.
	keySpread = 2 * time.Second
	// maxTokenTTL is the longest life that a signed token may have.
	maxTokenTTL = 30 * 24 * time.Hour
	// keyAfterlife is how long it is published afterwards: that, and a day.
	keyAfterlife = maxTokenTTL + 24*time.Hour
	// keyCheck is how often a process looks whether a rotation is due.
	keyCheck = time.Minute
)

// KeySetMaxAge is how long caches may keep the answer of JWKS.
const KeySetMaxAge = 5 * time.Minute

// keyRing holds the signing keys, opened, and follows the Store's Version.
type keyRing struct {
	store oauth.Store
	seal  sealer
	clock func() time.Time

	mu      sync.Mutex // one loads or adds at a time
	keys    atomic.Pointer[openKeys]
	checked atomic.Int64 // when a rotation was looked for, in Unix milliseconds
}

// openKeys is one state of the ring; it is never changed.
type openKeys struct {
	version uint64
	// until is when a published key expires, or zero: then the set is made anew.
	until time.Time
	all   []ringKey // oldest first
	jwks  Document
}

// ringKey is a signing key, opened.
type ringKey struct {
	oauth.SigningKey
	public  jose.PublicKey
	private *jose.PrivateKey
}

// signs reports whether the key may sign at that time.
func (k *ringKey) signs(at time.Time) bool {
	return k.private != nil && !k.ActiveAt.After(at) && (k.RetiredAt.IsZero() || k.RetiredAt.After(at))
}

// distrusted reports whether nothing that the key signed is believed any more:
// it left the public set before what it signed was over.
func (k *ringKey) distrusted() bool {
	return !k.RetiredAt.IsZero() && !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(k.RetiredAt.Add(keyAfterlife))
}

// published reports whether the key is in the public set.
func (k *ringKey) published(at time.Time) bool { return k.ExpiresAt.IsZero() || k.ExpiresAt.After(at) }

// prepare loads the keys, and creates the first one if there is none. If several
// processes start at once, the key of one of them is used by all.
func (k *keyRing) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, err := k.ensure(ctx, oauth.AlgES256)
	return err
}

// current is the ring as the Store has it.
func (k *keyRing) current(ctx context.Context) (*openKeys, error) {
	keys := k.keys.Load()
	if keys == nil || keys.version != k.store.Version() || (!keys.until.IsZero() && !keys.until.After(k.clock())) {
		return k.load(ctx)
	}
	return keys, nil
}

func (k *keyRing) load(ctx context.Context) (*openKeys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.loadLocked(ctx, false)
}

// loadLocked reads the Store if its Version has changed, or if told anew: what
// another process has just written may not show in the Version yet.
func (k *keyRing) loadLocked(ctx context.Context, anew bool) (*openKeys, error) {
	now := k.clock()
	version := k.store.Version() // before the rows: never newer than they are
	known := k.keys.Load()
	if !anew && known != nil && known.version == version && (known.until.IsZero() || known.until.After(now)) {
		return known, nil
	}
	rows, err := k.store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	keys := &openKeys{version: version}
	var published []jose.PublicKey
	for _, row := range rows {
		key := ringKey{SigningKey: row}
		if key.public, err = jose.ParsePublicKey(row.Public); err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		if len(row.Private) > 0 && key.published(now) {
			if key.private, err = k.open(row, known); err != nil {
				return nil, errOpening(row, err)
			}
		}
		if key.published(now) {
			published = append(published, key.public)
			if !row.ExpiresAt.IsZero() && (keys.until.IsZero() || row.ExpiresAt.Before(keys.until)) {
				keys.until = row.ExpiresAt
			}
		}
		keys.all = append(keys.all, key)
	}
	body, err := jose.MarshalSet(published)
	if err != nil {
		return nil, err
	}
	keys.jwks = newDocument(body)
	k.keys.Store(keys)
	return keys, nil
}

func errOpening(row oauth.SigningKey, err error) error {
	return fmt.Errorf("signing key %s: %w (is this the master key that it was sealed with?)", row.ID, err)
}

// CheckMasterKey reports whether the master key opens those of a Store's
// signing keys that a Server would open.
func CheckMasterKey(masterKey []byte, keys []oauth.SigningKey, now time.Time) error {
	c := Config{MasterKey: masterKey}
	seal := sealer{key: c.derive("signing keys")}
	for _, row := range keys {
		key := ringKey{SigningKey: row}
		if len(row.Private) == 0 || !key.published(now) {
			continue
		}
		if _, err := openSigningKey(seal, row); err != nil {
			return errOpening(row, err)
		}
	}
	return nil
}

// open gives the private half, which an earlier state may have opened already.
func (k *keyRing) open(row oauth.SigningKey, known *openKeys) (*jose.PrivateKey, error) {
	if known != nil {
		if old := known.find(row.ID); old != nil && old.private != nil {
			return old.private, nil
		}
	}
	return openSigningKey(k.seal, row)
}

// find is the key of that kid, or nil.
func (o *openKeys) find(id string) *ringKey {
	for i := range o.all {
		if o.all[i].ID == id {
			return &o.all[i]
		}
	}
	return nil
}

// newest is the key of the algorithm that was created last, or nil.
func (o *openKeys) newest(alg string) *ringKey {
	for i := len(o.all) - 1; i >= 0; i-- {
		if o.all[i].Alg == alg {
			return &o.all[i]
		}
	}
	return nil
}

// signer is the newest key of the algorithm that may sign then, or nil.
func (o *openKeys) signer(alg string, at time.Time) *ringKey {
	for i := len(o.all) - 1; i >= 0; i-- {
		if key := &o.all[i]; key.Alg == alg && key.signs(at) {
			return key
		}
	}
	return nil
}

// ensure gives the ring with a key of each of these algorithms, and makes
// those that are missing. To make an RSA key takes a good part of a second,
// once in the life of a database.
func (k *keyRing) ensure(ctx context.Context, algs ...string) (*openKeys, error) {
	keys, err := k.current(ctx)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(algs), func(alg string) bool { return keys.newest(alg) != nil })
	if len(missing) == 0 {
		return keys, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys, err = k.loadLocked(ctx, true); err != nil {
		return nil, err
	}
	// First all are made, then all are added: what is there signs on meanwhile,
	// as nobody reads the ring anew before the Store has changed.
	var made []oauth.SigningKey
	for _, alg := range missing {
		if keys.newest(alg) != nil {
			continue
		}
		now := k.clock()
		key, err := newSigningKey(k.seal, alg, now)
		if err != nil {
			return nil, err
		}
		key.ActiveAt = now
		made = append(made, key)
	}
	for _, key := range made {
		if _, err := k.store.AddSigningKey(ctx, key, "", time.Time{}); err != nil {
			return nil, err
		}
	}
	return k.loadLocked(ctx, true) // ours, or that of the process that won
}

// signing is the key that signs at that time.
func (k *keyRing) signing(ctx context.Context, alg string, at time.Time) (*ringKey, error) {
	keys, err := k.current(ctx)
	if err != nil {
		return nil, err
	}
	key := keys.signer(alg, at)
	if key == nil {
		if keys, err = k.ensure(ctx, alg); err != nil {
			return nil, err
		}
		// An idempotent replay asks for a moment before a key that was made
		// just now; the oldest one that can sign is right then.
		if key = cmp.Or(keys.signer(alg, at), keys.signer(alg, k.clock())); key == nil {
			return nil, fmt.Errorf("no signing key for %s: each is retired or not yet active. Add one: latchkey key rotate --alg %s --now", alg, alg)
		}
	}
	return key, nil
}
