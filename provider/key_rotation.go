package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SigningKeys lists all keys, oldest first.
func (s *Provider) SigningKeys(ctx context.Context) ([]oauth.SigningKey, error) {
	return s.Store.SigningKeys(ctx)
}

// RotateKey makes a new key for the algorithm. It is published at once, and
// takes over from the present one when every cache has it: after an hour. With
// now it takes over when every process has it, after two seconds, for a key
// that somebody may have stolen; clients
// that do not fetch the set anew for an unknown key fail until they do.
// ErrConflict: another process was rotating too, or a key is waiting already.
func (s *Provider) RotateKey(ctx context.Context, alg string, now bool) (oauth.SigningKey, error) {
	key, err := newSigningKey(s.keys.seal, alg, s.now())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return s.keys.succeed(ctx, key, now)
}

// ImportKey adds a private key made elsewhere (*ecdsa.PrivateKey on P-256,
// *rsa.PrivateKey, ed25519.PrivateKey), as RotateKey does with a new one.
func (s *Provider) ImportKey(ctx context.Context, alg string, private any, now bool) (oauth.SigningKey, error) {
	parsed, err := jose.NewPrivateKey(alg, private)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	key, err := sealSigningKey(s.keys.seal, alg, parsed, s.now())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return s.keys.succeed(ctx, key, now)
}

// RetireKey ends the signing of a key at once. What it signed stays good until
// it expires; with distrust nothing does: the key leaves the published set at
// once, as befits one that was stolen. If no other key of its algorithm is
// active, a new one takes over at once. ErrNotFound: there is no such key.
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
	if keys, err = s.keys.current(ctx); err != nil || keys.signer(key.Alg, at) != nil {
		return err
	}
	_, err = s.RotateKey(ctx, key.Alg, true)
	return err
}

// succeed lets the key follow the newest one of its algorithm.
func (k *keyRing) succeed(ctx context.Context, key oauth.SigningKey, now bool) (oauth.SigningKey, error) {
	keys, err := k.current(ctx)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	replaces := ""
	key.ActiveAt = key.CreatedAt
	if newest := keys.newest(key.Alg); newest != nil {
		if !now && newest.State(key.CreatedAt) == oauth.KeyPublished {
			return oauth.SigningKey{}, oauth.ErrConflict // one is waiting already
		}
		switch replaces = newest.ID; {
		case !now:
			key.ActiveAt = key.CreatedAt.Add(keyLead)
		case keys.signer(key.Alg, key.CreatedAt) != nil:
			key.ActiveAt = key.CreatedAt.Add(keySpread)
		}
		// Clocks differ, and the newest must be known by its CreatedAt.
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

// maintainKeys rotates the keys that have signed for long enough, and erases
// the private halves that nobody needs. It looks at most once a minute; of
// several processes one acts. What fails is tried again: no request fails.
func (s *Provider) maintainKeys(ctx context.Context) {
	now := s.now()
	last := s.keys.checked.Load()
	if now.UnixMilli()-last < keyCheck.Milliseconds() || !s.keys.checked.CompareAndSwap(last, now.UnixMilli()) {
		return
	}
	if err := s.rotateDue(ctx, now); err != nil {
		s.Logger.WarnContext(ctx, "signing keys not looked after; it will be tried again", "error", err.Error())
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
			s.tell(ctx, Ending(oauth.EventKeyRotation, alg, err))
		}
		switch {
		case errors.Is(err, oauth.ErrConflict): // another process was faster
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
