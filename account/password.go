package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A PasswordKey computes the argon2id key of a password. Its arguments and its result are those of
// argon2.IDKey (RFC 9106 §3.1): memory is in KiB, and keyLength in bytes. It is called for several
// passwords at the same time, but for at most one for every two processors. A result of another length,
// such as nil, is an error of the login. It does not count as a wrong password.
type PasswordKey func(password, salt []byte, passes, memory uint32, threads uint8, keyLength uint32) []byte

// errKeyLength is returned if Config.PasswordKey fails. Every password would match a hash with an empty key.
// The attempt is not counted: the password can be right.
var errKeyLength = fmt.Errorf("%w: %w: Config.PasswordKey returned a key of a wrong length", ErrUnavailable, ErrNotChecked)

// passwordKey returns the key of a password.
func (a *Accounts) passwordKey(password string, salt []byte, cost *argon2id.Params) ([]byte, error) {
	compute := a.PasswordKey
	if compute == nil {
		compute = argon2.IDKey
	}
	key := compute([]byte(normalizePassword(password)), salt, cost.Iterations, cost.Memory, cost.Parallelism, cost.KeyLength)
	if len(key) == 0 || len(key) != int(cost.KeyLength) {
		return nil, errKeyLength
	}
	return key, nil
}

// passwordHash returns the hash with this key, as a PHC string.
func passwordHash(cost *argon2id.Params, salt, key []byte) string {
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.Memory, cost.Iterations, cost.Parallelism, text(salt), text(key))
}

// dummyHash is verified if an account does not exist or has no password, so that
// the response time does not reveal it. No password matches it.
func dummyHash(cost *argon2id.Params) string {
	return passwordHash(cost, []byte("nobodynobodynobo"), make([]byte, cost.KeyLength))
}

// Limits on the length of a new password in characters (ASVS 6.2.1, 6.2.9).
const (
	minPassword = 8
	maxPassword = 1024
)

// maxPasswordBytes is the length of the longest password in its longest
// encoding. Longer input cannot be a password and is not hashed.
const maxPasswordBytes = 16 * maxPassword

// normalizePassword returns the password in Unicode form NFC (NIST SP 800-63B
// §5.1.1.2). Some systems send "é" as one character and others as two.
func normalizePassword(password string) string { return norm.NFC.String(password) }

// CheckPassword returns validate.FieldErrors if password must not be used as a
// new password: it is too short, too long or easy to guess. own are texts about
// the person, such as their names and email address. It does not require certain
// kinds of characters (ASVS 6.2.5).
func CheckPassword(password string, own ...string) error {
	if faults := checkPassword(password, own...); faults != nil {
		return faults
	}
	return nil
}

func checkPassword(password string, own ...string) validate.FieldErrors {
	switch n := utf8.RuneCountInString(normalizePassword(password)); {
	case n < minPassword:
		return validate.Field("password", "The password must have at least %d characters.", minPassword).WithCode("password_short", "min", minPassword)
	case n > maxPassword:
		return validate.Field("password", "The password can have at most %d characters.", maxPassword).WithCode("password_long", "max", maxPassword)
	}
	return weakness(password, own)
}

// ownTexts returns what an attacker who guesses the user's password tries first.
func (u *User) ownTexts() []string {
	texts := []string{u.Username, u.Name, u.Email}
	claims, err := u.claims()
	if err != nil {
		return texts
	}
	for _, name := range []string{"given_name", "middle_name", "family_name", "nickname", "birthdate", "phone_number"} {
		if text, ok := claims[name].(string); ok {
			texts = append(texts, text, strings.NewReplacer("-", "", " ", "").Replace(text))
		}
	}
	return texts
}

// GeneratePassword returns a random password with 125 bits of entropy: five
// groups of five letters and digits that are easy to tell apart.
func GeneratePassword() string {
	text := strings.ToLower(rand.Text())[:25] // base32: a-z and 2-7
	groups := make([]string, 0, 5)
	for i := 0; i < len(text); i += 5 {
		groups = append(groups, text[i:i+5])
	}
	return strings.Join(groups, "-")
}

// maxWaitingHashes is how many passwords from one network address, or of one
// person, can wait to be hashed.
const maxWaitingHashes = 500

// takeHashTurn waits until a password may be hashed. Network addresses and people
// take turns: key identifies the one that waits. The caller must call
// a.hashTurns.Give afterwards, unless takeHashTurn returns ErrUnavailable because
// ctx ended or too many passwords wait already.
func (a *Accounts) takeHashTurn(ctx context.Context, key string) error {
	if err := a.hashTurns.Take(ctx, key); err != nil {
		return fmt.Errorf("%w: the password could not be hashed in time: %w", ErrUnavailable, err)
	}
	return nil
}

// hashCost returns the cost of new hashes.
func (a *Accounts) hashCost() *argon2id.Params {
	if a.InsecurePasswordHashes {
		return hashcost.Least().Params()
	}
	return hashcost.Cost{}.Params()
}

// hashPassword hashes a new password as soon as key has its turn.
func (a *Accounts) hashPassword(ctx context.Context, key, password string) (string, error) {
	if err := a.takeHashTurn(ctx, key); err != nil {
		return "", err
	}
	defer a.hashTurns.Give()
	cost := a.hashCost()
	salt := make([]byte, cost.SaltLength)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	computed, err := a.passwordKey(password, salt, cost)
	if err != nil {
		return "", err
	}
	return passwordHash(cost, salt, computed), nil
}

// verifyPassword reports whether the password matches the hash, and whether the
// hash was created with parameters other than those of new hashes. The caller has
// taken a turn.
func (a *Accounts) verifyPassword(phc, password string) (ok, outdated bool, err error) {
	cost := a.hashCost()
	exists := phc != ""
	if !exists {
		phc = dummyHash(cost)
	}
	if len(password) > maxPasswordBytes {
		password = ""
	}
	params, salt, key, err := argon2id.DecodeHash(phc)
	if err != nil {
		return false, false, err
	}
	computed, err := a.passwordKey(password, salt, params)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(computed, key) == 1
	// A start with the setting of tests must not make the hashes of people weak.
	return ok && exists, *params != *cost && !a.InsecurePasswordHashes, nil
}
