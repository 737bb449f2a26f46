package account

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// MaxPasskeys is how many passkeys a person can have.
const MaxPasskeys = 20

// Added is the result of adding a factor.
type Added struct {
	// RecoveryCodes are new codes, if this is the first factor of the person. They
	// cannot be read again.
	RecoveryCodes []string
	// Cookie is the new value of the session cookie. The session has the factor now.
	Cookie  string
	Session Session // the session of the person
	// OthersEnded reports whether the other sessions of the person ended.
	OthersEnded bool
}

// Factors returns the factors of a person, oldest first. As JSON they contain no
// secrets.
func (a *Accounts) Factors(ctx context.Context, userID string) ([]Factor, error) {
	return a.Store.Factors(ctx, userID)
}

// recentSession returns a session in which the factors can be changed.
func (a *Accounts) recentSession(ctx context.Context, cookie string) (Session, *User, error) {
	s, u, err := a.Session(ctx, cookie)
	if err == nil {
		err = a.CheckRecent(s, u)
	}
	return s, u, err
}

// changeFactors changes the factors of the person of a session. If the account was
// changed concurrently, it plans the change again.
func (a *Accounts) changeFactors(ctx context.Context, cookie string, plan func(s Session, u *User, have []Factor) (FactorChange, error)) (Session, *User, error) {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		s, u, err := a.Session(ctx, cookie)
		if err != nil {
			return Session{}, nil, err
		}
		have, err := a.Store.Factors(ctx, u.ID)
		if err != nil {
			return Session{}, nil, err
		}
		c, err := plan(s, u, have)
		if err != nil {
			return Session{}, nil, err
		}
		c.User, c.At = u, a.now()
		c.complete(have)
		about := notice{kind: MailFactorsChanged, user: u, to: u.Email, confirmed: u.EmailVerified(), visitor: s.visitor(), change: c.notified(have)}
		var queued *Notice
		if c.Notice == nil && about.change != "" {
			if queued, err = a.notice(ctx, about); err != nil {
				return Session{}, nil, err
			}
			c.Notice = queued
		}
		err = a.Store.ChangeFactors(ctx, c)
		if err == nil {
			a.noticeQueued(ctx, about, queued)
		}
		if !errors.Is(err, ErrConflict) || attempt == attempts {
			return s, u, err
		}
	}
}

// visitor describes the browser of a session at the time of its login.
func (s Session) visitor() Visitor {
	address, err := netip.ParseAddr(s.Address)
	if err != nil {
		return Visitor{}
	}
	return Visitor{Address: address}
}

// complete sets Factors. If no second factor remains, all others are removed, too, but
// identities are kept: the person can still log in with them.
func (c *FactorChange) complete(have []Factor) {
	remain := slices.DeleteFunc(slices.Clone(have), func(f Factor) bool { return slices.Contains(c.Remove, f.ID) })
	c.Factors = nil
	for _, f := range slices.Concat(remain, c.Add) {
		if (f.Kind == FactorPasskey || f.Kind == FactorTOTP) && !slices.Contains(c.Factors, f.Kind) {
			c.Factors = append(c.Factors, f.Kind)
		}
	}
	slices.Sort(c.Factors)
	if len(c.Factors) == 0 {
		for _, f := range remain {
			if f.Kind != FactorIdentity && f.Kind != FactorToken && f.Kind != FactorExternal {
				c.Remove = append(c.Remove, f.ID)
			}
		}
	}
}

// addFactor adds the factor that check returns, and starts the session again with the
// use of the factor. That is not a new login. With the first factor, the person gets recovery codes, and all
// other sessions end: a thief may have one of them. They also end if it replaces a factor:
// the person may have lost the old device.
func (a *Accounts) addFactor(ctx context.Context, cookie string, check func(Session, *User) (Factor, FactorUse, []string, error)) (added Added, err error) {
	var use FactorUse
	var methods []string
	s, u, err := a.changeFactors(ctx, cookie, func(s Session, u *User, have []Factor) (c FactorChange, err error) {
		if err := a.CheckRecent(s, u); err != nil {
			return c, err
		}
		var f Factor
		f, use, methods, err = check(s, u)
		if err != nil {
			return c, err
		}
		if f.Kind == FactorPasskey && count(have, FactorPasskey) >= MaxPasskeys {
			return c, ErrTooManyFactors
		}
		f.UserID, f.CreatedAt = u.ID, a.now()
		if f.Kind == FactorTOTP && slices.ContainsFunc(have, func(old Factor) bool { return old.ID == f.ID }) {
			c.Remove = []FactorID{f.ID}
			c.EndSessions, c.KeepSession = true, s.ID
		}
		c.Add = []Factor{f}
		if added.RecoveryCodes = nil; len(u.Factors) == 0 {
			var codes []Factor
			added.RecoveryCodes, codes = a.newRecoveryCodes(u.ID)
			c.Add = append(c.Add, codes...)
			c.EndSessions, c.KeepSession = true, s.ID
		}
		added.OthersEnded = c.EndSessions
		return c, nil
	})
	if err != nil {
		return Added{}, err
	}
	use.At = a.now()
	added.Cookie, added.Session, err = a.start(ctx, login{user: u, methods: s.withMethods(methods...), use: &use, browser: Browser{s.Address, s.UserAgent}, oldCookie: cookie, confirms: true, factorOnly: true})
	return added, err
}

