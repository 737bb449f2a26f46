package provider

import (
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Bounds on initial access tokens.
const (
	maxInitialAccessUses = 1_000_000
	// MaxInitialAccessTTL is the longest lifetime of an initial access token.
	MaxInitialAccessTTL = 366 * 24 * time.Hour
)

// NewInitialAccessToken returns a token with which applications can register
// themselves: its text, which is shown once, and the form that is stored.
func NewInitialAccessToken(name string, uses int, ttl time.Duration, now time.Time) (text string, stored oauth.InitialAccessToken, err error) {
	name = strings.TrimSpace(name)
	faults := validate.Name("name", name)
	if name == "" || len(name) > maxClientText {
		faults = append(faults, clientFault("name", "Enter a name of 1 to %d bytes, such as the name of the person or the program that gets the token.", maxClientText)...)
	}
	if uses < 1 || uses > maxInitialAccessUses {
		faults = append(faults, clientFault("uses", "Enter a number from 1 to %d.", maxInitialAccessUses)...)
	}
	if ttl < time.Minute || ttl > MaxInitialAccessTTL {
		faults = append(faults, clientFault("ttl", "Enter a duration from 1 minute to %d days.", int(MaxInitialAccessTTL.Hours()/24))...)
	}
	if len(faults) > 0 {
		return "", oauth.InitialAccessToken{}, faults
	}
	token := oauth.NewToken(oauth.KindInitialAccess, now)
	return token.String(), oauth.InitialAccessToken{ID: token.ID, Hash: token.Hash(), Name: name, Uses: uses, CreatedAt: now, ExpiresAt: now.Add(ttl)}, nil
}
