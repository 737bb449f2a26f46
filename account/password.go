package account

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// hashing is OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is a hash that no password has: checking it takes as long as checking
// a real one, so the time tells nothing of whether an account exists.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Bounds on a password (ASVS 6.2.1, 6.2.9), in characters.
const (
	minPassword = 8
	maxPassword = 1024
)

// maxTyped bounds what is looked at of a typed password, in bytes: as long as
// any password can be, in the longest way to write it.
const maxTyped = 16 * maxPassword

// normal gives the one form of a password that keyboards and systems write
// differently: "é" is one character on some and two on others (NIST SP
// 800-63B §5.1.1.2).
func normal(password string) string { return norm.NFC.String(password) }

//go:embed common_passwords.txt
var commonPasswords string

// CheckPassword returns a validate.FieldErrors if the password must not be
// used as a new one. There are no rules of composition (ASVS 6.2.5).
func CheckPassword(password, username string) error {
	if faults := checkPassword(password, username); faults != nil {
		return faults
	}
	return nil
}

func checkPassword(password, username string) validate.FieldErrors {
	switch n := utf8.RuneCountInString(normal(password)); {
	case n < minPassword:
		return validate.Field("password", "A password needs at least %d characters.", minPassword)
	case n > maxPassword:
		return validate.Field("password", "A password has at most %d characters.", maxPassword)
	}
	lower := strings.ToLower(password)
	if strings.EqualFold(password, username) {
		return validate.Field("password", "The password must not be the username.")
	}
	for line := range strings.Lines(commonPasswords) {
		if strings.TrimSpace(line) == lower {
			return validate.Field("password", "This is one of the most common passwords, which are tried first. Please choose another.")
		}
	}
	return nil
}

// GeneratePassword makes a password of five groups of five letters and digits
// that cannot be mistaken for each other (125 bits).
func GeneratePassword() string {
	text := strings.ToLower(rand.Text())[:25] // base32: a-z and 2-7
	groups := make([]string, 0, 5)
	for i := 0; i < len(text); i += 5 {
		groups = append(groups, text[i:i+5])
	}
	return strings.Join(groups, "-")
}

// slot waits for one of the few places at which passwords are hashed, so that
// many log-ins cannot take the machine from everything else.
func (a *Accounts) slot(ctx context.Context) (release func(), err error) {
	if ctx.Err() == nil { // else nobody waits for the answer any more
		select {
		case a.hashing <- struct{}{}:
			return func() { <-a.hashing }, nil
		case <-ctx.Done():
		}
	}
	return nil, fmt.Errorf("%w: too many passwords are being checked", ErrUnavailable)
}

func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	release, err := a.slot(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return argon2id.CreateHash(normal(password), hashing)
}

// verify compares a password with a hash, and tells whether the hash was made
// with other parameters than today's.
func (a *Accounts) verify(ctx context.Context, phc, password string) (ok, outdated bool, err error) {
	if phc == "" {
		phc = nobody
	}
	release, err := a.slot(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	ok, params, err := argon2id.CheckHash(normal(password), phc)
	if err != nil {
		return false, false, err
	}
	return ok && phc != nobody, *params != *hashing, nil
}
