package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // authenticator apps support no other hash (RFC 6238 §1.2)
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
)

const (
	totpPeriod = 30 // seconds
	totpDigits = 6
	// totpSkew is how many time steps the clock of the app can differ.
	totpSkew = 1
)

// totpCode returns the code of a time step (RFC 4226 §5.3).
func totpCode(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // never fails (hash.Hash)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", totpDigits, binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}

// totpStep returns the latest time step that has this code, and whether there is one
// that the clock of the app can show at the Unix time.
func totpStep(secret []byte, code string, now int64) (step int64, found bool) {
	for s := now/totpPeriod - totpSkew; s <= now/totpPeriod+totpSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, s)), []byte(code)) == 1 {
			step, found = s, true
		}
	}
	return step, found
}

// totpID returns the ID of a person's TOTP. There is at most one.
func totpID(userID string) FactorID { return sha256.Sum256([]byte("totp\x00" + userID)) }

func totpContext(userID string) string { return "totp " + userID }

// NewTOTP is a secret that the person can add to an authenticator app.
type NewTOTP struct {
	// Secret is the secret in base32, for people who type it.
	Secret string
	// URI is the content of a QR code (otpauth://totp/…).
	URI string
	// Form is for AddTOTP. It contains the secret, encrypted.
	Form string
}

// PrepareTOTP returns a new secret. issuer is the name of the server that the app
// shows. Nothing is stored until AddTOTP. It returns ErrReauthenticate as CheckRecent
// does.
func (a *Accounts) PrepareTOTP(ctx context.Context, cookie, issuer string) (NewTOTP, error) {
	s, u, err := a.recentSession(ctx, cookie)
	if err != nil {
		return NewTOTP{}, err
	}
	secret := make([]byte, sha1.Size) // RFC 4226 §4, R6
	_, _ = rand.Read(secret)          // never fails (crypto/rand)
	return a.offerTOTP(s, u, issuer, secret)
}

// PreparedTOTP is PrepareTOTP with the secret of a form that it returned before. If that
// form is not valid anymore, the secret is a new one.
func (a *Accounts) PreparedTOTP(ctx context.Context, cookie, issuer, form string) (NewTOTP, error) {
	s, u, err := a.recentSession(ctx, cookie)
	if err != nil {
		return NewTOTP{}, err
	}
	secret, err := a.openForm(purposeTOTP, s, u, form)
	if err != nil {
		return a.PrepareTOTP(ctx, cookie, issuer)
	}
	return a.offerTOTP(s, u, issuer, secret)
}

// offerTOTP returns a secret in all its forms.
func (a *Accounts) offerTOTP(s Session, u *User, issuer string, secret []byte) (NewTOTP, error) {
	form, err := a.sealForm(purposeTOTP, s, u, secret)
	if err != nil {
		return NewTOTP{}, err
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	issuer = strings.ReplaceAll(issuer, ":", " ") // separates the issuer from the name
	uri := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + u.Username,
		RawQuery: "secret=" + text + "&issuer=" + strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20"), // apps do not read + as a space
	}
	return NewTOTP{Secret: text, URI: uri.String(), Form: form}, nil
}

// AddTOTP adds the secret of a form that PrepareTOTP returned, if the code is right, and
// replaces a TOTP that the person had. It returns ErrWrongCode if the code is wrong, and
// ErrFormExpired if the form is not valid.
func (a *Accounts) AddTOTP(ctx context.Context, cookie, form, code string) (Added, error) {
	return a.addFactor(ctx, cookie, func(s Session, u *User) (Factor, FactorUse, []string, error) {
		secret, err := a.openForm(purposeTOTP, s, u, form)
		if err != nil {
			return Factor{}, FactorUse{}, nil, err
		}
		step, found := totpStep(secret, cleanCode(code), a.now().Unix())
		if !found {
			return Factor{}, FactorUse{}, nil, ErrWrongCode
		}
		sealed, err := a.seal("factors", secret, totpContext(u.ID))
		id := totpID(u.ID)
		return Factor{ID: id, Kind: FactorTOTP, Body: sealed, Step: step - 1}, FactorUse{ID: id, Step: step}, []string{MethodCode}, err
	})
}

// useTOTP returns the use of a code.
func (a *Accounts) useTOTP(ctx context.Context, u *User, code string) (FactorUse, error) {
	factor, owner, err := a.Store.Factor(ctx, totpID(u.ID))
	if err != nil {
		return FactorUse{}, notFoundIs(ErrWrongCode, err)
	}
	secret, err := a.unseal("factors", factor.Body, totpContext(owner.ID))
	if err != nil {
		return FactorUse{}, fmt.Errorf("the TOTP of user %s: %w (was it sealed with a different master key?)", u.ID, err)
	}
	step, found := totpStep(secret, code, a.now().Unix())
	if !found {
		return FactorUse{}, ErrWrongCode
	}
	return FactorUse{ID: factor.ID, Step: step, At: a.now()}, nil
}
