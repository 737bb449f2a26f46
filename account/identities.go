package account

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// The errors of logins with an identity.
var (
	// ErrNoAccount means that no account has the identity, and that the provider does
	// not sign people up.
	ErrNoAccount = errors.New("no account is connected with this identity")
	// ErrAddressInUse means that an account has confirmed the address of the identity,
	// but is not connected automatically. The person must log in to it first.
	ErrAddressInUse = errors.New("an account with this address exists; log in to it, and connect the identity there")
	// ErrIdentityTaken means that another account has the identity.
	ErrIdentityTaken = errors.New("this identity is connected with another account")
	// ErrDisabled means that the account of the identity is disabled.
	ErrDisabled = errors.New("this account is disabled")
)

// An IdentityLogin is a login with an identity.
type IdentityLogin struct {
	Identity  Identity      // the identity that the provider reports
	Rules     IdentityRules // decide whether an account is created or connected
	Browser   Browser       // as in StartSession
	OldCookie string        // as in StartSession
	Address   netip.Addr    // limits how many accounts are created
	Visitor   Visitor       // for the email about a new connection
	Locale    string        // as in NewUser, unless the provider reports a language
	// Invitation is the code of an invitation, with which a person without an account
	// creates one, or empty.
	Invitation string
}

// IdentityResult is the result of a login with an identity.
type IdentityResult struct {
	User    *User   // the person
	Cookie  string  // the value of the cookie of the session
	Session Session // the new session
	// Created and Linked report that the account was created, or that the identity was
	// connected with it, in this login.
	Created, Linked bool
}

// LoginWithIdentity logs in the person who has the identity. If no account has it, l.Rules
// apply. With ErrSecondFactor, the result has the User, and the login continues with
// SealIdentityLogin. Other errors are ErrNoAccount, ErrAddressInUse, ErrDisabled,
// ErrLoginExpired if the account was changed concurrently, *ToBeDeletedError, and *ThrottledError.
func (a *Accounts) LoginWithIdentity(ctx context.Context, l IdentityLogin) (result IdentityResult, err error) {
	f, u, err := a.ownerOf(ctx, l.Identity)
	if result.User = u; err == nil && u == nil {
		f, result, err = a.adopt(ctx, l)
	}
	if err != nil {
		return IdentityResult{}, err
	}
	u = result.User
	methods := l.Identity.methods(l.Rules)
	if len(u.Factors) > 0 && !slices.Contains(methods, MethodTwoFactors) {
		return result, ErrSecondFactor
	}
	use := FactorUse{ID: f.ID, Step: max(a.now().UnixMilli(), f.Step+1), At: a.now()}
	result.Cookie, result.Session, err = a.start(ctx, login{
		user: u, methods: methods, use: &use, browser: l.Browser, oldCookie: l.OldCookie, authTime: l.Identity.AuthTime,
		unrecorded: result.Created,
	})
	return result, notExpired(err)
}

// ownerOf returns the factor of an identity and the account that has it, which is nil if no
// account has it. The errors are ErrNoAccount and ErrDisabled.
func (a *Accounts) ownerOf(ctx context.Context, i Identity) (Factor, *User, error) {
	f, u, err := a.Store.Factor(ctx, IdentityID(i.Issuer, i.Subject))
	switch {
	case errors.Is(err, ErrNotFound):
		return Factor{}, nil, nil
	case err == nil && f.Kind != FactorIdentity:
		err = ErrNoAccount
	case err == nil && u.Disabled && u.DeleteAt.IsZero():
		err = ErrDisabled
	}
	if err != nil {
		return Factor{}, nil, err
	}
	return f, u, nil
}

// notExpired returns ErrLoginExpired for a factor that was used or removed concurrently.
func notExpired(err error) error {
	if errors.Is(err, ErrFactorUsed) {
		return ErrLoginExpired
	}
	return err
}

// SealIdentityLogin is SealLogin after a login with an identity.
func (a *Accounts) SealIdentityLogin(u *User, l IdentityLogin, secret string) (string, error) {
	return a.sealLogin(u, secret, l.Identity.methods(l.Rules), l.Identity.AuthTime)
}

// adopt finds or creates the account of an identity that nobody has.
func (a *Accounts) adopt(ctx context.Context, l IdentityLogin) (Factor, IdentityResult, error) {
	f, err := l.Identity.factor()
	if err != nil {
		return Factor{}, IdentityResult{}, err
	}
	u, err := a.ownerOfAddress(ctx, l)
	if err != nil {
		return Factor{}, IdentityResult{}, err
	}
	if u == nil && l.Invitation != "" && l.Rules.Invitations {
		u, err = a.signUpInvited(ctx, l, f)
		return f, IdentityResult{User: u, Created: true}, err
	}
	result := IdentityResult{User: u, Linked: true}
	if u == nil {
		if !l.Rules.SignUp {
			return Factor{}, IdentityResult{}, ErrNoAccount
		}
		if u, err = a.signUpWith(ctx, l); err != nil {
			return Factor{}, IdentityResult{}, err
		}
		result = IdentityResult{User: u, Created: true}
	}
	if err := a.connect(ctx, u, f, result.Linked, l.Visitor); err != nil {
		return Factor{}, IdentityResult{}, err
	}
	if result.Created { // it expires until here
		err = a.Store.KeepUser(ctx, u.ID)
	}
	return f, result, err
}

