package account

import (
	"context"
	"crypto/sha256"
	"errors"
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

// directoryBlock returns the mark of an account whose LoginEpoch after the block is epoch.
func (a *Accounts) directoryBlock(userID string, epoch int64) Factor {
	return Factor{ID: directoryBlockKey(userID), UserID: userID, Kind: FactorExternal, Step: epoch, CreatedAt: a.now()}
}
