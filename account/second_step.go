package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// pendingTTL is how long after the password a person can use the second factor.
const pendingTTL = 10 * time.Minute

// Limits on wrong codes. A right code does not reset them: otherwise each login of the
// owner would allow a thief with the password as many guesses again. A new password
// starts a new count, so that the owner can log in. maxCodesPerUser is for all passwords
// together: a thief can read the owner's emails, and set one password after the other.
const (
	maxCodesPerPassword = 20
	maxCodesPerUser     = 100
	codeWindow          = 24 * time.Hour
)

// codeLimits returns the limits on wrong codes. They do not depend on LoginEpoch, which
// a thief with a session can increment.
func codeLimits(u *User) []AttemptLimit {
	return []AttemptLimit{
		{Key: accountKey(u.ID, "code "+u.PasswordHash), Max: maxCodesPerPassword},
		{Key: accountKey(u.ID, "code"), Max: maxCodesPerUser},
	}
}

// A SecondStep is a login whose password was right, and that continues with a second
// factor.
type SecondStep struct {
	// Sealed holds the result of SealLogin, and Secret the text of the browser for which
	// it was sealed.
	Sealed, Secret string
	Browser        Browser // as in StartSession
	OldCookie      string  // as in StartSession
	// Visitor and DeviceCookie are for the email about a login in a new browser, as in
	// Attempt. A login with a passkey causes none: it cannot be guessed or phished.
	Visitor      Visitor
	DeviceCookie string
}

// pendingLogin is the content of a sealed login.
type pendingLogin struct {
	UserID string `json:"u"`
	Epoch  int64  `json:"e"`
	At     int64  `json:"t"` // milliseconds
	// First are the methods of the first step; nil means the password.
	First []string `json:"m,omitempty"`
	// AuthTime is when the person logged in at another provider, in milliseconds, or zero if that
	// was now.
	AuthTime int64 `json:"a,omitempty"`
}

// authTime returns when the person proved who they are, or zero if that was now.
func (p pendingLogin) authTime() time.Time {
	if p.AuthTime == 0 {
		return time.Time{}
	}
	return time.UnixMilli(p.AuthTime).UTC()
}

// methods returns the methods of a login in two steps.
func (p pendingLogin) methods(added ...string) []string {
	if len(p.First) == 0 {
		return append([]string{MethodPassword}, added...)
	}
	return append(slices.Clone(p.First), added...)
}

// SealLogin returns a text with which a person whose password was just checked can
// continue with a second factor, within ten minutes, in this browser. secret is a text
// that only this browser has; it must not be empty.
func (a *Accounts) SealLogin(u *User, secret string) (string, error) {
	return a.sealLogin(u, secret, nil, time.Time{})
}

func (a *Accounts) sealLogin(u *User, secret string, first []string, authTime time.Time) (string, error) {
	if secret == "" {
		return "", errors.New("account: a login must be bound to a browser")
	}
	pending := pendingLogin{UserID: u.ID, Epoch: u.LoginEpoch, At: a.now().UnixMilli(), First: first}
	if !authTime.IsZero() {
		pending.AuthTime = authTime.UnixMilli()
	}
	content, err := json.Marshal(pending)
	if err != nil {
		return "", err
	}
	return a.seal("logins", content, secret)
}

// PendingUser returns the person who continues a login, or ErrLoginExpired.
func (a *Accounts) PendingUser(ctx context.Context, step SecondStep) (*User, error) {
	u, _, err := a.pendingUser(ctx, step)
	return u, err
}

func (a *Accounts) pendingUser(ctx context.Context, step SecondStep) (u *User, pending pendingLogin, err error) {
	const maxPending = 2 << 10
	if step.Secret == "" || len(step.Sealed) > maxPending {
		return nil, pendingLogin{}, ErrLoginExpired
	}
	content, err := a.unseal("logins", step.Sealed, step.Secret)
	if err != nil || json.Unmarshal(content, &pending) != nil {
		return nil, pendingLogin{}, ErrLoginExpired
	}
	if age := a.now().Sub(time.UnixMilli(pending.At)); age >= pendingTTL || age < -pendingTTL {
		return nil, pendingLogin{}, ErrLoginExpired
	}
	u, err = a.Store.User(ctx, pending.UserID)
	if err != nil {
		return nil, pendingLogin{}, notFoundIs(ErrLoginExpired, err)
	}
	if (u.Disabled && u.DeleteAt.IsZero()) || u.LoginEpoch != pending.Epoch {
		return nil, pendingLogin{}, ErrLoginExpired
	}
	if name := (Session{Methods: pending.First}).Provider(); name != "" && a.Providers != nil {
		providers, err := a.providers(ctx)
		if err != nil {
			return nil, pendingLogin{}, err
		}
		if !slices.ContainsFunc(providers, func(p OtherProvider) bool { return p.Name == name }) {
			return nil, pendingLogin{}, ErrLoginExpired // it was disabled or removed in the meantime
		}
	}
	return u, pending, nil
}

