package oauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// heirs derives what a refresh token earns from the token itself and a server
// key: whoever presents the same token again inside the replay window gets the
// same answer, though nothing readable was stored.
//
// A refresh token's secret is 20 bytes of randomness (160 bits) and a tag of
// 12 bytes that only this server can make. By the tag a token many generations
// old is recognised as real, so that its replay ends the family, while one
// made up by a stranger who knows the family's id ends nothing.
type heirs struct{ key []byte }

const tagged = 20 // bytes of the secret that the tag covers

// first makes the refresh token of a new family.
func (h heirs) first(family ID) Token {
	t := Token{Kind: KindRefresh, ID: family}
	_, _ = rand.Read(t.Secret[:tagged]) // never fails (crypto/rand)
	h.tag(&t)
	return t
}

// made reports whether this server made the token.
func (h heirs) made(t Token) bool {
	own := t
	h.tag(&own)
	return hmac.Equal(own.Secret[tagged:], t.Secret[tagged:])
}

// next is the refresh token that replaces t.
func (h heirs) next(t Token) Token {
	next := Token{Kind: KindRefresh, ID: t.ID}
	sum := h.mac("next", t)
	copy(next.Secret[:tagged], sum[:])
	h.tag(&next)
	return next
}

// access is the access token that t earned when it was spent at that time.
func (h heirs) access(t Token, at time.Time) Token {
	sum := h.mac("access id", t)
	return Token{Kind: KindAccess, ID: idFrom(at, [10]byte(sum[:])), Secret: h.mac("access", t)}
}

func (h heirs) tag(t *Token) {
	sum := h.mac("tag", Token{ID: t.ID, Secret: clearTag(t.Secret)})
	copy(t.Secret[tagged:], sum[:])
}

func clearTag(secret [32]byte) [32]byte {
	clear(secret[tagged:])
	return secret
}

func (h heirs) mac(purpose string, t Token) [32]byte {
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(purpose))
	mac.Write(t.ID[:])
	mac.Write(t.Secret[:])
	return [32]byte(mac.Sum(nil))
}
