package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Links that are sent by mail. They hold a proof that nobody else can make,
// and nothing is stored: a proof is bound to what it changes, so using it ends
// it.
const (
	resetTTL  = 30 * time.Minute
	verifyTTL = 48 * time.Hour

	purposeReset  = "reset password"
	purposeVerify = "verify e-mail"
)

// ErrInvalidLink says that a link is too old, was used, or was never sent.
var ErrInvalidLink = errors.New("this link is too old, was used already, or is incomplete")

// The brakes on mails: so many to one account or address in a window, whoever
// asks, and so many for one person to whatever addresses.
const (
	brakePerReset        = 3
	brakePerVerify       = 3
	brakePerVerifyPerson = 10
)

// NewResetProof gives the user to whom a link to set a new password is to be sent,
// and its proof. The name is a username, or an e-mail address that one account
// alone has. ErrNotFound: there is nobody to send anything to. *ThrottledError:
// too many were asked for, of one account or from one address.
func (a *Accounts) NewResetProof(ctx context.Context, username string, from netip.Addr) (*User, string, error) {
	// Before anything is looked up or counted by name: names are endless.
	if err := a.brake(ctx, brake{strikeKeyOf("reset", addressKey(from)), brakePerAddress}); err != nil {
		return nil, "", err
	}
	canonical, err := CanonicalUsername(username)
	if err != nil {
		return nil, "", ErrNotFound
	}
	if err := a.brake(ctx, brake{accountKey(canonical, "reset"), brakePerReset}); err != nil {
		return nil, "", err
	}
	u, err := a.named(ctx, canonical, strings.TrimSpace(username))
	if err != nil {
		return nil, "", err
	}
	if u.Disabled || u.Email == "" {
		return nil, "", ErrNotFound
	}
	return u, a.proof(purposeReset, u, a.now().Add(resetTTL)), nil
}

// named finds whom a name means: the account of that name; but of an e-mail
// address whoever has confirmed it, so that nobody takes the mails of another
// by a username that is their address.
func (a *Accounts) named(ctx context.Context, canonical, name string) (*User, error) {
	u, err := a.Store.UserByName(ctx, canonical)
	if (err != nil && !errors.Is(err, ErrNotFound)) || !strings.Contains(name, "@") {
		return u, err
	}
	// Looked up for every such name, so that the time tells nothing.
	owner, ownerErr := a.userByEmail(ctx, name)
	switch {
	case ownerErr != nil && !errors.Is(ownerErr, ErrNotFound):
		return nil, ownerErr
	case ownerErr == nil && (err != nil || owner.EmailVerified()):
		return owner, nil
	}
	return u, err
}

// userByEmail finds the one user who has this address: of several the one who
// has confirmed it, because anybody can say that it is theirs.
func (a *Accounts) userByEmail(ctx context.Context, email string) (*User, error) {
	users, err := a.Store.UsersByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	if len(users) > 1 {
		users = slices.DeleteFunc(users, func(u *User) bool { return !u.EmailVerified() })
	}
	if len(users) != 1 {
		return nil, ErrNotFound
	}
	return users[0], nil
}

// ResetPassword sets a new password with the proof of a NewResetProof. Errors:
// ErrInvalidLink, validate.FieldErrors. Having read the mail, the person has shown that the
// address is theirs.
func (a *Accounts) ResetPassword(ctx context.Context, proof, password string) (*User, error) {
	u, err := a.check(ctx, purposeReset, proof)
	if err != nil {
		return nil, err
	}
	if err := a.SetPassword(ctx, u, password); err != nil {
		return nil, err
	}
	return u, a.markVerified(context.WithoutCancel(ctx), u)
}

// CheckResetProof tells whether a proof is still good.
func (a *Accounts) CheckResetProof(ctx context.Context, proof string) error {
	_, err := a.check(ctx, purposeReset, proof)
	return err
}

// NewEmailProof is the proof that the user can read mail to their address, to be
// sent there. *ThrottledError: too many were, to the address or for the user;
// nobody is to be flooded with mails through us.
func (a *Accounts) NewEmailProof(ctx context.Context, u *User) (string, error) {
	for _, b := range []brake{{accountKey(u.ID, "verify"), brakePerVerifyPerson}, {accountKey(strings.ToLower(u.Email), "verify"), brakePerVerify}} {
		if err := a.brake(ctx, b); err != nil {
			return "", err
		}
	}
	return a.proof(purposeVerify, u, a.now().Add(verifyTTL)), nil
}

// VerifyEmail takes the proof of a NewEmailProof.
func (a *Accounts) VerifyEmail(ctx context.Context, proof string) (*User, error) {
	u, err := a.check(ctx, purposeVerify, proof)
	if err != nil {
		return nil, err
	}
	return u, a.markVerified(ctx, u)
}

// EmailVerified reports whether the present address was shown to be theirs.
func (u *User) EmailVerified() bool {
	claims, err := u.StandardClaims()
	return err == nil && claims["email_verified"] == true
}

// markVerified notes it for this very address. Somebody else's change wins.
func (a *Accounts) markVerified(ctx context.Context, u *User) error {
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

// proof is "user.expiry.mac".
func (a *Accounts) proof(purpose string, u *User, expires time.Time) string {
	text := u.ID + "." + strconv.FormatInt(expires.Unix(), 36)
	return text + "." + a.signProof(purpose, u, text)
}

// signProof binds a proof to what using it changes: the password, or the
// address.
func (a *Accounts) signProof(purpose string, u *User, text string) string {
	mac := hmac.New(sha256.New, a.Key)
	bound := u.PasswordHash
	if purpose == purposeVerify {
		bound = u.Email
	}
	_, _ = fmt.Fprintf(mac, "%s\x00%s\x00%s\x00%s", purpose, text, u.Email, bound)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (a *Accounts) check(ctx context.Context, purpose, proof string) (*User, error) {
	parts := strings.Split(proof, ".")
	if len(proof) > 256 || len(parts) != 3 || !isText(proof) {
		return nil, ErrInvalidLink
	}
	seconds, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil || !time.Unix(seconds, 0).After(a.now()) {
		return nil, ErrInvalidLink
	}
	u, err := a.Store.User(ctx, parts[0])
	if errors.Is(err, ErrNotFound) {
		return nil, ErrInvalidLink
	}
	if err != nil {
		return nil, err
	}
	if u.Disabled || !hmac.Equal([]byte(parts[2]), []byte(a.signProof(purpose, u, parts[0]+"."+parts[1]))) {
		return nil, ErrInvalidLink
	}
	return u, nil
}
