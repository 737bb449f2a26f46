package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// keyRing holds the signing keys. It reads them again when the Version of the
// Store changes.
type keyRing struct {
	store     oauth.Store
	seal      sealer
	masterKey []byte // explains why seal cannot decrypt a key
	clock     func() time.Time
	generate  func(alg string) (*jose.PrivateKey, error)

	shared  singleflight.Group // callers that need the keys at the same time read them once
	mu      sync.Mutex         // held while keys are read
	failing atomic.Bool        // the last read failed, or did not end in time
	keys    atomic.Pointer[keySnapshot]
	checked atomic.Int64 // when the last check for a due rotation was, in Unix milliseconds
}

// prepare reads the keys, and generates the first one if the Store has none. Of
// several processes that start at the same time, one adds its key.
func (k *keyRing) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, err := k.ensure(ctx, oauth.AlgES256)
	return cmp.Or(err, ctx.Err())
}

// current returns the current keys of the Store. They are read once for all
// requests that need them, and each request waits only for as long as it is allowed
// to.
func (k *keyRing) current(ctx context.Context) (*keySnapshot, error) {
	if keys := k.keys.Load(); keys.valid(k.store.Version(), k.clock()) {
		return keys, nil
	}
	for {
		version := k.store.Version()
		keys, err := k.share(ctx, "", k.read)
		if keys == nil || keys.version >= version {
			return keys, err
		} // the read began before the Version changed
	}
}

// share runs a task once for all requests that need it at the same time. Each waits
// only as long as it may, and the task continues without it.
func (k *keyRing) share(ctx context.Context, name string, task func(context.Context) (*keySnapshot, error)) (*keySnapshot, error) {
	begun := time.Now()
	defer func() { oauth.AddStoreWait(ctx, time.Since(begun)) }()
	timeout := time.NewTimer(oauth.StoreWaitLeft(ctx))
	defer timeout.Stop()
	select {
	case done := <-k.shared.DoChan(name, func() (any, error) {
		defer crash.Log(nil)
		return task(oauth.WithStoreWait(context.WithoutCancel(ctx)))
	}):
		keys, _ := done.Val.(*keySnapshot)
		return keys, done.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timeout.C:
		k.failing.Store(true)
		return nil, errKeysTooLate
	}
}

// errKeysTooLate is the error for a request that cannot wait any longer.
var errKeysTooLate = fmt.Errorf("%w: the signing keys could not be read or added in time", oauth.ErrUnavailable)

// read reads the keys for all callers that need them now.
func (k *keyRing) read(ctx context.Context) (*keySnapshot, error) { return k.load(ctx, false) }

// load reads the keys if the Version of the Store has changed, or if reload is
// set: the Version may change some time after another process has written a key.
func (k *keyRing) load(ctx context.Context, reload bool) (*keySnapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock()
	version := k.store.Version() // read before the rows, so that it is never newer
	known := k.keys.Load()
	if !reload && known.valid(version, now) {
		return known, nil
	}
	rows, err := k.store.SigningKeys(ctx)
	k.failing.Store(errors.Is(err, oauth.ErrUnavailable))
	if err != nil {
		return nil, err
	}
	keys := &keySnapshot{version: version}
	var published []jose.PublicKey
	for _, row := range rows {
		key := ringKey{SigningKey: row}
		if key.public, err = jose.ParsePublicKey(row.Public); err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		if len(row.Private) > 0 && key.published(now) {
			if key.private, err = k.open(row, known); err != nil {
				return nil, errOpening(k.masterKey, row, err)
			}
		}
		if key.published(now) {
			published = append(published, key.public)
			if !row.ExpiresAt.IsZero() && (keys.validUntil.IsZero() || row.ExpiresAt.Before(keys.validUntil)) {
				keys.validUntil = row.ExpiresAt
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

// open returns the private half of a key. It is taken from the known snapshot if
// it was opened before.
func (k *keyRing) open(row oauth.SigningKey, known *keySnapshot) (*jose.PrivateKey, error) {
	if known != nil {
		if old := known.find(row.ID); old != nil && old.private != nil {
			return old.private, nil
		}
	}
	return openSigningKey(k.seal, row)
}

// ensure returns the keys, with at least one key for each of the algorithms. It
// generates the missing ones. Generating an RSA key takes a noticeable fraction of a second,
// once for each database.
func (k *keyRing) ensure(ctx context.Context, algs ...string) (*keySnapshot, error) {
	keys, err := k.current(ctx)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(algs), func(alg string) bool { return keys.newest(alg) != nil })
	if len(missing) == 0 {
		return keys, nil
	}
	return k.share(ctx, "add "+strings.Join(missing, " "), func(ctx context.Context) (*keySnapshot, error) { return k.add(ctx, missing) })
}

// add adds a key for each of the algorithms that has none. Requests that need other
// keys do not wait for it. If two calls add a key for the same algorithm, the Store
// accepts one.
func (k *keyRing) add(ctx context.Context, missing []string) (*keySnapshot, error) {
	keys, err := k.load(ctx, true)
	if err != nil {
		return nil, err
	}
	// All keys are generated before the first one is added. Until then the Store
	// does not change, so the other callers continue with the known keys.
	var added []oauth.SigningKey
	for _, alg := range missing {
		if keys.newest(alg) != nil {
			continue
		}
		now := k.clock()
		key, err := k.newKey(alg, now)
		if err != nil {
			return nil, err
		}
		key.ActiveAt = now
		added = append(added, key)
	}
	for _, key := range added {
		if _, err := k.store.AddSigningKey(ctx, key, "", time.Time{}); err != nil {
			return nil, err
		}
	}
	return k.load(ctx, true) // our keys, or those of a process that was faster
}

// newKey generates a key and returns it in the form that is stored.
func (k *keyRing) newKey(alg string, now time.Time) (oauth.SigningKey, error) {
	key, err := k.generate(alg)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return sealSigningKey(k.seal, alg, key, now)
}

// signing returns the key that signs at that time.
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
		// The replay of a refresh signs for a time in the past, which may be
		// before the first key of the algorithm. Then the key of now signs.
		// The clock of the process that added the first key can be ahead of this one; no
		// client has cached a key set without that key.
		if key = cmp.Or(keys.signer(alg, at), keys.signer(alg, k.clock()), keys.first(alg)); key == nil {
			return nil, fmt.Errorf("no signing key for %s: each key is retired or not yet active. Add one with: latchkey key rotate --alg %s --now", alg, alg)
		}
	}
	return key, nil
}
