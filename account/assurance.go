package account

import (
	"slices"
	"strings"
	"time"
)

// Values of Session.Methods. All but MethodRecoveryCode, MethodBrowser and MethodEmailCode are
// values of amr (RFC 8176). A login with an identity has further ones; see Identity.
const (
	MethodPassword     = "pwd"
	MethodCode         = "otp"
	MethodHardwareKey  = "hwk"  // a passkey that cannot leave its device
	MethodSoftwareKey  = "swk"  // a passkey that can be copied to other devices
	MethodUserPresence = "user" // a person touched the device of the passkey
	MethodTwoFactors   = "mfa"
	// MethodRecoveryCode means that the person used a recovery code.
	MethodRecoveryCode = "recovery"
	// MethodBrowser means that the browser was remembered after an earlier login.
	MethodBrowser = "browser"
	// MethodEmailCode means that the person used a code by email.
	MethodEmailCode = "email"
	// methodOtherChannel is the value of amr for a code by email, in addition to that of a code.
	methodOtherChannel = "mca"
)

// AMR returns the values of the amr claim (RFC 8176) for a session. A recovery code
// is a one-time password, and so is a code by email, which also uses another channel. A remembered browser is not a method. For a login with an
// identity, they are those of the other provider.
func (s Session) AMR() []string {
	if len(s.Methods) == 0 { // a session from before methods were recorded
		return []string{MethodPassword}
	}
	methods := slices.Clone(s.Methods)
	if i := slices.Index(methods, MethodRecoveryCode); i >= 0 {
		methods[i] = MethodCode
	}
	if i := slices.Index(methods, MethodEmailCode); i >= 0 {
		methods = slices.Replace(methods, i, i+1, MethodCode, methodOtherChannel)
	}
	amr := methods[:0]
	for _, m := range methods {
		if m = strings.TrimPrefix(m, amrPrefix); m != MethodBrowser && !ofIdentity(m) && !slices.Contains(amr, m) {
			amr = append(amr, m)
		}
	}
	return amr
}

// Assurance is how reliably a login shows who the person is.
type Assurance int

// The values of Assurance. A higher one includes the lower ones.
const (
	// OneFactor is the password, including in a remembered browser.
	OneFactor Assurance = iota + 1
	TwoFactors
	// PhishingResistant is two factors of which one is a passkey. A passkey that
	// verified the person, by a fingerprint or a PIN, is two factors.
	PhishingResistant
)

// Assurance returns the assurance of the login of a session.
func (s Session) Assurance() Assurance {
	switch {
	case !slices.Contains(s.Methods, MethodTwoFactors):
		return OneFactor
	case hasPasskey(s.Methods):
		return PhishingResistant
	}
	return TwoFactors
}

// countedFor returns the session as it counts for its user. A person with a role cannot use
// a code by email, and may have received the role after the login. Without the code and
// MethodTwoFactors, the session is one from before the code.
func (s Session) countedFor(u *User) Session {
	if len(u.Roles()) > 0 && slices.Contains(s.Methods, MethodEmailCode) {
		s.Methods = slices.DeleteFunc(slices.Clone(s.Methods), func(m string) bool { return m == MethodEmailCode || m == MethodTwoFactors })
	}
	return s
}

// Remembered reports whether the second factor was omitted, because the person chose to
// remember the browser.
func (s Session) Remembered() bool { return slices.Contains(s.Methods, MethodBrowser) }

// Reachable returns the highest assurance that the person can reach with the factors that
// they have.
func (u *User) Reachable() Assurance {
	switch {
	case slices.Contains(u.Factors, FactorPasskey):
		return PhishingResistant
	case slices.Contains(u.Factors, FactorTOTP):
		return TwoFactors
	}
	return OneFactor
}

func hasPasskey(methods []string) bool {
	return slices.Contains(methods, MethodHardwareKey) || slices.Contains(methods, MethodSoftwareKey)
}

// recentTTL is how long after a login a person can change what protects their
// account.
const recentTTL = 5 * time.Minute

// CheckRecent returns ErrReauthenticate unless the person proved who they are in the
// last five minutes with the strongest factor that they have: a passkey, otherwise a
// TOTP, otherwise the password. A recovery code counts as the strongest, because it
// replaces a factor that was lost. A login at a provider that does not report its time proves
// nothing: the person uses the password, another provider, or the link of a reset mail.
func (a *Accounts) CheckRecent(s Session, u *User) error {
	strongest := true
	switch kind := u.Strongest(); {
	case slices.Contains(s.Methods, MethodRecoveryCode):
	case kind == FactorPasskey:
		strongest = hasPasskey(s.Methods)
	case kind == FactorTOTP:
		strongest = slices.Contains(s.Methods, MethodCode)
	default: // a provider may have answered without asking the person
		strongest = s.Dated()
	}
	proved := s.AuthTime
	if s.ConfirmedAt.After(proved) {
		proved = s.ConfirmedAt
	}
	if !strongest || a.now().Sub(proved) >= recentTTL {
		return ErrReauthenticate
	}
	return nil
}

// withMethods returns the methods of a session after the person used another
// one in it.
func (s Session) withMethods(added ...string) []string {
	methods := slices.DeleteFunc(slices.Clone(s.Methods), func(m string) bool { return m == MethodBrowser })
	if len(methods) == 0 {
		methods = []string{MethodPassword}
	}
	for _, m := range append(added, MethodTwoFactors) {
		if !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	return methods
}
