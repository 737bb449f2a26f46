package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
)

// MaxRememberedBrowsers is how many browsers of a person are remembered. Another one
// replaces the oldest.
const MaxRememberedBrowsers = 10

// browserID returns the ID of the browser with a cookie, or false if the cookie is not
// valid.
func browserID(cookie string) (FactorID, bool) {
	if len(cookie) > 64 {
		return FactorID{}, false
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	return sha256.Sum256(append([]byte("browser\x00"), secret...)), err == nil && len(secret) == 32
}

// RememberBrowser returns a cookie with which the person can log in with the password
// alone in this browser for RememberBrowserTTL, until the password changes. name describes
// the browser. It returns ErrReauthenticate unless the person has just used a second
// factor other than a code by email, and no cookie if the settings do not allow it.
func (a *Accounts) RememberBrowser(ctx context.Context, cookie, name string) (remembered string, err error) {
	if name, err = factorName(name); err != nil {
		return "", err
	}
	if a.RememberBrowserTTL < 0 {
		return "", nil
	}
	secret := newSecret()
	remembered = base64.RawURLEncoding.EncodeToString(secret[:])
	id, _ := browserID(remembered)
	_, _, err = a.changeFactors(ctx, cookie, func(s Session, u *User, have []Factor) (c FactorChange, err error) {
		if s.Assurance() < TwoFactors || slices.Contains(s.Methods, MethodEmailCode) || a.now().Sub(s.AuthTime) >= recentTTL || len(u.Factors) == 0 {
			return c, ErrReauthenticate
		}
		c.Add = []Factor{{
			ID: id, UserID: u.ID, Kind: FactorBrowser, Name: name, Body: strconv.FormatInt(u.LoginEpoch, 10),
			CreatedAt: a.now(), ExpiresAt: a.now().Add(a.RememberBrowserTTL),
		}}
		tooMany := count(have, FactorBrowser) + 1 - MaxRememberedBrowsers
		for _, f := range have { // oldest first
			if f.Kind != FactorBrowser {
				continue
			}
			if tooMany > 0 || !f.ExpiresAt.After(a.now()) {
				c.Remove = append(c.Remove, f.ID)
				tooMany--
			}
		}
		return c, nil
	})
	if err != nil {
		return "", err
	}
	return remembered, nil
}

// Remembers reports whether a factor is a browser in which the person is not asked for a
// second factor: it has not expired, and no password was set and no factor removed since.
// A shorter RememberBrowserTTL also applies to browsers that were remembered before.
func (a *Accounts) Remembers(u *User, f Factor) bool {
	return f.Kind == FactorBrowser && f.Body == strconv.FormatInt(u.LoginEpoch, 10) &&
		f.ExpiresAt.After(a.now()) && f.CreatedAt.Add(a.RememberBrowserTTL).After(a.now())
}

// ForgetBrowsers makes all browsers of the person ask for a second factor again.
func (a *Accounts) ForgetBrowsers(ctx context.Context, cookie string) error {
	_, _, err := a.changeFactors(ctx, cookie, func(_ Session, _ *User, have []Factor) (c FactorChange, err error) {
		for _, f := range have {
			if f.Kind == FactorBrowser {
				c.Remove = append(c.Remove, f.ID)
			}
		}
		return c, nil
	})
	return err
}

// FinishInRememberedBrowser continues a login without another factor, in a browser that
// RememberBrowser has remembered. It returns ErrSecondFactor if the cookie is not valid
// for the person.
func (a *Accounts) FinishInRememberedBrowser(ctx context.Context, step SecondStep, remembered string) (cookie string, s Session, err error) {
	id, ok := browserID(remembered)
	if !ok {
		return "", Session{}, ErrSecondFactor
	}
	u, pending, err := a.pendingUser(ctx, step)
	if err != nil {
		return "", Session{}, err
	}
	f, owner, err := a.Store.Factor(ctx, id)
	if err != nil {
		return "", Session{}, notFoundIs(ErrSecondFactor, err)
	}
	if owner.ID != u.ID || !a.Remembers(u, f) {
		return "", Session{}, ErrSecondFactor
	}
	use := FactorUse{ID: id, Step: a.now().UnixMilli(), At: a.now()}
	return a.start(ctx, login{user: u, methods: pending.methods(MethodBrowser), use: &use, browser: step.Browser, oldCookie: step.OldCookie})
}
