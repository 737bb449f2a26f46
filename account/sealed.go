package account

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/seal"
)

// keyFor returns the key for one purpose (RFC 5869).
func (a *Accounts) keyFor(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, a.Key, nil, "latchkey account "+purpose, 32)
	if err != nil { // only for keys longer than 255 hashes
		panic(err)
	}
	return key
}

// seal encrypts a text. Only unseal with the same key and context can read it.
func (a *Accounts) seal(key string, plain []byte, context string) (string, error) {
	return seal.Sealer{Key: a.keyFor(key)}.Seal(a.newTimedID(), plain, context)
}

// unseal returns the text that seal encrypted.
func (a *Accounts) unseal(key, text, context string) ([]byte, error) {
	return seal.Sealer{Key: a.keyFor(key)}.Open(text, context)
}

// A timedID begins with its time in milliseconds. The rest is random.
type timedID [16]byte

func (a *Accounts) newTimedID() (id timedID) {
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	var milliseconds [8]byte
	binary.BigEndian.PutUint64(milliseconds[:], uint64(a.now().UnixMilli())) //nolint:gosec // not before 1970
	copy(id[:6], milliseconds[2:])
	return id
}

// milliseconds returns the time of an ID since 1970.
func (id timedID) milliseconds() int64 {
	var milliseconds [8]byte
	copy(milliseconds[2:], id[:6])
	return int64(binary.BigEndian.Uint64(milliseconds[:])) //nolint:gosec // 48 bits
}

// lasts reports whether an ID is not older than ttl.
func (a *Accounts) lasts(id timedID, ttl time.Duration) bool {
	age := a.now().Sub(time.UnixMilli(id.milliseconds()))
	return age < ttl && age > -ttl // the clocks of servers differ
}

// formTTL is the lifetime of a form that adds a factor, and of the challenge of a
// passkey.
const formTTL = 10 * time.Minute

// A purpose of a form or a challenge.
const (
	purposeTOTP    = "add TOTP"
	purposePasskey = "add passkey"
	purposeLogin   = "login"
	purposeNamed   = "login of a name"
	purposeSecond  = "second step"
	purposeConfirm = "confirm"

	purposeInvitation = "invitation"
)

// formContext binds a form to the session and to the version of the account. A change
// of the factors increments the version, so a form can be used once.
func formContext(purpose string, s Session, u *User) string {
	return fmt.Sprintf("%s %s %s %d %d", purpose, s.ID, u.ID, u.Version, u.LoginEpoch)
}

// sealForm seals data in a form that can be used once, in this session.
func (a *Accounts) sealForm(purpose string, s Session, u *User, data []byte) (string, error) {
	id := a.newTimedID()
	return a.seal("forms", append(id[:], data...), formContext(purpose, s, u))
}

// openForm returns the data in a form, or ErrFormExpired.
func (a *Accounts) openForm(purpose string, s Session, u *User, form string) ([]byte, error) {
	const maxForm = 4 << 10
	if len(form) > maxForm {
		return nil, ErrFormExpired
	}
	data, err := a.unseal("forms", form, formContext(purpose, s, u))
	if err != nil || len(data) < len(timedID{}) || !a.lasts(timedID(data), formTTL) {
		return nil, ErrFormExpired
	}
	return data[len(timedID{}):], nil
}
