package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// RecoveryCodes is how many recovery codes a person gets at once.
const RecoveryCodes = 10

// recoveryLength is the length of a recovery code, without hyphens. It has 60 random
// bits.
const recoveryLength = 12

// newRecoveryCodes returns new codes, in the form in which they are shown, and their
// factors.
func (a *Accounts) newRecoveryCodes(userID string) (codes []string, factors []Factor) {
	for range RecoveryCodes {
		code := rand.Text()[:recoveryLength]
		codes = append(codes, strings.ToLower(code[:4]+"-"+code[4:8]+"-"+code[8:]))
		factors = append(factors, Factor{ID: a.recoveryID(userID, code), UserID: userID, Kind: FactorRecoveryCode, CreatedAt: a.now()})
	}
	return codes, factors
}

// recoveryID returns the ID of a recovery code. It is a keyed hash, so that a copy of
// the database is not enough to try all codes.
func (a *Accounts) recoveryID(userID, code string) FactorID {
	mac := hmac.New(sha256.New, a.keyFor("recovery codes"))
	mac.Write([]byte(userID + "\x00" + code))
	return FactorID(mac.Sum(nil))
}

// IsRecoveryCode reports whether a text that a person typed has the form of a recovery
// code.
func IsRecoveryCode(text string) bool { return len(cleanCode(text)) == recoveryLength }

// useRecoveryCode returns the use of a code.
func (a *Accounts) useRecoveryCode(ctx context.Context, u *User, code string) (FactorUse, error) {
	factor, _, err := a.Store.Factor(ctx, a.recoveryID(u.ID, code))
	if err != nil {
		return FactorUse{}, notFoundIs(ErrWrongCode, err)
	}
	if factor.Step > 0 { // before the owner gets an email
		return FactorUse{}, ErrFactorUsed
	}
	return FactorUse{ID: factor.ID, Step: 1, At: a.now()}, nil
}

// RenewRecoveryCodes replaces all recovery codes of a person, and returns the new ones.
// They cannot be read again. It returns ErrReauthenticate as CheckRecent does, and
// ErrNotFound if the person has no second factor.
func (a *Accounts) RenewRecoveryCodes(ctx context.Context, cookie string) (codes []string, err error) {
	_, _, err = a.changeFactors(ctx, cookie, func(s Session, u *User, have []Factor) (c FactorChange, err error) {
		if err := a.CheckRecent(s, u); err != nil {
			return c, err
		}
		if len(u.Factors) == 0 {
			return c, ErrNotFound
		}
		for _, f := range have {
			if f.Kind == FactorRecoveryCode {
				c.Remove = append(c.Remove, f.ID)
			}
		}
		codes, c.Add = a.newRecoveryCodes(u.ID)
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