func count(factors []Factor, kind FactorKind) (n int) {
	for _, f := range factors {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

// RemoveFactor removes a passkey, a TOTP, an identity or a remembered browser of the
// person. It returns ErrReauthenticate as CheckRecent does, unless it is a browser. It
// returns ErrLastFactor if the person could not log in anymore, because they have no
// password, or if required is set and the last second factor would be removed. All other sessions end, unless
// it is a browser: the person may have lost the device.
func (a *Accounts) RemoveFactor(ctx context.Context, cookie string, id FactorID, required bool) error {
	_, _, err := a.changeFactors(ctx, cookie, func(s Session, u *User, have []Factor) (c FactorChange, err error) {
		i := slices.IndexFunc(have, func(f Factor) bool { return f.ID == id })
		if i < 0 || !have[i].ownByName() {
			return c, ErrNotFound
		}
		c.Remove = []FactorID{id}
		if have[i].Kind == FactorBrowser {
			return c, nil
		}
		if err := a.CheckRecent(s, u); err != nil {
			return c, err
		}
		remain := slices.Delete(slices.Clone(have), i, i+1)
		second := count(remain, FactorPasskey) + count(remain, FactorTOTP)
		can, err := a.canLogIn(ctx, u, remain)
		if err != nil {
			return c, err
		}
		if !can || (required && second == 0 && have[i].Kind != FactorIdentity) {
			return c, ErrLastFactor
		}
		c.EndSessions, c.KeepSession = true, s.ID
		return c, nil
	})
	return err
}

// ownByName reports whether the person can select the factor to remove or rename it.
func (f Factor) ownByName() bool {
	return f.Kind != FactorRecoveryCode && f.Kind != FactorEmailCode && f.Kind != FactorExternal
}

// RenameFactor changes the name of a factor of the person.
func (a *Accounts) RenameFactor(ctx context.Context, cookie string, id FactorID, name string) error {
	name, err := factorName(name)
	if err != nil {
		return err
	}
	_, _, err = a.changeFactors(ctx, cookie, func(_ Session, _ *User, have []Factor) (FactorChange, error) {
		if !slices.ContainsFunc(have, func(f Factor) bool { return f.ID == id && f.ownByName() }) {
			return FactorChange{}, ErrNotFound
		}
		return FactorChange{Rename: map[FactorID]string{id: name}}, nil
	})
	return err
}

// factorName returns the name of a factor, or validate.FieldErrors.
func factorName(name string) (string, error) {
	const maxName = 100 // bytes
	if len(name) > maxName {
		return "", validate.Field("name", "This name is too long. Enter a shorter one.")
	}
	if faults := validate.Name("name", name); len(faults) > 0 {
		return "", faults
	}
	return name, nil
}

// ResetFactors removes all factors of a person who has lost them, for an administrator,
// except identities. All sessions of the person end. Then the password or an identity
// alone is enough. If the person has no such factors, nothing changes. It returns
// ErrLastFactor if the person could not log in anymore: they have neither a password nor an
// identity, and cannot set a password by mail.
func (a *Accounts) ResetFactors(ctx context.Context, userID string) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		u, err := a.Store.User(ctx, userID)
		if err != nil {
			return err
		}
		have, err := a.Store.Factors(ctx, userID)
		if err != nil {
			return err
		}
		isIdentity := func(f Factor) bool { return f.Kind == FactorIdentity }
		identities := slices.DeleteFunc(slices.Clone(have), func(f Factor) bool { return !isIdentity(f) })
		have = slices.DeleteFunc(have, func(f Factor) bool { return isIdentity(f) || f.Kind == FactorExternal })
		if len(have) == 0 {
			return nil
		}
		can, err := a.canLogIn(ctx, u, identities)
		if err != nil {
			return err
		}
		if !can && (a.Mails == nil || u.Email == "") {
			return ErrLastFactor
		}
		c := FactorChange{User: u, EndSessions: true, At: a.now()}
		c.complete(nil)
		for _, f := range have {
			c.Remove = append(c.Remove, f.ID)
		}
		about := notice{kind: MailFactorsChanged, user: u, to: u.Email, confirmed: u.EmailVerified(), change: FactorsRemoved}
		if c.Notice, err = a.notice(ctx, about); err != nil {
			return err
		}
		if err = a.Store.ChangeFactors(ctx, c); err == nil {
			a.noticeQueued(ctx, about, c.Notice)
		}
		if !errors.Is(err, ErrConflict) || attempt == attempts {
			return err
		}
	}
}

// notFoundIs returns err, or other if err is ErrNotFound.
func notFoundIs(other, err error) error {
	if errors.Is(err, ErrNotFound) {
		return other
	}
	return err
}
