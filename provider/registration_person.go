package provider

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// personTokenPrefix begins a token with which a person registers applications. The
// rest is the subject, sealed.
const personTokenPrefix = "lk_rp_"

// PersonTokenTTL is the lifetime of a token with which a person registers
// applications.
const PersonTokenTTL = time.Hour

// PersonCanRegister reports whether a person who is logged in can register
// applications.
func (s *Provider) PersonCanRegister() bool { return admits(s.Registration, RegistrationPerson) }

// PersonToken returns a token with which the person can register applications.
// Nothing is stored. The error is an *oauth.Error if people cannot register applications,
// or if the subject is not that of a person who can log in.
func (s *Provider) PersonToken(ctx context.Context, subject string) (string, error) {
	switch {
	case !s.PersonCanRegister():
		return "", oauth.Errorf(oauth.CodeAccessDenied, "People cannot register applications at this server. Set registration to %s or %s.", RegistrationPerson, RegistrationOpen).WithReason("registration_closed")
	case !oauth.IsSubject(subject):
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The subject %s.", oauth.SubjectRule)
	}
	if err := s.checkPerson(ctx, s.Store, "", subject); err != nil {
		return "", err
	}
	if err := s.checkActive(ctx, subject); err != nil {
		return "", err
	}
	text, err := s.personTokens.Seal(oauth.NewID(s.now()), []byte(subject), "")
	return personTokenPrefix + text, err
}

// openPersonToken returns the subject of a token of a person.
func (s *Provider) openPersonToken(ctx context.Context, token string, now time.Time) (subject string, err error) {
	text, ok := strings.CutPrefix(token, personTokenPrefix)
	sealed, err := s.personTokens.Open(text, "")
	if !ok || err != nil {
		return "", errInitialAccess("was not issued by this server")
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", err // cannot happen: it was opened
	}
	id, subject := oauth.ID(raw), string(sealed)
	standing, err := s.Store.JWTStanding(ctx, id, oauth.ID{}, "", subject)
	standing.ClientMissing = false
	if err == nil {
		err = s.addPerson(ctx, subject, &standing)
	}
	switch {
	case err != nil:
		return "", err
	case now.Sub(id.Time()) > PersonTokenTTL || standing.RevokedBecause(id.Time()) != "" || !s.PersonCanRegister():
		return "", errInitialAccess("has expired or was revoked")
	}
	return subject, nil
}

func errInitialAccess(why string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidToken, "The initial access token %s. Ask for a new one.", why).WithReason("wrong_token")
}
