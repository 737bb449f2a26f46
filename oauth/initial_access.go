package oauth

import "time"

// InitialAccessToken lets applications register themselves (RFC 7591 §1.2). An
// administrator creates it, and it is shown once.
type InitialAccessToken struct {
	// ID and Hash are those of the Token: the key of the row, and the hash of the secret.
	ID   ID
	Hash Hash // the hash of the secret of the token
	// Name describes the person or the program that has the token.
	Name string
	// Uses is how many applications can register with the token, and Used how many
	// have.
	Uses, Used int
	CreatedAt  time.Time // when the token was created
	ExpiresAt  time.Time // when applications can no longer register with the token
}

// Valid reports whether an application can register with the token at that time.
func (t *InitialAccessToken) Valid(now time.Time) bool {
	return t.Used < t.Uses && t.ExpiresAt.After(now)
}

// MostInitialAccessTokens is the maximum number of tokens that
// AdminStore.InitialAccessTokens returns.
const MostInitialAccessTokens = 500
