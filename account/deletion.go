package account

import (
	"context"
	"errors"
	"time"
)

// ErrNotDeletable is returned to a person who must not delete their own account.
var ErrNotDeletable = errors.New("people cannot delete their own accounts on this server")

// A ToBeDeletedError is the result of a complete login to an account whose owner has
// requested its deletion. It wraps ErrWrongPassword, so that callers who cannot offer to keep the account treat it as
// a failed login.
type ToBeDeletedError struct {
	DeleteAt time.Time // when the account is deleted
	// Proof is for KeepAccount.
	Proof string

	user *User
}

// Error returns a message with the time of the deletion.
func (e *ToBeDeletedError) Error() string {
	return "this account is disabled, and will be deleted at " + e.DeleteAt.UTC().Format(time.RFC3339)
}

// Unwrap returns ErrWrongPassword.
func (e *ToBeDeletedError) Unwrap() error { return ErrWrongPassword }

// keepProofTTL is the lifetime of a proof that a person gets with their password.
const keepProofTTL = 15 * time.Minute

// Delete deletes an account at once, such as when an administrator deletes it, if it has the given
// version. A version of zero means any. It returns ErrConflict if the version differs, and ErrLastAdmin for the only
// enabled administrator.
func (a *Accounts) Delete(ctx context.Context, userID string, version int64) error {
	return a.Store.DeleteUser(ctx, userID, version, a.now())
}

// RequestDeletion deletes the account of a person at their request, after
// Settings.DeletionGrace. Until then the account is disabled, and the person can keep it
// with a link in an email, or with their password. It returns ErrNotDeletable, ErrLastAdmin
// for the only enabled administrator, and ErrConflict if the account was changed
// concurrently. keep is a proof for KeepAccount, or empty if the account is deleted.
func (a *Accounts) RequestDeletion(ctx context.Context, u *User, v Visitor) (keep string, err error) {
	if a.ForbidDeletion {
		return "", ErrNotDeletable
	}
	if a.DeletionGrace < 0 {
		return "", a.Delete(ctx, u.ID, 0)
	}
	ctx = context.WithoutCancel(ctx)
	about := notice{MailDeletion, u, u.Email, u.EmailVerified(), v, false, ""}
	queued, err := a.notice(ctx, about)
	if err != nil {
		return "", err
	}
	now := a.now()
	if err := a.Store.ScheduleDeletion(ctx, Deletion{User: u, At: now, DeleteAt: now.Add(a.DeletionGrace), Notice: queued}); err != nil {
		return "", err
	}
	a.noticeQueued(ctx, about, queued)
	return a.keepProof(u), nil
}

// CheckKeepProof returns the account that a proof keeps. It returns ErrInvalidLink if the
// proof is not valid, or the account is no longer to be deleted.
func (a *Accounts) CheckKeepProof(ctx context.Context, proof string) (*User, error) {
	u, _, err := a.checkProof(ctx, purposeKeep, proof)
	return u, err
}

// KeepAccount cancels the deletion of an account, and enables it. Its errors are those of
// CheckKeepProof.
func (a *Accounts) KeepAccount(ctx context.Context, proof string) (*User, error) {
	u, err := a.CheckKeepProof(ctx, proof)
	if err != nil {
		return nil, err
	}
	err = a.Store.CancelDeletion(context.WithoutCancel(ctx), u.ID, u.DeleteAt, a.now())
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		err = ErrInvalidLink
	}
	return u, err
}

// CancelDeletion cancels the deletion that the owner of an account has requested, and enables the
// account. It is for an administrator. It returns ErrConflict if no deletion was requested.
func (a *Accounts) CancelDeletion(ctx context.Context, userID string) error {
	u, err := a.Store.User(ctx, userID)
	if err != nil {
		return err
	}
	if u.DeleteAt.IsZero() {
		return ErrConflict
	}
	mark, err := a.blockMark(ctx, u.ID)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	err = a.Store.CancelDeletion(ctx, u.ID, u.DeleteAt, a.now())
	if err == nil && mark.UserID == u.ID {
		err = a.Enable(ctx, u.ID)
	}
	return err
}

// keepLinks returns the account of a mail about a deletion. Only a person who has confirmed
// that the address belongs to the account gets a proof.
func (a *Accounts) keepLinks(ctx context.Context, m Mail) ([]LetterLink, error) {
	u, err := a.Store.User(ctx, m.UserID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || u.DeleteAt.IsZero() {
		return nil, err
	}
	link := LetterLink{User: u}
	if m.Details.Confirmed {
		link.Proof = a.newProof(purposeKeep, u, u.DeleteAt.Sub(a.now()), "")
	}
	return []LetterLink{link}, nil
}

// toBeDeleted returns the error for a person who has logged in to an account that they
// delete, or nil. If the account was blocked since then, the person cannot keep it, and the error
// is that of a disabled account.
func (a *Accounts) toBeDeleted(ctx context.Context, u *User) error {
	if u.DeleteAt.IsZero() {
		return nil
	}
	mark, err := a.blockMark(ctx, u.ID)
	if err != nil {
		return err
	}
	if mark.UserID == u.ID {
		return errDisabledLogin
	}
	return &ToBeDeletedError{u.DeleteAt, a.keepProof(u), u}
}

// keepProof returns a proof for a person who has just proved who they are.
func (a *Accounts) keepProof(u *User) string {
	return a.newProof(purposeKeep, u, min(keepProofTTL, u.DeleteAt.Sub(a.now())), "")
}
