package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/passkeys"
)

// passkeyBody is the body of a passkey.
type passkeyBody struct {
	CredentialID []byte   `json:"id"`
	PublicKey    []byte   `json:"key"`
	UserHandle   []byte   `json:"handle"`
	AAGUID       string   `json:"aaguid"`
	Transports   []string `json:"transports,omitempty"`
	// BackupEligible and BackedUp are set if the passkey can be, or was, copied to other
	// devices.
	BackupEligible bool `json:"backup_eligible,omitempty"`
	BackedUp       bool `json:"backed_up,omitempty"`
	// Verified is set if the authenticator has verified the person, when the passkey was created
	// or used. Only such a passkey is enough for a login.
	Verified bool `json:"verified,omitempty"`
}

// PasskeyInfo describes a passkey to its owner.
type PasskeyInfo struct {
	// AAGUID identifies the model of the authenticator, unless it is all zeros. An
	// authenticator can state any.
	AAGUID string
	// BackupEligible is set if the passkey can be copied to other devices of the person, and
	// BackedUp if it was.
	BackupEligible, BackedUp bool
}

// Passkey describes a factor that is a passkey.
func (f Factor) Passkey() (PasskeyInfo, error) {
	body, err := f.passkey()
	return PasskeyInfo{body.AAGUID, body.BackupEligible, body.BackedUp}, err
}

// logsIn reports whether a passkey is enough for a login.
func (f Factor) logsIn() bool {
	body, err := f.passkey()
	return err == nil && body.Verified
}

func (f Factor) passkey() (body passkeyBody, err error) {
	if f.Kind != FactorPasskey {
		return body, ErrNotFound
	}
	err = json.Unmarshal([]byte(f.Body), &body)
	return body, err
}

// UnknownPasskeyError is ErrPasskey for a passkey that belongs to no account, for example
// because it was removed. As JSON it is the argument of PublicKeyCredential.signalUnknownCredential
// (WebAuthn §5.1.10), with which a page reports it to the browser.
type UnknownPasskeyError struct {
	RPID         string `json:"rpId"`         // the domain of the passkeys
	CredentialID string `json:"credentialId"` // in base64url
}

// Error returns the text of ErrPasskey with the reason.
func (e *UnknownPasskeyError) Error() string { return ErrPasskey.Error() + ": it is not known" }

// Unwrap returns ErrPasskey.
func (e *UnknownPasskeyError) Unwrap() error { return ErrPasskey }

// AcceptedPasskeys lists the passkeys that a person can use, as the argument of
// PublicKeyCredential.signalAllAcceptedCredentials (WebAuthn §5.1.10).
type AcceptedPasskeys struct {
	RPID          string   `json:"rpId"`                     // the domain of the passkeys
	UserID        string   `json:"userId"`                   // the user handle, in base64url
	CredentialIDs []string `json:"allAcceptedCredentialIds"` // in base64url
}

// AcceptedPasskeys returns the passkeys among the factors of a person.
func (a *Accounts) AcceptedPasskeys(u *User, have []Factor) (AcceptedPasskeys, error) {
	accepted := AcceptedPasskeys{RPID: a.RelyingParty.ID, UserID: base64.RawURLEncoding.EncodeToString(a.userHandle(u.ID)), CredentialIDs: []string{}}
	for _, f := range have {
		if f.Kind != FactorPasskey {
			continue
		}
		body, err := f.passkey()
		if err != nil {
			return AcceptedPasskeys{}, err
		}
		accepted.CredentialIDs = append(accepted.CredentialIDs, base64.RawURLEncoding.EncodeToString(body.CredentialID))
	}
	return accepted, nil
}

func passkeyID(credentialID []byte) FactorID {
	return sha256.Sum256(append([]byte("passkey\x00"), credentialID...))
}

// userHandle returns what an authenticator stores about a person. It does not reveal
// the subject.
func (a *Accounts) userHandle(userID string) []byte {
	mac := hmac.New(sha256.New, a.keyFor("user handles"))
	mac.Write([]byte(userID))
	return mac.Sum(nil)
}

// newChallenge returns a challenge for one purpose and context. It begins with its time,
// so it is never the same, and ends with a keyed hash, so it needs no storage.
func (a *Accounts) newChallenge(purpose, context string) []byte {
	id := a.newTimedID()
	return append(id[:], a.signChallenge(id, purpose, context)...)
}

func (a *Accounts) signChallenge(id timedID, purpose, context string) []byte {
	mac := hmac.New(sha256.New, a.keyFor("challenges"))
	_, _ = fmt.Fprintf(mac, "%s%d %s%s", id[:], len(purpose), purpose, context)
	return mac.Sum(nil)
}

