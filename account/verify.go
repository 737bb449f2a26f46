package account

import (
	"context"
	"errors"
	"strings"
	"time"
)

// verifyTTL is the lifetime of a link to verify an email address.
const verifyTTL = 48 * time.Hour

// NewEmailProof returns a proof for VerifyEmail that must be sent to the user's
// email address. To prevent abuse of our mail server, it returns
// *ThrottledError after too many proofs for the user or for the mailbox.
func (a *Accounts) NewEmailProof(ctx context.Context, u *User) (string, error) {
	for _, limit := range []rateLimit{
		{accountKey(u.ID, "verify"), maxVerificationsPerUser},
		{accountKey(strings.ToLower(u.Email), "verify"), maxVerificationsPerMailbox},
	} {
		if err := a.countAttempt(ctx, limit); err != nil {
			return "", err
		}
	}
	return a.newProof(purposeVerify, u, verifyTTL), nil
}

// VerifyEmail marks the user's email address as verified. It returns
// ErrInvalidLink if the proof is not valid.
func (a *Accounts) VerifyEmail(ctx context.Context, proof string) (*User, error) {
	u, err := a.checkProof(ctx, purposeVerify, proof)
	if err != nil {
		return nil, err
	}
	return u, a.markEmailVerified(ctx, u)
}

// EmailVerified reports whether the current email address has been verified.
func (u *User) EmailVerified() bool {
	claims, err := u.StandardClaims()
	return err == nil && claims["email_verified"] == true
}

// markEmailVerified saves that the current email address has been verified. If
// the user was changed concurrently, it does nothing.
func (a *Accounts) markEmailVerified(ctx context.Context, u *User) error {
	claims, err := u.claims()
	if err != nil || u.EmailVerified() {
		return err
	}
	claims["email"], claims["email_verified"] = u.Email, true
	if err := u.setClaims(claims); err != nil {
		return err
	}
	if err := a.Update(ctx, u); !errors.Is(err, ErrConflict) {
		return err
	}
	return nil
}
