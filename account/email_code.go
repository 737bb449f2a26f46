package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A code by email is the last resort of a person who cannot use their second factor now. It
// is not stored: it is derived from the key of the server and a challenge. The challenge is in
// the mail that waits and, sealed, in the page of the browser that requested the code. A factor
// of the person has the time of the last challenge whose code was used.

// The values of Settings.EmailCodes.
const (
	EmailCodesOff = "off"
	// EmailCodesKnownBrowsers allows a code only after the password, in a browser in which the
	// person has logged in with a second factor since the password was set. So a mailbox, with
	// which the password can be set, is not enough.
	EmailCodesKnownBrowsers = "known_browsers"
	EmailCodesEverywhere    = "everywhere"
)

// EmailCodePolicies returns the values of Settings.EmailCodes.
func EmailCodePolicies() []string {
	return []string{EmailCodesOff, EmailCodesKnownBrowsers, EmailCodesEverywhere}
}

const (
	emailCodeDigits = 8
	emailCodeTTL    = 10 * time.Minute
)

// Limits on the codes that are sent. A thief with the password can use up those of the
// password; a new password starts a new count.
const (
	maxEmailCodesPerAddress  = 30  // within attemptWindow
	maxEmailCodesPerPassword = 3   // within attemptWindow
	maxEmailCodesPerMailbox  = 20  // within codeWindow, with one password
	maxEmailCodesInAll       = 100 // within codeWindow, with all passwords of the mailbox
)

// ErrNoEmailCode means that the settings do not allow a code by email for this login, or that
// the person has no second factor or no confirmed address.
var ErrNoEmailCode = errors.New("a code by email cannot be used for this login")

// emailCodeID returns the ID of the factor that makes the codes usable once. There is one per
// person.
func emailCodeID(userID string) FactorID { return sha256.Sum256([]byte("email code\x00" + userID)) }

// OffersEmailCode reports whether the person of a login, or of a session, can request a code by
// email. See RequestEmailCode.
func (a *Accounts) OffersEmailCode(ctx context.Context, step SecondStep) (bool, error) {
	if a.EmailCodes == EmailCodesOff { // without a read
		return false, nil
	}
	_, err := a.emailStep(ctx, step)
	if errors.Is(err, ErrNoEmailCode) {
		return false, nil
	}
	return err == nil, err
}

// emailStep is a login, or a session, that continues with a code by email.
type emailStep struct {
	login   login
	visitor Visitor
	// context binds the challenge to the browser and the login, or to the session.
	context string
}

// emailStep returns ErrNoEmailCode, ErrLoginExpired, ErrReauthenticate and the errors of
// Session.
func (a *Accounts) emailStep(ctx context.Context, step SecondStep) (e emailStep, err error) {
	if step.Sealed == "" {
		e, err = a.emailStepIn(ctx, step)
	} else {
		var pending pendingLogin
		var u *User
		u, pending, err = a.pendingUser(ctx, step)
		e = emailStep{pending.login(u, step), step.Visitor, "login " + step.Secret + " " + step.Sealed}
	}
	if err == nil && !a.allowsEmailCode(e.login, step.DeviceCookie) {
		err = ErrNoEmailCode
	}
	return e, err
}

// emailStepIn is emailStep for the session of step.OldCookie.
func (a *Accounts) emailStepIn(ctx context.Context, step SecondStep) (emailStep, error) {
	s, u, err := a.Session(ctx, step.OldCookie)
	if err != nil {
		return emailStep{}, err
	}
	l, err := s.confirmedBy(u, step.OldCookie)
	return emailStep{l, step.Visitor, "session " + s.ID + " " + u.ID}, err
}

