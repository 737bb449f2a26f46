package account

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// resetTTL is the lifetime of a link to set a new password.
const resetTTL = 30 * time.Minute

// RequestReset queues mails with links for ResetPassword: one to the address of
// the account with this username, and one to the name itself if it is the address
// of an account. It also returns nil if there is no account, and *ThrottledError
// if too many resets were requested by the visitor or for the name.
// back is what CheckResetProof returns for such a link.
func (a *Accounts) RequestReset(ctx context.Context, name string, v Visitor, back Return) error {
	// The address is counted first. The number of names that an attacker could try
	// is unlimited, and each would otherwise cost a query.
	if err := a.countAttempt(ctx, AttemptLimit{Key: addressKeyFor("reset", v.Address), Max: maxResetsPerAddress}); err != nil {
		return err
	}
	name = strings.TrimSpace(name)
	if !isText(name) || len(name) > maxEmail {
		return nil // no account has this name
	}
	canonical, err := CanonicalUsername(name)
	if err != nil {
		canonical = strings.ToLower(name) // it can still be an address
	}
	if err := a.countAttempt(ctx, AttemptLimit{Key: accountKey(canonical, "reset"), Max: maxResetsPerAccount}); err != nil {
		return err
	}
	recipients, err := a.resetRecipients(ctx, canonical, name)
	if err != nil {
		return err
	}
	for _, m := range recipients {
		m.Details.Return = back
		// If several such mails are already waiting, one more is useless.
		if err := a.queueMail(ctx, m, v); err != nil && !errors.Is(err, ErrMailRecipientFull) {
			return err
		}
	}
	return nil
}

// CountKeptRequest counts an authorization request that the server stores for a person
// who requested a reset. It returns *ThrottledError if there are too many: anyone can
// request resets, and the stored requests take up space.
func (a *Accounts) CountKeptRequest(ctx context.Context) error {
	return a.countAttempt(ctx, AttemptLimit{Key: "kept request", Max: maxKeptRequests})
}

// resetRecipients returns the mails for a name. Their number depends only on the
// form of the name: a mail that is never sent takes the place of each that is
// not needed, so that the time of the answer does not reveal who has an account.
func (a *Accounts) resetRecipients(ctx context.Context, canonical, name string) ([]Mail, error) {
	mails := []Mail{{Kind: mailNobody, To: attemptKey("nobody", canonical)}}
	u, err := a.Store.UserByName(ctx, canonical)
	switch {
	case err == nil && a.canReset(u):
		mails[0] = Mail{Kind: MailReset, To: u.Email}
	case err != nil && !errors.Is(err, ErrNotFound):
		return nil, err
	}
	if !strings.Contains(name, "@") {
		return mails, nil
	}
	users, err := a.usersOf(ctx, name)
	if err != nil {
		return nil, err
	}
	byAddress := Mail{Kind: mailNobody, To: attemptKey("nobody", canonical)}
	if i := slices.IndexFunc(users, a.canReset); i >= 0 && !sameAddress(users[i].Email, mails[0].To) {
		byAddress = Mail{Kind: MailReset, To: users[i].Email}
	}
	return append(mails, byAddress), nil
}

func (a *Accounts) canReset(u *User) bool { return !u.Disabled && u.Email != "" && a.LogsInHere(u) }

// resetLinks returns all accounts with the address. The person who reads its
// mails may have forgotten which of them is theirs. An account that another person
// created with the address does not prevent the others from being reset.
func (a *Accounts) resetLinks(ctx context.Context, email string, back Return) (links []LetterLink, err error) {
	var note []byte
	if back != (Return{}) {
		if note, err = json.Marshal(back); err != nil {
			return nil, err
		}
	}
	users, err := a.usersOf(ctx, email)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if a.canReset(u) && len(links) < maxLetterLinks {
			links = append(links, LetterLink{u, a.newProof(purposeReset, u, resetTTL, string(note))})
		}
	}
	return links, nil
}

// CheckResetProof returns the user whose password the proof can set, and where the
// person continues, or ErrInvalidLink if the proof is not valid.
func (a *Accounts) CheckResetProof(ctx context.Context, proof string) (u *User, back Return, err error) {
	u, note, err := a.checkResetProof(ctx, proof)
	if err == nil && note != "" && json.Unmarshal([]byte(note), &back) != nil {
		err = ErrInvalidLink // cannot happen with our signature
	}
	return u, back, err
}

// checkResetProof returns ErrInvalidLink also if the user cannot log in with a password anymore.
func (a *Accounts) checkResetProof(ctx context.Context, proof string) (u *User, note string, err error) {
	u, note, err = a.checkProof(ctx, purposeReset, proof)
	if err == nil && !a.LogsInHere(u) {
		return nil, "", ErrInvalidLink
	}
	return u, note, err
}

// ResetPassword sets a new password, like SetPassword. It returns ErrInvalidLink
// if the proof is not valid, and validate.FieldErrors if the password is not acceptable.
// It also marks the email address as verified, because the person has received
// the proof there.
func (a *Accounts) ResetPassword(ctx context.Context, proof, password string, v Visitor) (*User, error) {
	u, _, err := a.checkResetProof(ctx, proof)
	if err != nil {
		return nil, err
	}
	err = a.setPassword(ctx, u, password, v, true)
	if errors.Is(err, ErrConflict) { // the link was used at the same time
		err = ErrInvalidLink
	}
	if err != nil {
		return nil, err
	}
	return u, a.markEmailVerified(context.WithoutCancel(ctx), u)
}
