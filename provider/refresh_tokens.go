package provider

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// refreshTokens makes refresh tokens, and derives the next pair from a refresh
// token and a server key: if the same token is presented again inside the
// replay window, the same pair is derived again, although nothing readable was
// stored.
//
// The secret of a refresh token is 16 bytes of randomness (128 bits), its generation
// and a tag of 12 bytes that only this server can make. The tag proves that a token
// many generations old is real, so that its reuse revokes the family, while a token
// invented by an attacker who knows the ID of the family has no effect. The
// generation shows whether a token is older than the one in the Store, and was
// therefore used before, or newer, so that the Store must have lost it: it was
// restored from a backup.
//
// Tokens from before release 0.1.0 have 20 bytes of randomness and no generation.
type refreshTokens struct{ macs *sync.Pool } // of *keyedMAC

// keyedMAC is a reusable HMAC: a refresh needs six, and making one costs as
// much as using it.
type keyedMAC struct {
	hash.Hash
	input  [64]byte
	output [sha256.Size]byte
}

func newRefreshTokens(key []byte) refreshTokens {
	return refreshTokens{&sync.Pool{New: func() any { return &keyedMAC{Hash: hmac.New(sha256.New, key)} }}}
}

const (
	randomBytes = 16              // of the secret; the generation follows
	taggedBytes = randomBytes + 4 // of the secret; the tag covers them
)

// The purposes of the tags.
const (
	tagged    = "tag of a generation"
	taggedOld = "tag" // of tokens from before release 0.1.0
)

// first returns the refresh token of a new family.
func (r refreshTokens) first(family oauth.ID) oauth.Token {
	t := oauth.Token{Kind: oauth.KindRefresh, ID: family}
	_, _ = rand.Read(t.Secret[:randomBytes]) // never fails (crypto/rand)
	r.tag(&t, tagged)
	return t
}

// parse parses a refresh token and reports whether this server made it. If not,
// the token is zero.
func (r refreshTokens) parse(text string) (oauth.Token, bool) {
	t, ok := oauth.ParseToken(text, oauth.KindRefresh)
	if !ok || !r.isOurs(t) {
		return oauth.Token{}, false
	}
	return t, true
}

// isOurs reports whether this server made the token.
func (r refreshTokens) isOurs(t oauth.Token) bool { return r.has(t, tagged) || r.has(t, taggedOld) }

// has reports whether the token has the tag for that purpose.
func (r refreshTokens) has(t oauth.Token, purpose string) bool {
	own := t
	r.tag(&own, purpose)
	return hmac.Equal(own.Secret[taggedBytes:], t.Secret[taggedBytes:])
}

// generation returns how many tokens of its family preceded a token of this
// server: the Generation of the family when it was issued. It is unknown for a
// token from before release 0.1.0.
func (r refreshTokens) generation(t oauth.Token) (n int64, known bool) {
	if !r.has(t, tagged) {
		return 0, false
	}
	return int64(binary.BigEndian.Uint32(t.Secret[randomBytes:])), true
}

// next returns the refresh token that replaces t.
func (r refreshTokens) next(t oauth.Token) oauth.Token {
	next := oauth.Token{Kind: oauth.KindRefresh, ID: t.ID}
	sum := r.mac("next", t)
	copy(next.Secret[:taggedBytes], sum[:])
	generation, known := r.generation(t)
	if !known {
		r.tag(&next, taggedOld)
		return next
	}
	binary.BigEndian.PutUint32(next.Secret[randomBytes:], uint32(min(generation+1, math.MaxUint32))) //nolint:gosec // it fits
	r.tag(&next, tagged)
	return next
}

// access returns the access token that is issued for t when t is exchanged at
// that time.
func (r refreshTokens) access(t oauth.Token, at time.Time) oauth.Token {
	sum := r.mac("access id", t)
	return oauth.Token{Kind: oauth.KindAccess, ID: oauth.IDFrom(at, [10]byte(sum[:])), Secret: r.mac("access", t)}
}

// frontFamily returns the ID of the family of the access token that goes
// through the browser for an authorization request and a decision about it.
func (r refreshTokens) frontFamily(request oauth.ID, decision [32]byte) oauth.ID {
	sum := r.mac("front", oauth.Token{ID: request, Secret: decision})
	return oauth.IDFrom(request.Time(), [10]byte(sum[:]))
}

func (r refreshTokens) tag(t *oauth.Token, purpose string) {
	sum := r.mac(purpose, oauth.Token{ID: t.ID, Secret: withoutTag(t.Secret)})
	copy(t.Secret[taggedBytes:], sum[:])
}

func withoutTag(secret [32]byte) [32]byte {
	clear(secret[taggedBytes:])
	return secret
}

func (r refreshTokens) mac(purpose string, t oauth.Token) [sha256.Size]byte {
	mac := r.macs.Get().(*keyedMAC) //nolint:forcetypeassert // newRefreshTokens makes them
	defer r.macs.Put(mac)
	input := append(append(append(mac.input[:0], purpose...), t.ID[:]...), t.Secret[:]...)
	mac.Reset()
	mac.Write(input)
	clear(input)
	return [sha256.Size]byte(mac.Sum(mac.output[:0]))
}