// allowsEmailCode reports whether the settings allow a code by email. They never do for people
// with a role in the back office: an administrator helps them.
func (a *Accounts) allowsEmailCode(l login, deviceCookie string) bool {
	u := l.user
	if a.Mails == nil || len(u.Factors) == 0 || len(u.Roles()) > 0 || !u.EmailVerified() {
		return false
	}
	switch a.EmailCodes {
	case EmailCodesEverywhere:
		return true
	case EmailCodesKnownBrowsers:
		// The account at another provider can be the one of the mailbox.
		return slices.Contains(l.methods, MethodPassword) && a.deviceName(deviceCookie, u) != ""
	}
	return false
}

// RequestEmailCode sends a code to the confirmed address of the person who continues a login
// or, if step.Sealed is empty, of the session of step.OldCookie. The code is valid for ten
// minutes. The result is for FinishWithEmailCode: it opens only in the browser, and for the login
// or the session, that requested the code. It returns ErrNoEmailCode if the settings do not allow it, *ThrottledError if too many
// codes were sent, ErrLoginExpired, and the errors of Session.
func (a *Accounts) RequestEmailCode(ctx context.Context, step SecondStep) (sealed string, err error) {
	e, err := a.emailStep(ctx, step)
	if err != nil {
		return "", err
	}
	u := e.login.user
	if err := a.countEmailCode(ctx, u, e.visitor); err != nil {
		return "", err
	}
	if err := a.addEmailCodes(ctx, u); err != nil {
		return "", err
	}
	challenge := a.newTimedID()
	if sealed, err = a.seal("email codes", challenge[:], e.context); err != nil {
		return "", err
	}
	err = a.queueMail(ctx, Mail{Kind: MailEmailCode, To: u.Email, UserID: u.ID, Details: MailDetails{Challenge: hex.EncodeToString(challenge[:])}}, e.visitor)
	if errors.Is(err, ErrMailRecipientFull) {
		err = &ThrottledError{RetryAfter: attemptWindow}
	}
	return sealed, err
}

// countEmailCode returns *ThrottledError after too many codes.
func (a *Accounts) countEmailCode(ctx context.Context, u *User, v Visitor) error {
	const kind = "email code"
	if err := a.countAttempt(ctx, AttemptLimit{Key: addressKeyFor(kind, v.Address), Max: maxEmailCodesPerAddress}); err != nil {
		return err
	}
	if err := a.countAttempt(ctx, AttemptLimit{Key: accountKey(u.ID, kind+" "+u.PasswordHash), Max: maxEmailCodesPerPassword}); err != nil {
		return err
	}
	mailbox := strings.ToLower(u.Email)
	if err := a.countAttemptWithin(ctx, codeWindow, AttemptLimit{Key: accountKey(mailbox, kind+" "+u.PasswordHash), Max: maxEmailCodesPerMailbox}); err != nil {
		return err
	}
	return a.countAttemptWithin(ctx, codeWindow, AttemptLimit{Key: accountKey(mailbox, kind), Max: maxEmailCodesInAll})
}

// addEmailCodes adds the factor of a person who requests a code for the first time.
// Challenges from before cannot be used, so a factor that was removed and added again accepts
// no code twice.
func (a *Accounts) addEmailCodes(ctx context.Context, u *User) error {
	const attempts = 5
	id := emailCodeID(u.ID)
	for attempt := 1; ; attempt++ {
		current, err := a.Store.User(ctx, u.ID)
		if err != nil {
			return notFoundIs(ErrLoginExpired, err)
		}
		have, err := a.Store.Factors(ctx, u.ID)
		if err != nil {
			return err
		}
		if current.LoginEpoch != u.LoginEpoch || len(current.Factors) == 0 {
			return ErrLoginExpired // changed concurrently
		}
		if slices.ContainsFunc(have, func(f Factor) bool { return f.ID == id }) {
			return nil
		}
		now := a.now()
		c := FactorChange{User: current, At: now, Add: []Factor{{ID: id, UserID: u.ID, Kind: FactorEmailCode, Step: now.UnixMilli() - 1, CreatedAt: now}}}
		c.complete(have)
		if err = a.Store.ChangeFactors(ctx, c); !errors.Is(err, ErrConflict) || attempt == attempts {
			return err
		}
	}
}