// FinishWithCode continues a login with a code of the TOTP or a recovery code. It returns
// the value of the new session cookie and the session, as StartSession does. It returns
// ErrWrongCode, ErrFactorUsed for a code that was used before, ErrLoginExpired,
// *ThrottledError after too many wrong codes, and *ToBeDeletedError. If the browser is new for
// the account, or the code is a recovery code, the owner of the account gets an email.
func (a *Accounts) FinishWithCode(ctx context.Context, step SecondStep, code string) (cookie string, s Session, err error) {
	u, pending, err := a.pendingUser(ctx, step)
	if err != nil {
		return "", Session{}, err
	}
	notify := func(method string) error {
		if method == MethodRecoveryCode {
			return a.notifyOfCode(ctx, u, step.Visitor)
		}
		return a.notifyOfBrowser(ctx, u, step.DeviceCookie, step.Visitor)
	}
	return a.startWithCode(ctx, code, pending.login(u, step), a.useCode, notify)
}

// login returns what a second factor continues.
func (p pendingLogin) login(u *User, step SecondStep) login {
	return login{user: u, methods: p.methods(), browser: step.Browser, oldCookie: step.OldCookie, authTime: p.authTime()}
}

// ConfirmWithCode confirms the identity of the person of a session with a code. That is not a
// new login: one code is easily phished, so the session keeps its AuthTime. It gets a
// new cookie, and its methods are the password, or the identity, and the code: that a
// passkey was used earlier does not count anymore. The errors are those of FinishWithCode
// and Session, and ErrReauthenticate if the session began with neither.
func (a *Accounts) ConfirmWithCode(ctx context.Context, cookie, code string) (newCookie string, s Session, err error) {
	s, u, err := a.Session(ctx, cookie)
	if err != nil {
		return "", Session{}, err
	}
	l, err := s.confirmedBy(u, cookie)
	if err != nil {
		return "", Session{}, err
	}
	notify := func(method string) error {
		if method == MethodRecoveryCode {
			return a.notifyOfCode(ctx, u, s.visitor())
		}
		return nil
	}
	return a.startWithCode(ctx, code, l, a.useCode, notify)
}

// confirmedBy returns the confirmation of a session with the cookie by a code. It returns
// ErrReauthenticate if the session began with neither a password nor an identity.
func (s Session) confirmedBy(u *User, cookie string) (login, error) {
	first := s.firstStep()
	if len(first) == 0 {
		return login{}, ErrReauthenticate
	}
	return login{user: u, methods: first, browser: Browser{s.Address, s.UserAgent}, oldCookie: cookie, confirms: true, factorOnly: true}, nil
}

// startWithCode starts a session with the methods of the login and a code, of which check returns
// the use and the method. A code that was used
// counts as a wrong one, so the session is started before the result is counted. before is called
// with the method of the code after it was checked.
func (a *Accounts) startWithCode(ctx context.Context, code string, l login, check func(context.Context, *User, string) (FactorUse, string, error), before func(method string) error) (cookie string, s Session, err error) {
	var leaves error
	err = a.guess(ctx, guess{limits: codeLimits(l.user), window: codeWindow, quick: true}, func() error {
		use, method, err := check(ctx, l.user, cleanCode(code))
		if err != nil {
			return err
		}
		if leaves = a.toBeDeleted(ctx, l.user); leaves != nil {
			return nil // the code was right
		}
		if err := before(method); err != nil {
			return err
		}
		l.use, l.methods = &use, pendingLogin{First: l.methods}.methods(method, MethodTwoFactors)
		cookie, s, err = a.start(ctx, l)
		return err
	})
	return cookie, s, cmp.Or(err, leaves)
}

// useCode returns the use of a code and its method.
func (a *Accounts) useCode(ctx context.Context, u *User, code string) (use FactorUse, method string, err error) {
	switch len(code) {
	case totpDigits:
		use, err = a.useTOTP(ctx, u, code)
		return use, MethodCode, err
	case recoveryLength:
		use, err = a.useRecoveryCode(ctx, u, code)
		return use, MethodRecoveryCode, err
	}
	return FactorUse{}, "", ErrWrongCode
}

// cleanCode returns a code in capital letters, without the white space and hyphens that
// people type or copy with it.
func cleanCode(code string) string {
	const maxCode = 64
	if len(code) > maxCode {
		return ""
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\n', '\r', '\u00a0':
			return -1
		}
		for _, zero := range "٠۰０" { // of Arabic and Persian keyboards, and full width
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, code))
}
