package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// Limits of personal tokens.
const (
	MaxPersonalTokens   = 50                   // how many a person can have
	MaxPersonalTokenTTL = 366 * 24 * time.Hour // how long one can be valid
)

// A PersonalToken is an access token for the admin API that a person made for a program of their
// own. It is revoked by everything that ends all sessions of the person: a new password,
// disabling, or logging out everywhere. It is also revoked when the person loses a role.
type PersonalToken struct {
	ID        string    // identifies the token; not secret
	Name      string    // chosen by the person
	Scopes    []string  // the scopes of the token
	CreatedAt time.Time // when it was made
	ExpiresAt time.Time // when it expires
	UsedAt    time.Time // when it was last used, to the hour; zero if it was never used
}

// personalTokenBody is the Body of a FactorToken, in JSON without spaces. A Store searches this text: the epoch
// is its end, and see QuotedScope.
type personalTokenBody struct {
	Scopes []string `json:"scopes"`
	Parent string   `json:"parent,omitempty"` // the ID of the token with which it was made, or empty
	Epoch  int64    `json:"epoch"`            // the LoginEpoch at which it was made
}

// personalTokenID returns the ID of a token. The text is random, so the ID is also the hash by
// which the token is recognized.
func personalTokenID(text string) FactorID { return sha256.Sum256([]byte("personal token " + text)) }

// AddPersonalToken adds a personal token with this text, which is a secret with 256 random bits
// that the caller generated. It returns validate.FieldErrors if a value is not valid.
func (a *Accounts) AddPersonalToken(ctx context.Context, userID, text, name string, scopes []string, ttl time.Duration) (PersonalToken, error) {
	return a.addPersonalToken(ctx, userID, "", text, name, scopes, ttl)
}

// AddPersonalTokenWith is AddPersonalToken for a request that was made with a personal token of the
// same person, whose ID is parent. The new token is revoked together with the parent, and must not
// expire later. If ttl is 0, both expire at the same time. It returns ErrNotFound if the parent is not
// valid. The caller checks that the parent has the scopes.
func (a *Accounts) AddPersonalTokenWith(ctx context.Context, userID, parent, text, name string, scopes []string, ttl time.Duration) (PersonalToken, error) {
	if parent == "" {
		return PersonalToken{}, ErrNotFound
	}
	return a.addPersonalToken(ctx, userID, parent, text, name, scopes, ttl)
}

func (a *Accounts) addPersonalToken(ctx context.Context, userID, parent, text, name string, scopes []string, ttl time.Duration) (PersonalToken, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return PersonalToken{}, validate.Field("name", "Enter a name for the token.")
	}
	name, err := factorName(name)
	if err != nil {
		return PersonalToken{}, err
	}
	if ttl < 0 || ttl > MaxPersonalTokenTTL || ttl == 0 && parent == "" {
		return PersonalToken{}, validate.Field("ttl", "A token can be valid for 1 to 366 days.")
	}
	var added PersonalToken
	err = a.changePersonalTokens(ctx, userID, func(u *User, have []Factor) (FactorChange, error) {
		now := a.now()
		c := FactorChange{}
		expires := now.Add(ttl)
		if parent != "" {
			limit, err := expiryOf(parent, u, have, now)
			if err != nil {
				return c, err
			}
			if ttl == 0 {
				expires = limit
			}
			if expires.After(limit) {
				return c, validate.Field("ttl", "The token must not expire later than the token with which you create it.")
			}
		}
		for _, f := range have {
			if f.Kind == FactorToken && !personalTokenValid(u, f, a.now()) {
				c.Remove = append(c.Remove, f.ID)
			}
		}
		if count(have, FactorToken)-len(c.Remove) >= MaxPersonalTokens {
			return c, validate.Field("name", "You have %d tokens. Revoke one that you do not need any more.", MaxPersonalTokens)
		}
		body, err := json.Marshal(personalTokenBody{scopes, parent, u.LoginEpoch})
		if err != nil {
			return c, err
		}
		f := Factor{ID: personalTokenID(text), UserID: u.ID, Kind: FactorToken, Name: name, Body: string(body), CreatedAt: now, ExpiresAt: expires}
		c.Add = []Factor{f}
		added = personalTokenOf(f)
		return c, nil
	})
	return added, err
}

