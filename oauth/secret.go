package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"time"
)

// ID is a UUID of version 7 (RFC 9562 §5.7). Its first 48 bits are the
// milliseconds since 1970, so that rows are appended in order and the ID
// contains the time.
type ID [16]byte

// NewID returns a new ID for the time now.
func NewID(now time.Time) ID {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	return IDFrom(now, random)
}

// IDFrom returns the ID that consists of a time and ten random bytes.
func IDFrom(at time.Time, random [10]byte) ID {
	var id ID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16)
	copy(id[6:], random[:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Time returns the time of the ID, to the millisecond.
func (id ID) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16))
}

// IsZero reports whether the ID is unset.
func (id ID) IsZero() bool { return id == ID{} }

// String returns the canonical form of RFC 9562 §4.
func (id ID) String() string {
	var b [36]byte
	hex.Encode(b[:8], id[:4])
	b[8] = '-'
	hex.Encode(b[9:13], id[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], id[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], id[8:10])
	b[23] = '-'
	hex.Encode(b[24:], id[10:])
	return string(b[:])
}

// ParseID parses the canonical form, 8-4-4-4-12 hexadecimal digits. Any other text is an
// error.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, errNotAnID
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID{}, errNotAnID
	}
	return id, nil
}

var errNotAnID = errors.New("not an ID: want 8-4-4-4-12 hexadecimal digits")

// Kind distinguishes the uses of a Token. A token of one kind is never accepted as another,
// because the kind is part of its text.
type Kind string

// The kinds of token.
const (
	KindCode          Kind = "ac" // an authorization code
	KindAccess        Kind = "at" // an opaque access token
	KindRefresh       Kind = "rt" // a refresh token
	KindClientSecret  Kind = "cs" // a generated client secret
	KindInitialAccess Kind = "ia" // registers applications (RFC 7591 §1.2)
	KindRegistration  Kind = "rg" // manages a registration (RFC 7592)
	KindPersonal      Kind = "pt" // a personal token for the admin API
	KindDeviceCode    Kind = "dc" // a device_code (RFC 8628)
	KindPushedRequest Kind = "pr" // in the request_uri of a pushed request (RFC 9126)
)

// Hash is the SHA-256 of a generated secret, the only form in which a Store
// keeps it. A secret of 256 random bits needs no slow hash.
type Hash [sha256.Size]byte

// Equal reports whether both are the same, in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

// IsZero reports whether the hash is unset.
func (h Hash) IsZero() bool { return h == Hash{} }

// Token is a secret text that the server issues:
// "lk_" kind "_" base62(id, secret) checksum. The ID is the key of its row.
type Token struct {
	Kind   Kind     // the use of the token, such as KindAccess
	ID     ID       // not secret, and unique
	Secret [32]byte // random; a Store keeps only its Hash
}

// NewToken returns a new token with 256 bits of randomness.
func NewToken(kind Kind, now time.Time) Token {
	var random [42]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	return Token{Kind: kind, ID: IDFrom(now, [10]byte(random[:])), Secret: [32]byte(random[10:])}
}

// Hash returns the hash of the secret, which a Store keeps.
func (t Token) Hash() Hash { return sha256.Sum256(t.Secret[:]) }

const (
	checksumLength = 6 // base62 digits of a CRC-32
	tokenLength    = len("lk_xx_") + bodyLength + checksumLength
)

// String returns the text of the token. It is a secret: never log it.
func (t Token) String() string {
	b := make([]byte, 0, tokenLength)
	b = append(b, "lk_"...)
	b = append(b, t.Kind...)
	b = append(b, '_')
	var raw [48]byte
	copy(raw[:16], t.ID[:])
	copy(raw[16:], t.Secret[:])
	b = appendBase62(b, &raw)
	return string(appendChecksum(b))
}

// ParseToken parses a token of the kind. It reports false for any text that this
// server cannot have issued, so that the caller need not search for it.
func ParseToken(s string, kind Kind) (Token, bool) {
	if len(s) != tokenLength || s[:3] != "lk_" || s[3:5] != string(kind) || s[5] != '_' {
		return Token{}, false
	}
	var want [tokenLength]byte
	if string(appendChecksum(append(want[:0], s[:tokenLength-checksumLength]...))) != s {
		return Token{}, false
	}
	var raw [48]byte
	if !parseBase62(s[6:6+bodyLength], &raw) {
		return Token{}, false
	}
	t := Token{Kind: kind}
	copy(t.ID[:], raw[:16])
	copy(t.Secret[:], raw[16:])
	return t, true
}

// appendChecksum appends the CRC-32 of b. With it, secret scanners and people
// can distinguish a token from a text that only looks like one.
func appendChecksum(b []byte) []byte {
	sum := crc32.ChecksumIEEE(b)
	var d [checksumLength]byte
	for i := checksumLength - 1; i >= 0; i-- {
		d[i] = digits62[sum%62]
		sum /= 62
	}
	return append(b, d[:]...)
}