// checkChallenge returns the time of a challenge in milliseconds, which is the step of
// the passkey that signed it.
func (a *Accounts) checkChallenge(challenge []byte, purpose, context string) (step int64, err error) {
	if len(challenge) != len(timedID{})+sha256.Size {
		return 0, fmt.Errorf("%w: the challenge is not from this server", ErrPasskey)
	}
	id := timedID(challenge)
	switch {
	case !hmac.Equal(challenge[len(id):], a.signChallenge(id, purpose, context)):
		return 0, fmt.Errorf("%w: the challenge is not from this server, or for another purpose, browser, session or person", ErrPasskey)
	case !a.lasts(id, formTTL):
		return 0, fmt.Errorf("%w: the challenge has expired", ErrPasskey)
	}
	return id.milliseconds(), nil
}

// PreparePasskey returns the options with which a browser creates a passkey, as JSON for
// PublicKeyCredential.parseCreationOptionsFromJSON. It returns ErrReauthenticate as
// CheckRecent does.
func (a *Accounts) PreparePasskey(ctx context.Context, cookie string) ([]byte, error) {
	s, u, err := a.recentSession(ctx, cookie)
	if err != nil {
		return nil, err
	}
	exclude, err := a.descriptors(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	person := passkeys.User{Handle: a.userHandle(u.ID), Name: u.Username, DisplayName: u.DisplayName()}
	return a.RelyingParty.CreationOptions(person, a.newChallenge(purposePasskey, formContext(purposePasskey, s, u)), exclude, false)
}

// descriptors returns the passkeys of a person.
func (a *Accounts) descriptors(ctx context.Context, userID string) (all []passkeys.Descriptor, err error) {
	have, err := a.Store.Factors(ctx, userID)
	if err != nil {
		return nil, err
	}
	for _, f := range have {
		if f.Kind != FactorPasskey {
			continue
		}
		body, err := f.passkey()
		if err != nil {
			return nil, err
		}
		all = append(all, passkeys.Descriptor{ID: body.CredentialID, Transports: body.Transports})
	}
	return all, nil
}

// AddPasskey adds the passkey in the answer of a browser, which is the JSON of
// PublicKeyCredential.toJSON. It returns ErrPasskey if the answer is not valid,
// ErrTooManyFactors, validate.FieldErrors for an invalid name, and ErrConflict if the
// passkey was added before.
func (a *Accounts) AddPasskey(ctx context.Context, cookie string, answer []byte, name string) (Added, error) {
	name, err := factorName(name)
	if err != nil {
		return Added{}, err
	}
	registration, err := passkeys.ParseRegistration(answer)
	if err != nil {
		return Added{}, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	return a.addFactor(ctx, cookie, func(s Session, u *User) (Factor, FactorUse, []string, error) {
		step, err := a.checkChallenge(registration.Challenge, purposePasskey, formContext(purposePasskey, s, u))
		if err != nil {
			return Factor{}, FactorUse{}, nil, err
		}
		c, err := registration.Verify(a.RelyingParty)
		if err != nil {
			return Factor{}, FactorUse{}, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
		}
		body, err := json.Marshal(passkeyBody{c.ID, c.PublicKey, a.userHandle(u.ID), c.AAGUID, c.Transports, c.BackupEligible, c.BackedUp, c.UserVerified})
		id := passkeyID(c.ID)
		f := Factor{ID: id, Kind: FactorPasskey, Name: name, Body: string(body), Step: step - 1}
		return f, FactorUse{ID: id, Step: step, Counter: int64(c.Counter)}, passkeyMethods(c.Flags), err
	})
}

// passkeyMethods returns the methods of a login with a passkey, without mfa.
func passkeyMethods(f passkeys.Flags) []string {
	if f.BackupEligible {
		return []string{MethodSoftwareKey, MethodUserPresence}
	}
	return []string{MethodHardwareKey, MethodUserPresence}
}

// A PasskeyLogin is a login with a passkey alone.
type PasskeyLogin struct {
	// Secret is a text that only this browser has; it must not be empty. Request
	// identifies what the person logs in for, such as an authorization request. Both
	// must be the same as in PreparePasskeyLogin.
	Secret, Request string
	// Username is the username or the verified email address that the person entered before,
	// or empty. With it, the passkey need not be discoverable. It must be the same as in
	// PreparePasskeyLogin. It reveals passkeys, so the caller only accepts a name that OpenName
	// returned.
	Username  string
	Browser   Browser // as in StartSession
	OldCookie string  // as in StartSession
}

// PreparePasskeyLogin returns the options with which a browser offers the passkeys of any
// person, including by autofill, as JSON for PublicKeyCredential.parseRequestOptionsFromJSON. With
// l.Username, they list the passkeys of that person; for a name without an account, they
// list passkeys that do not exist (see LoginWays).
func (a *Accounts) PreparePasskeyLogin(ctx context.Context, l PasskeyLogin) ([]byte, error) {
	if l.Secret == "" {
		return nil, errors.New("account: a login must be bound to a browser")
	}
	var allow []passkeys.Descriptor
	if l.Username != "" {
		var err error
		if _, allow, err = a.loginWays(ctx, l.Username); err != nil {
			return nil, err
		}
	}
	return a.RelyingParty.RequestOptions(a.newChallenge(l.purpose(), l.context()), allow, true)
}

// purpose returns the purpose of the challenge. An answer for one person is not accepted where
// the passkey identifies the person, or for another person.
func (l PasskeyLogin) purpose() string {
	if l.Username != "" {
		return purposeNamed
	}
	return purposeLogin
}

func (l PasskeyLogin) context() string {
	if l.Username != "" {
		return fmt.Sprintf("%d %s%d %s%s", len(l.Secret), l.Secret, len(l.Request), l.Request, l.Username)
	}
	return fmt.Sprintf("%d %s%s", len(l.Secret), l.Secret, l.Request)
}

// LoginWithPasskey logs in the person whose passkey is in the answer of a browser, which
// is the JSON of PublicKeyCredential.toJSON. The authenticator must have verified the
// person. It returns the value of the new session cookie, the session and the user, as
// StartSession does. It returns ErrPasskey if the answer is not valid, and ErrFactorUsed
// if it was used before. It needs two round trips to the Store if OldCookie is empty.
func (a *Accounts) LoginWithPasskey(ctx context.Context, l PasskeyLogin, answer []byte) (cookie string, s Session, u *User, err error) {
	if l.Secret == "" {
		return "", Session{}, nil, ErrLoginExpired
	}
	p := presented{answer: answer, purpose: l.purpose(), context: l.context(), username: l.Username, mustVerify: true}
	u, use, methods, err := a.verifyPasskey(ctx, p)
	if err == nil && !a.LogsInHere(u) {
		err = fmt.Errorf("%w: %w", ErrPasskey, ErrOnlyAtProviders)
	}
	if err != nil {
		return "", Session{}, nil, err
	}
	cookie, s, err = a.start(ctx, login{user: u, methods: methods, use: &use, browser: l.Browser, oldCookie: l.OldCookie})
	return cookie, s, u, err
}

// PrepareSecondStep returns the options with which a browser offers the passkeys of the
// person who continues a login, as PreparePasskeyLogin does.
func (a *Accounts) PrepareSecondStep(ctx context.Context, step SecondStep) ([]byte, error) {
	u, err := a.PendingUser(ctx, step)
	if err != nil {
		return nil, err
	}
	allow, err := a.descriptors(ctx, u.ID)
	if err != nil || len(allow) == 0 {
		return nil, errors.Join(err, ErrNotFound)
	}
	return a.RelyingParty.RequestOptions(a.newChallenge(purposeSecond, step.context(u)), allow, false)
}

func (step SecondStep) context(u *User) string { return u.ID + " " + step.Secret }

// FinishWithPasskey continues a login with a passkey. Its results are those of
// LoginWithPasskey, and ErrLoginExpired.
func (a *Accounts) FinishWithPasskey(ctx context.Context, step SecondStep, answer []byte) (cookie string, s Session, err error) {
	u, pending, err := a.pendingUser(ctx, step)
	if err != nil {
		return "", Session{}, err
	}
	owner, use, methods, err := a.verifyPasskey(ctx, presented{answer: answer, purpose: purposeSecond, context: step.context(u), userID: u.ID})
	if err != nil {
		return "", Session{}, err
	}
	owner.LoginEpoch = u.LoginEpoch // of the first step
	authTime, first := pending.authTime(), pending.methods()
	if slices.Contains(methods, MethodTwoFactors) { // the passkey verified the person now
		authTime, first = time.Time{}, dated(first)
	}
	methods = Session{Methods: first}.withMethods(methods...)
	return a.start(ctx, login{user: owner, methods: methods, use: &use, browser: step.Browser, oldCookie: step.OldCookie, authTime: authTime})
}

// PrepareConfirmation returns the options with which a browser offers the passkeys of the
// person of a session, as PreparePasskeyLogin does.
func (a *Accounts) PrepareConfirmation(ctx context.Context, cookie string) ([]byte, error) {
	s, u, err := a.Session(ctx, cookie)
	if err != nil {
		return nil, err
	}
	allow, err := a.descriptors(ctx, u.ID)
	if err != nil || len(allow) == 0 {
		return nil, errors.Join(err, ErrNotFound)
	}
	return a.RelyingParty.RequestOptions(a.newChallenge(purposeConfirm, s.ID+" "+u.ID), allow, s.needsVerification())
}

// needsVerification reports whether a passkey must verify the person of a session,
// because the session did not begin with the password of the account.
func (s Session) needsVerification() bool { return !slices.Contains(s.firstStep(), MethodPassword) }

// ConfirmWithPasskey confirms the identity of the person of a session with a passkey. It is a
// new login if the authenticator verified the person, and otherwise the session keeps its
// AuthTime. The session gets a new cookie. Methods that were used earlier, except the password, do not count
// anymore. The errors are those of LoginWithPasskey and Session.
func (a *Accounts) ConfirmWithPasskey(ctx context.Context, cookie string, answer []byte) (newCookie string, s Session, err error) {
	s, u, err := a.Session(ctx, cookie)
	if err != nil {
		return "", Session{}, err
	}
	mustVerify := s.needsVerification()
	_, use, methods, err := a.verifyPasskey(ctx, presented{answer: answer, purpose: purposeConfirm, context: s.ID + " " + u.ID, userID: u.ID, mustVerify: mustVerify})
	if err != nil {
		return "", Session{}, err
	}
	verified := slices.Contains(methods, MethodTwoFactors)
	if !mustVerify {
		methods = Session{Methods: []string{MethodPassword}}.withMethods(methods...)
	}
	return a.start(ctx, login{user: u, methods: methods, use: &use, browser: Browser{s.Address, s.UserAgent}, oldCookie: cookie, confirms: true, factorOnly: !verified})
}

// presented is the answer of a browser, with the purpose and the person that it must
// be for.
type presented struct {
	answer           []byte
	purpose, context string
	userID           string // empty for a person whom the passkey or the username identifies
	username         string // empty, or the username or verified address of the person
	mustVerify       bool   // the authenticator must verify the person, because there is no password
}

// verifyPasskey verifies an answer, and returns its person and the use of the passkey.
func (a *Accounts) verifyPasskey(ctx context.Context, p presented) (*User, FactorUse, []string, error) {
	refuse := func(err error) (*User, FactorUse, []string, error) { return nil, FactorUse{}, nil, err }
	assertion, err := passkeys.ParseAssertion(p.answer)
	if err != nil {
		return refuse(fmt.Errorf("%w: %w", ErrPasskey, err))
	}
	step, err := a.checkChallenge(assertion.Challenge, p.purpose, p.context)
	if err != nil {
		return refuse(err)
	}
	f, u, err := a.Store.Factor(ctx, passkeyID(assertion.CredentialID))
	if err != nil {
		return refuse(notFoundIs(&UnknownPasskeyError{a.RelyingParty.ID, base64.RawURLEncoding.EncodeToString(assertion.CredentialID)}, err))
	}
	if f.Kind != FactorPasskey || (u.Disabled && u.DeleteAt.IsZero()) {
		return refuse(fmt.Errorf("%w: it is not known", ErrPasskey))
	}
	body, err := f.passkey()
	if err != nil {
		return refuse(err)
	}
	// WebAuthn §7.2, step 6: the passkey belongs to the person.
	if (p.userID != "" && u.ID != p.userID) || (p.username != "" && !u.IsNamed(p.username)) {
		return refuse(fmt.Errorf("%w: it belongs to another person", ErrPasskey))
	}
	discovered, identified := len(assertion.UserHandle) > 0, p.userID != "" || p.username != ""
	if (discovered && !bytes.Equal(assertion.UserHandle, body.UserHandle)) || (!discovered && !identified) {
		return refuse(fmt.Errorf("%w: it belongs to another user handle", ErrPasskey))
	}
	flags, err := assertion.Verify(a.RelyingParty, body.PublicKey, p.mustVerify)
	if err != nil {
		return refuse(fmt.Errorf("%w: %w", ErrPasskey, err))
	}
	if flags.BackupEligible != body.BackupEligible {
		return refuse(fmt.Errorf("%w: whether it can be copied has changed", ErrPasskey))
	}
	if counter := int64(flags.Counter); counter <= f.Counter && (counter != 0 || f.Counter != 0) && step > f.Step {
		a.Logger.WarnContext(ctx, "the signature counter of a passkey did not increase; its authenticator may have been cloned", "user", u.ID, "stored", f.Counter, "presented", counter)
	}
	use := FactorUse{ID: f.ID, Step: step, Counter: int64(flags.Counter), At: a.now()}
	if verified := body.Verified || flags.UserVerified; flags.BackedUp != body.BackedUp || verified != body.Verified {
		body.BackedUp, body.Verified = flags.BackedUp, verified
		text, err := json.Marshal(body)
		if err != nil {
			return refuse(err)
		}
		use.Body = string(text)
	}
	methods := passkeyMethods(flags)
	if flags.UserVerified {
		methods = append(methods, MethodTwoFactors)
	}
	return u, use, methods, nil
}
