package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/alexedwards/argon2id"
)

// NewClientID makes a client_id of 22 letters and digits (130 bits). It never
// looks like a person's subject identifier (RFC 9700 §4.15).
func NewClientID() string {
	var id [22]byte
	for i := 0; i < len(id); {
		var random [32]byte
		_, _ = rand.Read(random[:]) // never fails (crypto/rand)
		for _, b := range random {
			if b < 4*62 && i < len(id) { // keeps the digits evenly likely
				id[i] = digits62[b%62]
				i++
			}
		}
	}
	return string(id[:])
}

// NewClientSecret makes a secret. The text is shown once; the ClientSecret is
// what is kept.
func NewClientSecret(now time.Time) (text string, kept ClientSecret) {
	token := NewToken(KindClientSecret, now)
	text = token.String()
	return text, ClientSecret{ID: token.ID.String(), Hash: HashClientSecret(text), CreatedAt: now}
}

// HashClientSecret is what is kept of a generated secret.
func HashClientSecret(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// RotateSecret gives the client a new secret and returns its text; the old
// ones are accepted for the overlap more, and those that have expired go.
func (c *Client) RotateSecret(now time.Time, overlap time.Duration) string {
	text, added := NewClientSecret(now)
	secrets := []ClientSecret{added}
	end := now.Add(overlap)
	for _, old := range c.Secrets {
		if old.ExpiresAt.IsZero() || old.ExpiresAt.After(end) {
			old.ExpiresAt = end
		}
		if old.ExpiresAt.After(now) {
			secrets = append(secrets, old)
		}
	}
	c.Secrets = secrets
	return text
}

// ImportClientSecret keeps a secret that exists already: a generated one as
// its SHA-256, any other as argon2id, because people choose guessable ones.
func ImportClientSecret(text string, now time.Time) (ClientSecret, error) {
	if token, ok := ParseToken(text, KindClientSecret); ok {
		return ClientSecret{ID: token.ID.String(), Hash: HashClientSecret(text), CreatedAt: now}, nil
	}
	const least, most = 16, 1024
	if len(text) < least || len(text) > most {
		return ClientSecret{}, Errorf(CodeInvalidRequest, "A client secret has %d to %d characters; this one has %d.", least, most, len(text))
	}
	phc, err := argon2id.CreateHash(text, slowParams)
	return ClientSecret{ID: NewID(now).String(), Slow: phc, CreatedAt: now}, err
}

// slowParams are OWASP's first choice for argon2id: 19 MiB, two passes.
var slowParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// NeedsReadableSecret reports whether the client's secret signs something.
func (c *Client) NeedsReadableSecret() bool {
	return c.IDTokenAlg == AlgHS256 || c.UserInfoAlg == AlgHS256
}

// DropReadableSecrets leaves the hashes of the secrets alone.
func (c *Client) DropReadableSecrets() {
	c.Secrets = slices.Clone(c.Secrets)
	for i := range c.Secrets {
		c.Secrets[i].Sealed = ""
	}
}
