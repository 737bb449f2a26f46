package provider

import (
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A signing key is published when it is created. It signs from ActiveAt to
// RetiredAt, and is published until ExpiresAt, when the last token that it can
// have signed has expired. The first key of an algorithm signs at once, because
// no client has cached a key set without it.
const (
	// keyLead is how long a key is published before it signs. It is longer than
	// the time that key sets are cached (KeySetMaxAge), and than the time after
	// which other processes have read the key.
	keyLead = time.Hour
	// keySpread is the longest time that other processes need to read a new key
	// (see Store.Version), with a margin.
	keySpread = 2 * time.Second
	// maxTokenTTL is the longest lifetime of a signed token.
	maxTokenTTL = 30 * 24 * time.Hour
	// keyAfterlife is how long a key is published after it was retired: until the
	// last token has expired, and a day longer.
	keyAfterlife = maxTokenTTL + 24*time.Hour
	// keyCheck is the time between two checks whether a rotation is due.
	keyCheck = time.Minute
)

// ringKey is a signing key whose private half has been opened. If the Store no
// longer has the private half, or the key has expired, private is nil.
type ringKey struct {
	oauth.SigningKey
	public  jose.PublicKey
	private *jose.PrivateKey
}

// signs reports whether the key can sign at that time.
func (k *ringKey) signs(at time.Time) bool {
	return k.private != nil && !k.ActiveAt.After(at) && (k.RetiredAt.IsZero() || k.RetiredAt.After(at))
}

// distrusted reports whether the key was removed from the key set before the
// tokens that it signed had expired. None of them is accepted any more.
func (k *ringKey) distrusted() bool {
	return !k.RetiredAt.IsZero() && !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(k.RetiredAt.Add(keyAfterlife))
}

// published reports whether the key is in the key set at that time.
func (k *ringKey) published(at time.Time) bool { return k.ExpiresAt.IsZero() || k.ExpiresAt.After(at) }

// keySnapshot contains the signing keys of one version of the Store. It is never
// changed.
type keySnapshot struct {
	version uint64
	// validUntil is when the next published key expires and the snapshot must be
	// replaced, or zero.
	validUntil time.Time
	all        []ringKey // oldest first
	jwks       Document
}

// valid reports whether the snapshot can be used at that time, with this version
// of the Store.
func (s *keySnapshot) valid(version uint64, at time.Time) bool {
	return s != nil && s.version == version && (s.validUntil.IsZero() || s.validUntil.After(at))
}

// find returns the key with that id, or nil.
func (s *keySnapshot) find(id string) *ringKey {
	for i := range s.all {
		if s.all[i].ID == id {
			return &s.all[i]
		}
	}
	return nil
}

// newest returns the key of the algorithm that was created last, or nil.
func (s *keySnapshot) newest(alg string) *ringKey {
	for i := len(s.all) - 1; i >= 0; i-- {
		if s.all[i].Alg == alg {
			return &s.all[i]
		}
	}
	return nil
}

// first returns the first key of the algorithm if it is not retired, or nil. No other key was
// published before it.
func (s *keySnapshot) first(alg string) *ringKey {
	for i := range s.all {
		if key := &s.all[i]; key.Alg == alg {
			if key.private == nil || !key.RetiredAt.IsZero() {
				return nil
			}
			return key
		}
	}
	return nil
}

// lasts reports whether a key of the algorithm signs, or will sign, and has no end.
func (s *keySnapshot) lasts(alg string) bool {
	return slices.ContainsFunc(s.all, func(k ringKey) bool { return k.Alg == alg && k.private != nil && k.RetiredAt.IsZero() })
}

// signer returns the newest key of the algorithm that can sign at that time, or
// nil.
func (s *keySnapshot) signer(alg string, at time.Time) *ringKey {
	for i := len(s.all) - 1; i >= 0; i-- {
		if key := &s.all[i]; key.Alg == alg && key.signs(at) {
			return key
		}
	}
	return nil
}
