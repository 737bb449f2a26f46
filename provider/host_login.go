package provider

import (
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// hostClockSkew is how far the clock of the host program may be behind. It also allows
// for a host that stores the times of logins in whole seconds.
const hostClockSkew = 5 * time.Second

// SendToLogin records in the request that the person is sent to the login page of
// the host program for this reason. Seal the request afterwards. If the person
// returns and has to be sent there for the same reason again, Next returns
// ErrSentBack. With LoginACR, it returns an error for the client, or continues if the client
// does not require an acr.
func (r *AuthorizationRequest) SendToLogin(who *oauth.Authentication, reason LoginReason) {
	sent := &sentToLogin{Reasons: []LoginReason{reason}, ForACR: reason == LoginACR || r.Sent.wasForACR()}
	if r.Sent != nil {
		sent.Reasons = append(slices.Clone(r.Sent.Reasons), reason)
	}
	switch {
	case r.Sent != nil && reason == LoginACR: // a login that is new stays new
		sent.Person, sent.Session, sent.AuthTime = r.Sent.Person, r.Sent.Session, r.Sent.AuthTime
	case who != nil:
		sent.Person, sent.Session, sent.AuthTime = briefHash("person", who.Subject), briefHash("session", who.SessionID), who.AuthTime.UnixMilli()
	}
	r.Sent = sent
}

// fresh reports whether the person logged in after the request began. If they were
// sent to the login page of the host program, the login must be another one than
// before, and the clock of the host may be slightly wrong. A login with an account is
// never in the future: if it looks so, the clock of another process is ahead.
func (s *Provider) fresh(r *AuthorizationRequest, who oauth.Authentication) bool {
	if r.Sent == nil {
		return !who.AuthTime.Before(r.BeganAt()) && (s.OwnLogin || !who.AuthTime.After(s.now()))
	}
	before := time.UnixMilli(r.Sent.AuthTime)
	switch {
	case r.Sent.Person != briefHash("person", who.Subject), who.AuthTime.After(before):
		return !who.AuthTime.Before(r.BeganAt().Add(-hostClockSkew))
	case who.AuthTime.Equal(before) && r.Sent.Session != briefHash("session", who.SessionID): // in the same second
		return !who.AuthTime.Before(r.BeganAt().Truncate(time.Second))
	}
	return false
}

// LoginReason returns why the person has to log in, after Next returned StepLogin or
// StepSignUp.
func (s *Provider) LoginReason(r *AuthorizationRequest, who *oauth.Authentication) LoginReason {
	_, reason, _ := s.loginStep(r, who)
	return reason
}

// WantedACRs returns the authentication context classes that the client requires, or
// else those that it prefers (OpenID Connect Core §5.5.1.1, §3.1.2.1).
func (r *AuthorizationRequest) WantedACRs() []string {
	if acr := r.Claims.EssentialACR(); acr != nil && len(acr.Texts()) > 0 {
		return acr.Texts()
	}
	return r.ACRValues
}