// FinishWithEmailCode continues a login, or confirms a session if step.Sealed is empty, with a
// code that RequestEmailCode sent, as FinishWithCode and ConfirmWithCode do. sealed is its result.
// Wrong codes count together with those of the TOTP and the recovery codes. The owner of the
// account gets an email. In addition to their errors, it returns ErrNoEmailCode.
//
// The session has two factors, but the code is not the factor that CheckRecent requires, and
// it does not make the browser one that is remembered.
func (a *Accounts) FinishWithEmailCode(ctx context.Context, step SecondStep, sealed, code string) (cookie string, s Session, err error) {
	e, err := a.emailStep(ctx, step)
	if err != nil {
		return "", Session{}, err
	}
	u := e.login.user
	check := func(_ context.Context, _ *User, code string) (FactorUse, string, error) {
		challenge, err := a.openChallenge(sealed, e.context)
		if err != nil {
			return FactorUse{}, "", err
		}
		if subtle.ConstantTimeCompare([]byte(a.emailCode(u, challenge)), []byte(code)) != 1 {
			return FactorUse{}, "", ErrWrongCode
		}
		return FactorUse{ID: emailCodeID(u.ID), Step: challenge.milliseconds(), At: a.now()}, MethodEmailCode, nil
	}
	return a.startWithCode(ctx, code, e.login, check, func(string) error {
		return a.notifyOfLogin(ctx, notice{MailEmailCodeUsed, u, u.Email, true, e.visitor, false, ""})
	})
}

// openChallenge returns the challenge that RequestEmailCode sealed, or ErrWrongCode.
func (a *Accounts) openChallenge(sealed, context string) (challenge timedID, err error) {
	const maxSealed = 512
	if len(sealed) > maxSealed {
		return challenge, ErrWrongCode
	}
	content, err := a.unseal("email codes", sealed, context)
	if err != nil || len(content) != len(challenge) {
		return challenge, ErrWrongCode
	}
	if challenge = timedID(content); !a.lasts(challenge, emailCodeTTL) {
		return challenge, ErrWrongCode
	}
	return challenge, nil
}

// emailCode returns the code of a challenge. A new password, a new address and everything
// that ends all sessions change it.
func (a *Accounts) emailCode(u *User, challenge timedID) string {
	mac := hmac.New(sha256.New, a.keyFor("email codes of people"))
	_, _ = fmt.Fprintf(mac, "%s\x00%x\x00%d\x00%s\x00%s", u.ID, challenge[:], u.LoginEpoch, u.PasswordHash, u.Email) // never fails (hash.Hash)
	return fmt.Sprintf("%0*d", emailCodeDigits, binary.BigEndian.Uint64(mac.Sum(nil))%1e8)
}

// emailCodeLinks returns the account and the code of a mail, if the address is still confirmed.
func (a *Accounts) emailCodeLinks(ctx context.Context, m Mail) ([]LetterLink, error) {
	u, err := a.Store.User(ctx, m.UserID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	raw, hexErr := hex.DecodeString(m.Details.Challenge)
	if err != nil || hexErr != nil || len(raw) != len(timedID{}) || (u.Disabled && u.DeleteAt.IsZero()) || u.Email != m.To || !u.EmailVerified() {
		return nil, err
	}
	return []LetterLink{{u, a.emailCode(u, timedID(raw))}}, nil
}

// MaskedEmail returns the address of the user with only the first letter of the local part, for a
// page that a person with the password alone can see.
func (u *User) MaskedEmail() string {
	at := strings.LastIndexByte(u.Email, '@')
	if at < 1 {
		return ""
	}
	first := []rune(u.Email[:at])[0]
	return string(first) + "•••" + u.Email[at:]
}
