package oauth

import (
	"strings"
	"time"
)

// Authentication is a person who is logged in. The protocol does not know how
// the person logged in.
type Authentication struct {
	// Subject identifies the person: the sub of their tokens. See IsSubject.
	Subject string
	// SessionID identifies the login session. If it is empty, the session is not known, and
	// nothing ends with it.
	SessionID string
	// AuthTime is when the person last proved their identity, or zero if it is not known.
	AuthTime time.Time
	// ACR and AMR describe how the person logged in (OpenID Connect Core §2, RFC
	// 8176). They may be empty.
	ACR string
	AMR []string // the authentication methods, such as "pwd"; see ACR
	// Assurance is set only by Latchkey's own login.
	Assurance *Assurance
}

// MaxSubject is the greatest length of a subject.
const MaxSubject = 255

// IsSubject reports whether a text can be the Subject of a person: it has 1 to MaxSubject
// printable ASCII characters (OpenID Connect Core §2), and does not begin or end with a
// space.
func IsSubject(s string) bool {
	printable := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
	return s != "" && len(s) <= MaxSubject && printable && strings.TrimSpace(s) == s
}

// SubjectRule is the part of an error text that describes what IsSubject checks.
const SubjectRule = "must have 1 to 255 printable ASCII characters, and must not begin or end with a space (OpenID Connect Core section 2)"

// Assurance is how reliably a login shows who the person is, and what the person can do
// to make it more reliable. Each level includes the lower ones.
type Assurance struct {
	// Level is the level of the login: AssuranceOneFactor, AssuranceTwoFactors or
	// AssurancePhishingResistant.
	Level int
	// Reachable is the highest level that the person can reach with the factors that they
	// have.
	Reachable int
	// Remembered is set if the second factor was omitted because the person chose to
	// remember the browser.
	Remembered bool
	// Admin is set if the person has a role in the back office.
	Admin bool
}

// The levels of Assurance.
const (
	AssuranceOneFactor  = 1
	AssuranceTwoFactors = 2
	// AssurancePhishingResistant is two factors of which one is a passkey.
	AssurancePhishingResistant = 3
)

// Key returns a string that identifies the person in this session, and is never empty.
func (a Authentication) Key() string { return a.SessionID + " " + a.Subject }
