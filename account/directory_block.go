package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// A directory can undo only its own blocks: an administrator can have blocked the person for
// another reason. A factor of the kind FactorExternal with an empty Body marks such a block. It is
// added with the block. The Store removes it when others block or enable the person.
//
// People who have requested the deletion of their account can keep it, unless it was blocked since
// then. A block does not cancel the deletion, so the account has a mark of a block by an
// administrator, too.

// administratorBlock is the Name of a mark of a block by an administrator. The mark of a block by a
// directory has no name.
const administratorBlock = "administrator"

// DirectoryBlockKey returns the ID of the factor that marks that a directory has blocked a person, or
// that an administrator has blocked a person who has requested the deletion of the account.
func DirectoryBlockKey(userID string) FactorID {
	return sha256.Sum256([]byte("block by a directory " + userID))
}

// BlockedByDirectory reports whether a person is disabled, and was last disabled by a directory.
func (a *Accounts) BlockedByDirectory(ctx context.Context, u *User) (bool, error) {
	if !u.Disabled {
		return false, nil
	}
	mark, err := a.blockMark(ctx, u.ID)
	return mark.UserID == u.ID && mark.Name == "", err
}

// blockMark returns the mark of a block, or the zero Factor.
func (a *Accounts) blockMark(ctx context.Context, userID string) (Factor, error) {
	mark, _, err := a.Store.Factor(ctx, DirectoryBlockKey(userID))
	if errors.Is(err, ErrNotFound) {
		return Factor{}, nil
	}
	return mark, err
}

// AdministratorBlock returns the mark of a block by an administrator, for a person who has requested the
// deletion of the account.
func AdministratorBlock(userID string, at time.Time) Factor {
	return Factor{ID: DirectoryBlockKey(userID), UserID: userID, Kind: FactorExternal, Name: administratorBlock, CreatedAt: at}
}

// directoryBlock returns the mark of a block by a directory.
func (a *Accounts) directoryBlock(userID string) Factor {
	return Factor{ID: DirectoryBlockKey(userID), UserID: userID, Kind: FactorExternal, CreatedAt: a.now()}
}
