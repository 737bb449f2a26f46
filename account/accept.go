package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"github.com/seed-e6a88a41/latchkey/internal/passkeys"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// An Acceptance is an account that a person creates with an invitation.
type Acceptance struct {
	Code string // of the invitation
	// User has the values that the person chose. If the invitation has an email address,
	// the account gets that one, and it is confirmed. Other rights and claims are ignored.
	User NewUser
	// Passkey is the answer of the browser to PrepareInvitedPasskey, as the JSON of
	// PublicKeyCredential.toJSON. The account then has no password.
	Passkey     []byte
	PasskeyName string     // the name that the person chose for the passkey
	Address     netip.Addr // limits how many accounts are created
	Browser     Browser    // as in StartSession
	OldCookie   string     // as in StartSession
}

// AcceptInvitation creates the account of an invitation, and logs the person in. With a
// passkey, the result has recovery codes. It returns the errors of CheckInvitation and
// SignUp, ErrPasskey, and ErrOnlyAtProviders. If the account was created, but the login failed, it also
// returns the user.
func (a *Accounts) AcceptInvitation(ctx context.Context, c Acceptance) (*User, Added, error) {
	i, err := a.CheckInvitation(ctx, c.Code)
	if err != nil {
		return nil, Added{}, err
	}
	if !a.LogsInHere(&User{Admin: i.Admin}) {
		return nil, Added{}, ErrOnlyAtProviders
	}
	c.User.Claims, c.User.EmailVerified = nil, false
	u, canonical, err := a.invitedUser(i, c.User, len(c.Passkey) == 0)
	if err != nil {
		return nil, Added{}, err
	}
	if err := a.countAttempt(ctx, AttemptLimit{Key: addressKeyFor("sign-up", c.Address), Max: maxSignUpsPerAddress}); err != nil {
		return nil, Added{}, err
	}
	created := InvitedUser{User: u, Canonical: canonical}
	start := login{user: u, browser: c.Browser, oldCookie: c.OldCookie, unrecorded: true}
	var added Added
	if len(c.Passkey) > 0 {
		created.Add, start.use, start.methods, err = a.invitedPasskey(i, c)
		if err == nil {
			var codes []Factor
			added.RecoveryCodes, codes = a.newRecoveryCodes(u.ID)
			created.Add, u.Factors = append(created.Add, codes...), []FactorKind{FactorPasskey}
		}
	} else {
		start.methods = []string{MethodPassword}
		if err = a.checkBreach(ctx, c.User.Password); err == nil {
			u.PasswordHash, err = a.hashPassword(ctx, addressKey(c.Address), c.User.Password)
		}
	}
	if err == nil {
		err = a.createInvited(context.WithoutCancel(ctx), created)
	}
	if err != nil {
		return nil, Added{}, err
	}
	if start.use != nil {
		start.use.At = a.now()
	}
	added.Cookie, added.Session, err = a.start(ctx, start)
	return u, added, err
}

// createInvited creates an account with an invitation that was open when it was read.
func (a *Accounts) createInvited(ctx context.Context, u InvitedUser) error {
	u.At = a.now()
	err := a.Store.CreateInvited(ctx, u)
	switch {
	case errors.Is(err, ErrConflict):
		return a.usernameTaken(ctx, u.Canonical)
	case errors.Is(err, ErrFactorTaken) && u.Add[0].Kind == FactorIdentity:
		return ErrIdentityTaken
	case errors.Is(err, ErrFactorTaken):
		return fmt.Errorf("%w: %w", ErrPasskey, err)
	case !errors.Is(err, ErrNotFound):
		return err
	}
	i, err := a.Store.Invitation(ctx, u.User.ID)
	if err != nil {
		return notFoundIs(ErrInvalidLink, err)
	}
	return &InvitationError{i.State(a.now())}
}

