package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SigningKeys returns all signing keys, oldest first.
func (s *Provider) SigningKeys(ctx context.Context) ([]oauth.SigningKey, error) {
	return s.Store.SigningKeys(ctx)
}

// RotateKey generates a new key for the algorithm. It is published at once, and
// replaces the current key after an hour, when all clients have fetched it. With
// now, it replaces the current key after two seconds, when all processes have
// read it. Set now only if the current key may have been stolen, because a client
// that does not fetch the key set again for an unknown kid rejects new tokens until
// its cache expires. ErrConflict: another process has rotated the key at the same
// time, or another new key has not replaced the current one yet.
func (s *Provider) RotateKey(ctx context.Context, alg string, now bool) (oauth.SigningKey, error) {
	key, err := s.keys.newKey(alg, s.now())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return s.keys.succeed(ctx, key, now)
}

// ImportKey is RotateKey with a given private key instead of a generated one: an
// *ecdsa.PrivateKey on P-256, an *rsa.PrivateKey or an ed25519.PrivateKey.
func (s *Provider) ImportKey(ctx context.Context, alg string, private any, now bool) (oauth.SigningKey, error) {
	imported, err := jose.NewPrivateKey(alg, private)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	key, err := sealSigningKey(s.keys.seal, alg, imported, s.now())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return s.keys.succeed(ctx, key, now)
}

// RetireKey makes a key stop signing at once. The tokens that it signed stay
// valid until they expire. With distrust they become invalid, because the key is
// removed from the key set at once. Use it for a key that was stolen. If no other
// key of its algorithm is active, the published one becomes active at once, because clients might
// already have it. A new key is generated if no key is published, or if the retired key would
// have replaced the active key. ErrNotFound: the key does not exist.
func (s *Provider) RetireKey(ctx context.Context, id string, distrust bool) error {
	keys, err := s.keys.current(ctx)
	if err != nil {
		return err
	}
	key := keys.find(id)
	if key == nil {
		return oauth.ErrNotFound
	}
	at := s.now()
	expires := at.Add(keyAfterlife)
	if distrust {
		expires = at
	}
	if err := s.Store.RetireSigningKey(ctx, id, at, expires); err != nil {
		return err
	}
	if keys, err = s.keys.current(ctx); err != nil || keys.signer(key.Alg, at) != nil && keys.lasts(key.Alg) {
		return err
	}
	signsOn := keys.signer(key.Alg, at) != nil && keys.signer(key.Alg, at.Add(keyLead)) != nil
	_, err = s.RotateKey(ctx, key.Alg, !signsOn)
	return err
}

// Rotation returns when the next key, which the server adds automatically, replaces this key. The
// time is zero if this key already has an end, or is replaced only by hand.
func (s *Provider) Rotation(k *oauth.SigningKey) time.Time {
	if s.KeyRotation < 0 || !k.RetiredAt.IsZero() {
		return time.Time{}
	}
	return k.ActiveAt.Add(s.KeyRotation + keyLead)
}

// succeed adds the key as the successor of the newest key of its algorithm.
func (k *keyRing) succeed(ctx context.Context, key oauth.SigningKey, now bool) (oauth.SigningKey, error) {
	keys, err := k.current(ctx)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	replaces := ""
	key.ActiveAt = key.CreatedAt
	if newest := keys.newest(key.Alg); newest != nil {
		if !now && newest.State(key.CreatedAt) == oauth.KeyPublished {
			return oauth.SigningKey{}, oauth.ErrConflict // another key is already waiting
		}
		switch replaces = newest.ID; {
		case !now:
			key.ActiveAt = key.CreatedAt.Add(keyLead)
		case keys.signer(key.Alg, key.CreatedAt) != nil:
			key.ActiveAt = key.CreatedAt.Add(keySpread)
		}
		// The newest key is that with the latest CreatedAt, even if the clocks of
		// two processes differ.
		if !key.CreatedAt.After(newest.CreatedAt) {
			key.CreatedAt = newest.CreatedAt.Add(time.Millisecond)
		}
	}
	added, err := k.store.AddSigningKey(ctx, key, replaces, key.ActiveAt.Add(keyAfterlife))
	if err == nil && !added {
		err = oauth.ErrConflict
	}
	return key, err
}

// maintainKeys rotates the keys that have signed for KeyRotation, and deletes the
// private halves of expired keys. It checks at most once a minute. If several
// processes do so at the same time, one of them rotates a key. After a failure it
// tries again later. The request that called it does not fail.
func (s *Provider) maintainKeys(ctx context.Context) {
	now := s.now()
	last := s.keys.checked.Load()
	if now.UnixMilli()-last < keyCheck.Milliseconds() || !s.keys.checked.CompareAndSwap(last, now.UnixMilli()) {
		return
	}
	if err := s.rotateDue(ctx, now); err != nil {
		s.Logger.WarnContext(ctx, "signing keys could not be rotated or deleted; this will be retried", "error", err.Error())
	}
}

func (s *Provider) rotateDue(ctx context.Context, now time.Time) error {
	keys, err := s.keys.current(ctx)
	if err != nil {
		return err
	}
	for _, alg := range oauth.SigningAlgorithms() {
		newest := keys.newest(alg)
		if newest == nil || s.KeyRotation < 0 || now.Sub(newest.ActiveAt) < s.KeyRotation {
			continue
		}
		key, err := s.RotateKey(ctx, alg, false)
		if !errors.Is(err, oauth.ErrConflict) {
			s.reportOutcome(ctx, oauth.Event{Name: oauth.EventKeyRotation, Kind: alg}, err)
		}
		switch {
		case errors.Is(err, oauth.ErrConflict): // another process has rotated it
		case err != nil:
			return err
		default:
			s.Logger.InfoContext(ctx, "signing key rotated", "alg", alg, "kid", key.ID, "signs_from", key.ActiveAt)
		}
	}
	for i := range keys.all {
		if key := &keys.all[i]; len(key.Private) > 0 && key.State(now) == oauth.KeyExpired {
			return s.Store.EraseSigningKeys(ctx, now)
		}
	}
	return nil
}
