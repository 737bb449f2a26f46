package provider

import (
	"encoding/base64"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// LoginReason is why a person has to log in.
type LoginReason string

// The reasons why a person has to log in.
const (
	LoginNobody      LoginReason = ""             // nobody is logged in
	LoginFresh       LoginReason = "fresh"        // the login is too old, or the application wants a new one
	LoginOtherPerson LoginReason = "other_person" // the application or the person wants another person
	LoginACR         LoginReason = "acr"          // the login does not have the acr that the application wants
	LoginCreate      LoginReason = "create"       // the person wants to create an account
)

// ErrSentBack means that the login page of the host program sent the person back
// without the login that the request needs. They are not sent there again, because that
// could repeat forever.
var ErrSentBack = errors.New("the login page of the host program returned the person without the required login")

// sentToLogin records that a person was sent to the login page of the host program.
type sentToLogin struct {
	// Reasons are those for which they were sent since they last saw a page of this
	// server.
	Reasons []LoginReason `json:"w,omitempty"`
	// Person and Session are hashes that identify the login at that time; empty if
	// nobody was logged in. AuthTime is its time, in milliseconds.
	Person   string `json:"p,omitempty"`
	Session  string `json:"s,omitempty"`
	AuthTime int64  `json:"t,omitempty"`
	// ForACR is set if LoginACR was one of the reasons, also before they saw a page.
	ForACR bool `json:"a,omitempty"`
}

// repeats reports whether the person was sent to log in for this reason before.
func (l *sentToLogin) repeats(reason LoginReason) bool {
	return l != nil && slices.Contains(l.Reasons, reason)
}

// wasForACR reports whether the person was sent to log in with another acr since the request
// began.
func (l *sentToLogin) wasForACR() bool { return l != nil && l.ForACR }

// errSentBack returns the error for a person who was sent back. With LoginACR it is
// the error for the application.
func errSentBack(reason LoginReason) error {
	if reason == LoginACR {
		return errUnmetACR()
	}
	return ErrSentBack
}

func errUnmetACR() error {
	return oauth.Errorf(oauth.CodeUnmetAuthentication, "The login does not have the acr that the application requires.")
}

func briefHash(purpose, text string) string {
	sum := oauth.HashOf(purpose, text)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
