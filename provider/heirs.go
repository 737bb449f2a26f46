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

// heirs derives what a refresh token earns from the token itself and a server
// key: whoever presents the same token again inside the replay window gets the
// same answer, though nothing readable was stored.
//
// A refresh token's secret is 20 bytes of randomness (160 bits) and a tag of
// 12 bytes that only this server can make. By the tag a token many generations
// old is recognised as real, so that its replay ends the family, while one
// made up by a stranger who knows the family's id ends nothing.
type heirs struct{ macs *sync.Pool } // of *keyed

// keyed is an HMAC that knows its key: a refresh needs five, and making one
// costs as much as using it.
type keyed struct {
	hash.Hash
	input  [64]byte
	output [sha256.Size]byte
}

func newHeirs(key []byte) heirs {
	return heirs{&sync.Pool{New: func() any { return &keyed{Hash: hmac.New(sha256.New, key)} }}}
}

const tagged = 20 // bytes of the secret that the tag covers

// first makes the refresh token of a new family.
func (h heirs) first(family oauth.ID) oauth.Token {
	t := oauth.Token{Kind: oauth.KindRefresh, ID: family}
	_, _ = rand.Read(t.Secret[:tagged]) // never fails (crypto/rand)
	h.tag(&t)
	return t
}

// made reports whether this server made the token.
func (h heirs) made(t oauth.Token) bool {
	own := t
	h.tag(&own)
	return hmac.Equal(own.Secret[tagged:], t.Secret[tagged:])
}

// next is the refresh token that replaces t.
func (h heirs) next(t oauth.Token) oauth.Token {
	next := oauth.Token{Kind: oauth.KindRefresh, ID: t.ID}
	sum := h.mac("next", t)
	copy(next.Secret[:tagged], sum[:])
	h.tag(&next)
	return next
}

// access is the access token that t earned when it was spent at that time.
func (h heirs) access(t oauth.Token, at time.Time) oauth.Token {
	sum := h.mac("access id", t)
	return oauth.Token{Kind: oauth.KindAccess, ID: oauth.IDFrom(at, [10]byte(sum[:])), Secret: h.mac("access", t)}
}

func (h heirs) tag(t *oauth.Token) {
	sum := h.mac("tag", oauth.Token{ID: t.ID, Secret: clearTag(t.Secret)})
	copy(t.Secret[tagged:], sum[:])
}

func clearTag(secret [32]byte) [32]byte {
	clear(secret[tagged:])
	return secret
}

func (h heirs) mac(purpose string, t oauth.Token) [sha256.Size]byte {
	mac := h.macs.Get().(*keyed) //nolint:forcetypeassert // newHeirs makes them
	defer h.macs.Put(mac)
	input := append(append(append(mac.input[:0], purpose...), t.ID[:]...), t.Secret[:]...)
	mac.Reset()
	mac.Write(input)
	clear(input)
	return [sha256.Size]byte(mac.Sum(mac.output[:0]))
}