// connect adds an identity to a user as it was read. If they have the account already,
// they get an email.
func (a *Accounts) connect(ctx context.Context, u *User, f Factor, notify bool, v Visitor) (err error) {
	f.UserID, f.CreatedAt = u.ID, a.now()
	about := notice{MailIdentityConnected, u, u.Email, u.EmailVerified(), v, false, ""}
	var queued *Notice
	if notify {
		if queued, err = a.notice(ctx, about); err != nil {
			return err
		}
	}
	err = a.Store.ChangeFactors(ctx, FactorChange{User: u, Factors: u.Factors, Add: []Factor{f}, At: a.now(), Notice: queued})
	if errors.Is(err, ErrConflict) {
		return ErrLoginExpired
	}
	if err == nil {
		a.noticeQueued(ctx, about, queued)
	}
	return err
}

// ownerOfAddress returns the account that has confirmed the address of an identity, if
// the provider is trusted for it, and nil if no account has. An account with a second
// factor, and that of an administrator, is never connected automatically: a fault of the
// provider must not be enough to get in. Neither is an account that is connected with
// another person at the same provider, who may have had the address before.
func (a *Accounts) ownerOfAddress(ctx context.Context, l IdentityLogin) (*User, error) {
	if !l.trustsAddress() {
		return nil, nil
	}
	owners, err := a.usersOf(ctx, l.Identity.Email)
	if err != nil {
		return nil, err
	}
	owners = slices.DeleteFunc(owners, func(u *User) bool { return !u.EmailVerified() })
	switch {
	case len(owners) == 0:
		return nil, nil
	case len(owners) > 1, len(owners[0].Roles()) > 0, len(owners[0].Factors) > 0:
		return nil, ErrAddressInUse
	case owners[0].Disabled:
		return nil, ErrDisabled
	}
	factors, err := a.Store.Factors(ctx, owners[0].ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(factors, func(f Factor) bool { return f.issuer() == l.Identity.Issuer }) {
		return nil, ErrAddressInUse // the provider has given the address to another person
	}
	return owners[0], nil
}

// trustsAddress reports whether the address certainly belongs to the person.
func (l IdentityLogin) trustsAddress() bool {
	_, domain, _ := strings.Cut(l.Identity.Email, "@")
	return l.Identity.EmailVerified && validate.IsEmail(l.Identity.Email) &&
		slices.ContainsFunc(l.Rules.EmailDomains, func(d string) bool { return sameAddress(d, domain) })
}

// LinkIdentity connects an identity with the account of a session. The person gets an
// email. It returns ErrReauthenticate as CheckRecent does, ErrIdentityTaken, and
// ErrTooManyFactors.
func (a *Accounts) LinkIdentity(ctx context.Context, cookie string, identity Identity, v Visitor) error {
	f, err := identity.factor()
	if err != nil {
		return err
	}
	var n notice
	var queued *Notice
	_, _, err = a.changeFactors(ctx, cookie, func(s Session, u *User, have []Factor) (c FactorChange, err error) {
		if err := a.CheckRecent(s, u); err != nil {
			return c, err
		}
		switch _, owner, err := a.Store.Factor(ctx, f.ID); {
		case err == nil && owner.ID != u.ID:
			return c, ErrIdentityTaken
		case err == nil:
			return c, nil // connected before
		case !errors.Is(err, ErrNotFound):
			return c, err
		case count(have, FactorIdentity) >= MaxIdentities:
			return c, ErrTooManyFactors
		}
		f.UserID, f.CreatedAt = u.ID, a.now()
		c.Add = []Factor{f}
		n = notice{MailIdentityConnected, u, u.Email, u.EmailVerified(), v, false, ""}
		queued, err = a.notice(ctx, n)
		c.Notice = queued
		return c, err
	})
	if err == nil {
		a.noticeQueued(ctx, n, queued)
	}
	return err
}

// canLogIn reports whether a user could log in with the password or one of the factors.
func (a *Accounts) canLogIn(ctx context.Context, u *User, factors []Factor) (bool, error) {
	if a.LogsInHere(u) && (u.PasswordHash != "" || slices.ContainsFunc(factors, Factor.logsIn)) {
		return true, nil
	}
	if count(factors, FactorIdentity) == 0 {
		return false, nil
	}
	providers, err := a.providers(ctx)
	return slices.ContainsFunc(factors, func(f Factor) bool { return len(namesOf(f, providers)) > 0 }), err
}

// providers returns the other providers at which people can log in.
func (a *Accounts) providers(ctx context.Context) ([]OtherProvider, error) {
	if a.Providers == nil {
		return nil, nil
	}
	return a.Providers(ctx)
}