// invitedUser returns the account of an invitation, or validate.FieldErrors.
func (a *Accounts) invitedUser(i Invitation, n NewUser, withPassword bool) (u *User, canonical string, err error) {
	n.Admin, n.Roles, n.MustConfirm, n.Locale = i.Admin, i.OtherRoles, false, cmp.Or(n.Locale, i.Locale)
	if i.Email != "" {
		n.Email, n.EmailVerified = i.Email, true
	}
	faults := append(checkReserved(n.Username), checkForeignAddress(n)...)
	if withPassword {
		u, canonical, err = a.newUser(n, faults...)
	} else {
		u, canonical, err = a.userFor(n)
		invalid, is := errors.AsType[validate.FieldErrors](err)
		if all := append(invalid, faults...); len(all) > 0 && (err == nil || is) {
			err = all
		}
	}
	if err != nil {
		return nil, "", err
	}
	u.ID = i.ID
	return u, canonical, nil
}

// invitedPasskey returns the passkey that a person created with an invitation, and its
// first use.
func (a *Accounts) invitedPasskey(i Invitation, c Acceptance) ([]Factor, *FactorUse, []string, error) {
	name, err := factorName(c.PasskeyName)
	if err != nil {
		return nil, nil, nil, err
	}
	registration, err := passkeys.ParseRegistration(c.Passkey)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	step, err := a.checkChallenge(registration.Challenge, purposeInvitation, i.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	verified, err := registration.Verify(a.RelyingParty)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	if !verified.UserVerified { // nobody could log in with the passkey alone
		return nil, nil, nil, fmt.Errorf("%w: it did not verify the person", ErrPasskey)
	}
	body, err := json.Marshal(passkeyBody{verified.ID, verified.PublicKey, a.userHandle(i.ID), verified.AAGUID, verified.Transports, verified.BackupEligible, verified.BackedUp, true})
	id := passkeyID(verified.ID)
	f := Factor{ID: id, UserID: i.ID, Kind: FactorPasskey, Name: name, Body: string(body), Step: step - 1, CreatedAt: a.now()}
	methods := append(passkeyMethods(verified.Flags), MethodTwoFactors)
	return []Factor{f}, &FactorUse{ID: id, Step: step, Counter: int64(verified.Counter)}, methods, err
}

// PrepareInvitedPasskey checks the values that a person chose, and returns the options
// with which a browser creates a passkey for the account, as PreparePasskey does. Its
// errors are those of AcceptInvitation. The number of calls with an invitation is limited.
func (a *Accounts) PrepareInvitedPasskey(ctx context.Context, code string, n NewUser) ([]byte, error) {
	i, err := a.CheckInvitation(ctx, code)
	if err != nil {
		return nil, err
	}
	if !a.LogsInHere(&User{Admin: i.Admin}) {
		return nil, ErrOnlyAtProviders
	}
	u, canonical, err := a.invitedUser(i, n, false)
	if err != nil {
		return nil, err
	}
	// Otherwise, the code would be enough to find out any number of usernames.
	if err := a.countAttempt(ctx, AttemptLimit{Key: accountKey(i.ID, "invited name"), Max: maxInvitedNames}); err != nil {
		return nil, err
	}
	if _, err := a.Store.UserByName(ctx, canonical); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = a.usernameTaken(ctx, canonical)
		}
		return nil, err
	}
	person := passkeys.User{Handle: a.userHandle(u.ID), Name: u.Username, DisplayName: u.DisplayName()}
	return a.RelyingParty.CreationOptions(person, a.newChallenge(purposeInvitation, i.ID), nil, true)
}

// signUpInvited creates the account of an invitation for an identity. The username is
// chosen as in signUpWith.
func (a *Accounts) signUpInvited(ctx context.Context, l IdentityLogin, f Factor) (*User, error) {
	i, err := a.CheckInvitation(ctx, l.Invitation)
	if err != nil {
		return nil, err
	}
	n, err := l.Identity.newUser()
	if err != nil {
		return nil, err
	}
	n.EmailVerified, n.Locale = l.trustsAddress() && n.Email != "", l.Locale
	f.UserID, f.CreatedAt = i.ID, a.now()
	for _, name := range l.Identity.usernames() {
		n.Username = name
		u, canonical, err := a.invitedUser(i, n, false)
		if err == nil {
			err = a.createInvited(context.WithoutCancel(ctx), InvitedUser{User: u, Canonical: canonical, Add: []Factor{f}})
		}
		if _, taken := errors.AsType[validate.FieldErrors](err); !taken {
			return u, err
		}
	}
	return nil, errors.New("account: no username is free for a new account")
}
