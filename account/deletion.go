package account

import "context"

// Delete deletes an account at once, as an administrator decided. It returns ErrLastAdmin
// for the only enabled administrator.
func (a *Accounts) Delete(ctx context.Context, userID string) error {
	return a.Store.DeleteUser(ctx, userID, a.now())
}
