package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// A directory can undo only its own blocks: an administrator can have blocked the person for
// another reason. A factor of the kind FactorExternal with an empty Body marks such a block. Its
// Step is the LoginEpoch of the account after the block. Each block by others increments the
// LoginEpoch, and so the mark is then without effect.

// directoryBlockKey returns the ID of the mark.
func directoryBlockKey(userID string) FactorID {
	return sha256.Sum256([]byte("directory block " + userID))
}

// BlockedByDirectory reports whether a person is disabled, and a directory has disabled them last.
func (a *Accounts) BlockedByDirectory(ctx context.Context, u *User) (bool, error) {
	if !u.Disabled || !u.DeleteAt.IsZero() {
		return false, nil
	}
	mark, _, err := a.Store.Factor(ctx, directoryBlockKey(u.ID))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && mark.UserID == u.ID && mark.Step == u.LoginEpoch, err
}

// SwitchForDirectory disables a person, ends all sessions and revokes all tokens, or enables the
// person. It returns ErrConflict if the account has changed since u was read, and otherwise the
// errors of Disable. It updates u. A deletion that the person has requested is canceled, so that
// the person cannot keep the account.
func (a *Accounts) SwitchForDirectory(ctx context.Context, u *User, disabled bool) error {
	s := Switch{UserID: u.ID, Disabled: disabled, At: a.now(), Version: u.Version}
	if disabled {
		s.RevokedBefore = s.At
	}
	if err := a.Store.SwitchUser(ctx, s); err != nil {
		return err
	}
	u.Version++
	u.ExpiresAt = time.Time{}
	if disabled {
		u.LoginEpoch++
	}
	return nil
}

// MarkDirectoryBlock lets the directory undo the block of a person whose account has the
// LoginEpoch of u. If an administrator has blocked the person since then, it changes nothing. It
// updates u.Version.
func (a *Accounts) MarkDirectoryBlock(ctx context.Context, u *User) error {
	ctx = context.WithoutCancel(ctx)
	mark := Factor{ID: directoryBlockKey(u.ID), UserID: u.ID, Kind: FactorExternal, Step: u.LoginEpoch, CreatedAt: a.now()}
	const attempts = 3
	for attempt := 1; ; attempt++ {
		now, err := a.Store.User(ctx, u.ID)
		if err != nil || now.LoginEpoch != u.LoginEpoch || !now.Disabled {
			return err
		}
		err = a.Store.ChangeFactors(ctx, FactorChange{User: now, Factors: now.Factors, Remove: []FactorID{mark.ID}, Add: []Factor{mark}, At: a.now()})
		if err == nil && now.Version == u.Version+1 {
			u.Version = now.Version
		}
		if !errors.Is(err, ErrConflict) || attempt == attempts {
			return err
		}
	}
}
