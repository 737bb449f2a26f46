package account

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// verifyTTL is the lifetime of a link to verify an email address.
const verifyTTL = 48 * time.Hour

// ErrOtherAccount is returned by VerifyEmail if the person is not logged in to
// the account whose address they want to verify.
var ErrOtherAccount = errors.New("this link belongs to another account")

// RequestVerification queues a mail with a link for VerifyEmail to the user's
// address, unless the address has been verified. To prevent abuse of the mail
// server, it returns *ThrottledError after too many mails for the user or to the
// mailbox, or by the visitor.
func (a *Accounts) RequestVerification(ctx context.Context, u *User, v Visitor) error {
	if u.Email == "" || u.EmailVerified() {
		return nil
	}
	for _, limit := range []AttemptLimit{
		{Key: accountKey(u.ID, "verify"), Max: maxVerificationsPerUser},
		{Key: accountKey(strings.ToLower(u.Email), "verify"), Max: maxVerificationsPerMailbox},
	} {
		if err := a.countAttempt(ctx, limit); err != nil {
			return err
		}
	}
	err := a.queueMail(ctx, Mail{Kind: MailVerify, To: u.Email, UserID: u.ID}, v)
	if errors.Is(err, ErrMailRecipientFull) {
		return &ThrottledError{RetryAfter: attemptWindow}
	}
	return err
}

// verifyLinks returns the account of a mail if its address is still the one that
// was to be verified. The proof records who asked for it.
func (a *Accounts) verifyLinks(ctx context.Context, m Mail) ([]LetterLink, error) {
	u, err := a.Store.User(ctx, m.UserID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || u.Disabled || u.Email != m.To || u.EmailVerified() {
		return nil, err
	}
	note, err := json.Marshal(verificationNote{m.CreatedAt.Unix(), m.Details})
	return []LetterLink{{u, a.newProof(purposeVerify, u, verifyTTL, string(note))}}, err
}

// verificationNote is the note of a proof that verifies an address.
type verificationNote struct {
	At int64 `json:"at"` // Unix time
	MailDetails
}

// Verification is a request to verify the address of an account.
type Verification struct {
	User        *User     // the account
	RequestedAt time.Time // when it was requested
	MailDetails
}

// CheckEmailProof returns the account whose address a proof verifies, and the
// browser that requested it. It returns ErrInvalidLink if the proof is not valid.
func (a *Accounts) CheckEmailProof(ctx context.Context, proof string) (Verification, error) {
	u, text, err := a.checkProof(ctx, purposeVerify, proof)
	if err != nil {
		return Verification{}, err
	}
	var note verificationNote
	if err := json.Unmarshal([]byte(text), &note); err != nil {
		return Verification{}, ErrInvalidLink // cannot happen with our signature
	}
	return Verification{u, time.Unix(note.At, 0).UTC(), note.MailDetails}, nil
}

// VerifyEmail marks the email address of an account as verified. The person who
// received the proof must also be logged in to that account; by is the ID of the
// user who is logged in. Otherwise, an attacker could enter the address of a victim,
// and a click of the victim would confirm it for the account of the attacker. It
// returns ErrInvalidLink if the proof is not valid, and ErrOtherAccount if by is
// another user.
func (a *Accounts) VerifyEmail(ctx context.Context, proof, by string) error {
	u, _, err := a.checkProof(ctx, purposeVerify, proof)
	if err != nil {
		return err
	}
	if u.ID != by {
		return ErrOtherAccount
	}
	return a.markEmailVerified(ctx, u)
}

// RejectEmail removes the email address from an account, because the person who
// received the proof there says that the account is not theirs. It returns
// ErrInvalidLink if the proof is not valid, or the address has been verified.
func (a *Accounts) RejectEmail(ctx context.Context, proof string) error {
	u, _, err := a.checkProof(ctx, purposeVerify, proof)
	if err != nil {
		return err
	}
	if u.EmailVerified() {
		return ErrInvalidLink
	}
	return a.change(ctx, u, updating{quiet: true}, func(u *User) error {
		if u.EmailVerified() {
			return ErrInvalidLink
		}
		return u.setEmail("", false)
	})
}

// EmailVerified reports whether the current email address has been verified.
func (u *User) EmailVerified() bool {
	claims, err := u.StandardClaims()
	return err == nil && claims["email_verified"] == true
}

// setEmail replaces the email address. The claims say whether it is verified.
func (u *User) setEmail(email string, verified bool) error {
	claims, err := u.claims()
	if err != nil {
		return err
	}
	delete(claims, "email")
	delete(claims, "email_verified")
	if verified && email != "" {
		claims["email"], claims["email_verified"] = email, true
	}
	u.Email = email
	return u.setClaims(claims)
}

// SetEmailVerified records whether the current email address is verified, as an
// administrator decided. The caller saves the user.
func (u *User) SetEmailVerified(verified bool) error { return u.setEmail(u.Email, verified) }

// OtherClaims returns Claims without the members that record whether the email
// address is verified.
func (u *User) OtherClaims() (json.RawMessage, error) {
	other := *u
	err := other.SetEmailVerified(false)
	return other.Claims, err
}

// markEmailVerified saves that the user's email address has been verified.
func (a *Accounts) markEmailVerified(ctx context.Context, u *User) error {
	if u.EmailVerified() {
		return nil
	}
	email := u.Email
	return a.Change(ctx, u, func(u *User) error {
		if u.Email != email {
			return ErrInvalidLink
		}
		return u.setEmail(email, true)
	})
}

// Change applies a change to a user and saves it. If the user was changed
// concurrently, it reads the user again and repeats the change.
func (a *Accounts) Change(ctx context.Context, u *User, apply func(*User) error) error {
	return a.change(ctx, u, updating{}, apply)
}

func (a *Accounts) change(ctx context.Context, u *User, how updating, apply func(*User) error) error {
	const attempts = maxProfileChangesPerUser + 5 // more than a person can save in a row
	for attempt := 1; ; attempt++ {
		if err := apply(u); err != nil {
			return err
		}
		err := a.update(ctx, u, how)
		if !errors.Is(err, ErrConflict) || attempt == attempts {
			return err
		}
		current, err := a.Store.User(ctx, u.ID)
		if err != nil {
			return err
		}
		*u = *current
	}
}
