package provider

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// refreshTokens makes refresh tokens, and derives the next pair from a refresh
// token and a server key: if the same token is presented again inside the
// replay window, the same pair is derived again, although nothing readable was
// stored.
//
// The secret of a refresh token is 20 bytes of randomness (160 bits) and a tag
// of 12 bytes that only this server can make. The tag proves that a token many
// generations old is real, so that its reuse revokes the family, while a token
// invented by an attacker who knows the ID of the family has no effect.
type refreshTokens struct{ macs *sync.Pool } // of *keyedMAC

// keyedMAC is a reusable HMAC: a refresh needs five, and making one costs as
// much as using it.
type keyedMAC struct {
	hash.Hash
	input  [64]byte
	output [sha256.Size]byte
}

func newRefreshTokens(key []byte) refreshTokens {
	return refreshTokens{&sync.Pool{New: func() any { return &keyedMAC{Hash: hmac.New(sha256.New, key)} }}}
}

const taggedBytes = 20 // of the secret; the tag covers them

// first returns the refresh token of a new family.
func (r refreshTokens) first(family oauth.ID) oauth.Token {
	t := oauth.Token{Kind: oauth.KindRefresh, ID: family}
	_, _ = rand.Read(t.Secret[:taggedBytes]) // never fails (crypto/rand)
	r.tag(&t)
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
func (r refreshTokens) isOurs(t oauth.Token) bool {
	own := t
	r.tag(&own)
	return hmac.Equal(own.Secret[taggedBytes:], t.Secret[taggedBytes:])
}

// next returns the refresh token that replaces t.
func (r refreshTokens) next(t oauth.Token) oauth.Token {
	next := oauth.Token{Kind: oauth.KindRefresh, ID: t.ID}
	sum := r.mac("next", t)
	copy(next.Secret[:taggedBytes], sum[:])
	r.tag(&next)
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

func (r refreshTokens) tag(t *oauth.Token) {
	sum := r.mac("tag", oauth.Token{ID: t.ID, Secret: withoutTag(t.Secret)})
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
