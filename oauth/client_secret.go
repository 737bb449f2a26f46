package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alexedwards/argon2id"
)

// NewClientID returns a random client_id of 22 letters and digits (130 bits). It
// cannot be mistaken for the subject identifier of a person (RFC 9700 §4.15).
func NewClientID() string {
	var id [22]byte
	for i := 0; i < len(id); {
		var random [32]byte
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			if b < 4*62 && i < len(id) { // so that all digits are equally likely
				id[i] = digits62[b%62]
				i++
			}
		}
	}
	return string(id[:])
}

// SecretUse is the last use of a secret of a client, or of the client itself, to the hour. A
// client is used when it authenticates, when it gets a token, and when a person logs in to it.
type SecretUse struct {
	ClientID string    // the client
	SecretID string    // the ID of the ClientSecret, or empty for the client itself
	At       time.Time // when it was used; later uses in the next hour are not recorded
}

// KeepSecretUse is how long a Store remembers the last use of a secret or a client.
const KeepSecretUse = 400 * 24 * time.Hour

// NewClientSecret generates a secret. It returns the text, which is shown once,
// and the form that is stored.
func NewClientSecret(now time.Time) (text string, stored ClientSecret) {
	token := NewToken(KindClientSecret, now)
	return token.String(), StoredClientSecret(token, now)
}

// StoredClientSecret returns the stored form of a generated secret.
func StoredClientSecret(token Token, now time.Time) ClientSecret {
	text := token.String()
	return ClientSecret{ID: token.ID.String(), Hash: HashClientSecret(text), End: secretEnd(text), CreatedAt: now}
}

// secretEnd returns the last four characters of a generated secret, so that people
// can tell secrets apart. They are part of its checksum.
func secretEnd(text string) string { return text[len(text)-4:] }

// HashClientSecret returns the SHA-256 of the text of a generated secret, as
// ClientSecret.Hash has it.
func HashClientSecret(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// MaxSecretOverlap is the longest time for which an old secret is accepted after a
// rotation.
const MaxSecretOverlap = 90 * 24 * time.Hour

// CheckSecretOverlap returns an error unless old secrets can be accepted for this time after
// a rotation.
func CheckSecretOverlap(overlap time.Duration) error {
	if overlap < 0 || overlap > MaxSecretOverlap {
		return fmt.Errorf("the overlap is %s; it must be between 0 and %d days, because a secret that may have leaked must not be accepted for long", overlap, int(MaxSecretOverlap.Hours()/24))
	}
	return nil
}

// RotateSecret adds a new secret and returns its text. The old secrets expire
// after overlap, and those that have already expired are removed. With an overlap of 0,
// all old secrets are removed. The caller checks the overlap with CheckSecretOverlap, and
// stores the client.
func (c *Client) RotateSecret(now time.Time, overlap time.Duration) string {
	text, added := NewClientSecret(now)
	c.AddSecret(added, now, overlap)
	return text
}

// AddSecret is like RotateSecret, for a secret that exists already. If it is one of the old
// secrets, it replaces that one.
func (c *Client) AddSecret(added ClientSecret, now time.Time, overlap time.Duration) {
	secrets := []ClientSecret{added}
	end := now.Add(overlap)
	for _, old := range c.Secrets {
		if old.ExpiresAt.IsZero() || old.ExpiresAt.After(end) {
			old.ExpiresAt = end
		}
		if old.ExpiresAt.After(now) && old.ID != added.ID {
			secrets = append(secrets, old)
		}
	}
	c.Secrets = secrets
}

// HasSecret reports whether the text is a secret of the client that has not expired. It does
// not limit guesses, so it is for administrators only.
func (c *Client) HasSecret(text string, now time.Time) (bool, error) {
	fast := Hash(sha256.Sum256([]byte(text)))
	for _, secret := range c.Secrets {
		switch {
		case secret.Expired(now):
		case len(secret.Hash) == len(fast) && fast.Equal(Hash(secret.Hash)):
			return true, nil
		case secret.Slow != "":
			if same, err := argon2id.ComparePasswordAndHash(text, secret.Slow); same || err != nil {
				return same, err
			}
		}
	}
	return false, nil
}

// HasLastingSecret reports whether one of the secrets has no expiry date.
func (c *Client) HasLastingSecret() bool {
	return slices.ContainsFunc(c.Secrets, func(s ClientSecret) bool { return s.ExpiresAt.IsZero() })
}

// ErrLastSecret is returned if the client would be left without a secret, or only
// with secrets that expire.
var ErrLastSecret = errors.New("without this secret, the application would have no secret that remains valid: rotate the secret first")

// RevokeSecret removes the secret with the id. It returns ErrLastSecret if that
// leaves no secret without an expiry date, unless the secret has already expired
// or the client needs none.
func (c *Client) RevokeSecret(id string, now time.Time) error {
	i := slices.IndexFunc(c.Secrets, func(s ClientSecret) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	expired := !c.Secrets[i].ExpiresAt.IsZero() && !c.Secrets[i].ExpiresAt.After(now)
	without := *c
	without.Secrets = slices.Delete(slices.Clone(c.Secrets), i, i+1)
	if !expired && !without.HasLastingSecret() && c.NeedsSecret() {
		return ErrLastSecret
	}
	c.Secrets = without.Secrets
	return nil
}

// ShortClientSecret is the length below which a secret that a person chose can be
// guessed, in bytes. Only a secret that exists already can be shorter.
const ShortClientSecret = 16

// ImportClientSecret returns the stored form of an existing secret: the SHA-256
// hash of a generated one, and an argon2id hash of any other, because people
// choose secrets that can be guessed. The caller warns about a secret that is
// shorter than ShortClientSecret. The error is an *Error if the text is empty or longer
// than 1024 bytes.
func ImportClientSecret(text string, now time.Time) (ClientSecret, error) {
	if token, ok := ParseToken(text, KindClientSecret); ok {
		return StoredClientSecret(token, now), nil
	}
	const most = 1024
	if text == "" || len(text) > most {
		return ClientSecret{}, Errorf(CodeInvalidRequest, "A client secret must have 1 to %d characters. This one has %d.", most, len(text))
	}
	phc, err := argon2id.CreateHash(text, slowParams)
	return ClientSecret{ID: NewID(now).String(), Slow: phc, CreatedAt: now}, err
}

// slowParams are the parameters that OWASP recommends first for argon2id: 19 MiB
// and two iterations.
var slowParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// DropReadableSecrets removes the readable form of the secrets and keeps their
// hashes.
func (c *Client) DropReadableSecrets() {
	c.Secrets = slices.Clone(c.Secrets)
	for i := range c.Secrets {
		c.Secrets[i].Sealed = ""
	}
}
