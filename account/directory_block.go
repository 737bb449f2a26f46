package account

import (
	"context"
	"crypto/sha256"
	"errors"
)

// A directory can undo only its own blocks: an administrator can have blocked the person for
// another reason. A factor of the kind FactorExternal with an empty Body marks such a block. It is
// added with the block. The Store removes it when others block or enable the person.

// DirectoryBlockKey returns the ID of the factor that marks that a directory has blocked a person.
func DirectoryBlockKey(userID string) FactorID {
	return sha256.Sum256([]byte("block by a directory " + userID))
}

// BlockedByDirectory reports whether a person is disabled, and a directory has disabled them last.
func (a *Accounts) BlockedByDirectory(ctx context.Context, u *User) (bool, error) {
	if !u.Disabled || !u.DeleteAt.IsZero() {
		return false, nil
	}
	mark, _, err := a.Store.Factor(ctx, DirectoryBlockKey(u.ID))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && mark.UserID == u.ID, err
}

// directoryBlock returns the mark of a block by a directory.
func (a *Accounts) directoryBlock(userID string) Factor {
	return Factor{ID: DirectoryBlockKey(userID), UserID: userID, Kind: FactorExternal, CreatedAt: a.now()}
}