// PersonalTokens returns the personal tokens of a person that are valid, newest first.
func (a *Accounts) PersonalTokens(ctx context.Context, userID string) (all []PersonalToken, err error) {
	u, err := a.Store.User(ctx, userID)
	if err != nil {
		return nil, err
	}
	have, err := a.Store.Factors(ctx, userID)
	for _, f := range slices.Backward(have) {
		if personalTokenValid(u, f, a.now()) {
			all = append(all, personalTokenOf(f))
		}
	}
	return all, err
}

// expiryOf returns when the valid personal token with an ID expires.
func expiryOf(id string, u *User, have []Factor, now time.Time) (time.Time, error) {
	for _, f := range have {
		if personalTokenValid(u, f, now) && personalTokenOf(f).ID == id {
			return f.ExpiresAt, nil
		}
	}
	return time.Time{}, ErrNotFound
}

// RevokePersonalToken revokes a personal token of a person, and all tokens that were made with it. It
// returns the IDs of all of them, or ErrNotFound if the person does not have it.
func (a *Accounts) RevokePersonalToken(ctx context.Context, userID, id string) (revoked []string, err error) {
	err = a.changePersonalTokens(ctx, userID, func(_ *User, have []Factor) (c FactorChange, err error) {
		if c.Remove = withSuccessors(id, have); len(c.Remove) == 0 {
			return c, ErrNotFound
		}
		revoked = nil
		for _, of := range c.Remove {
			revoked = append(revoked, shownID(of))
		}
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	return revoked, nil
}

// withSuccessors returns the personal token with an ID, and all tokens that were made with one of the
// result.
func withSuccessors(id string, have []Factor) (all []FactorID) {
	for _, f := range have {
		var body personalTokenBody
		if f.Kind != FactorToken || json.Unmarshal([]byte(f.Body), &body) != nil {
			continue
		}
		switch shown := shownID(f.ID); {
		case shown == id:
			all = append(all, f.ID)
		case body.Parent == id:
			all = append(all, withSuccessors(shown, have)...)
		}
	}
	return all
}

// PersonalToken returns the personal token with a text, and its person. It returns ErrNotFound if
// the token does not exist, has expired or was revoked, or if the person is disabled.
func (a *Accounts) PersonalToken(ctx context.Context, text string) (PersonalToken, *User, error) {
	f, u, err := a.personalToken(ctx, text)
	if err != nil {
		return PersonalToken{}, nil, err
	}
	return personalTokenOf(f), u, nil
}

func (a *Accounts) personalToken(ctx context.Context, text string) (Factor, *User, error) {
	f, u, err := a.Store.Factor(ctx, personalTokenID(text))
	if err == nil && (u.Disabled || !personalTokenValid(u, f, a.now())) {
		err = ErrNotFound
	}
	return f, u, err
}

// personalTokenValid reports whether a factor is a personal token that has not ended.
func personalTokenValid(u *User, f Factor, now time.Time) bool {
	var body personalTokenBody
	return f.Kind == FactorToken && json.Unmarshal([]byte(f.Body), &body) == nil && body.Epoch == u.LoginEpoch && f.ExpiresAt.After(now)
}

// PersonalTokenID returns the ID of the personal token with the given text. The text does not have to
// be that of a token.
func PersonalTokenID(text string) string { return shownID(personalTokenID(text)) }

// shownID returns the beginning of an ID, which is not secret.
func shownID(id FactorID) string { return hex.EncodeToString(id[:8]) }

func personalTokenOf(f Factor) PersonalToken {
	var body personalTokenBody
	_ = json.Unmarshal([]byte(f.Body), &body) // personalTokenValid checks it
	return PersonalToken{ID: shownID(f.ID), Name: f.Name, Scopes: body.Scopes, CreatedAt: f.CreatedAt, ExpiresAt: f.ExpiresAt, UsedAt: f.UsedAt}
}

// changePersonalTokens changes the personal tokens of a person. If the account was changed
// concurrently, it plans the change again.
func (a *Accounts) changePersonalTokens(ctx context.Context, userID string, plan func(u *User, have []Factor) (FactorChange, error)) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		u, err := a.Store.User(ctx, userID)
		if err != nil {
			return err
		}
		have, err := a.Store.Factors(ctx, userID)
		if err != nil {
			return err
		}
		c, err := plan(u, have)
		if err != nil {
			return err
		}
		c.User, c.Factors, c.At = u, u.Factors, a.now()
		if err = a.Store.ChangeFactors(ctx, c); !errors.Is(err, ErrConflict) || attempt == attempts {
			return err
		}
	}
}
