package account

import (
	"context"
	"errors"
	"strings"
)

// GuessIdentity limits how often a password that another provider checks can be guessed, as
// Login does for the passwords of accounts: guesses at the same account count together. find
// returns the issuer and the subject of the username; the subject is "" if nobody has it. Then check checks the
// password, and returns ErrWrongPassword, or ErrNotChecked if the provider is unavailable.
// The limit of the address applies before find, and those of the account before check. Guesses
// are counted for the identity that find returns, because a provider can know a person by
// many names.
func (a *Accounts) GuessIdentity(ctx context.Context, attempt Attempt, find func() (issuer, subject string, err error), check func() error) error {
	address := addressKey(attempt.Address)
	byAddress := []AttemptLimit{{Key: address, Max: maxLoginsPerAddress}}
	if address == "" {
		byAddress = nil
	}
	return a.guess(ctx, guess{limits: byAddress, quick: true}, func() error {
		issuer, subject, err := find()
		if err != nil {
			return err
		}
		canonical, user, err := a.guessed(ctx, issuer, subject, attempt.Username)
		if err != nil {
			return err
		}
		limits, browserKey := a.loginLimits(canonical, user, attempt)
		if len(byAddress) > 0 {
			limits = limits[1:] // counted above
		}
		return a.guess(ctx, guess{limits: limits, resets: browserKey, quick: true}, check)
	})
}

// guessed returns the account of an identity, and the name by which guesses at it are
// counted. For an identity without an account, the name is that of the identity.
func (a *Accounts) guessed(ctx context.Context, issuer, subject, username string) (canonical string, u *User, err error) {
	if subject == "" {
		return "nobody " + issuer + " " + strings.ToLower(username), new(User), nil
	}
	id := IdentityID(issuer, subject)
	f, u, err := a.Store.Factor(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && f.Kind != FactorIdentity:
		return "identity " + string(id[:]), new(User), nil
	case err != nil:
		return "", nil, err
	}
	canonical, err = CanonicalUsername(u.Username)
	return canonical, u, err
}
