package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// checkedPerson returns what the host program reports about a person. subject is empty for
// a client that acts for itself.
func (s *Provider) checkedPerson(ctx context.Context, subject string) (personCheck, error) {
	if s.CheckPerson == nil || subject == "" {
		return personCheck{active: true}, nil
	}
	if found, known := s.people.answer(subject, s.now()); known {
		return found, nil
	}
	result, err, _ := s.people.calls.Do(subject, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), personCheckTimeout)
		defer cancel()
		found := personCheck{at: s.now()} // the answer is not newer than this
		var err error
		if found.name, found.active, err = s.CheckPerson(ctx, subject); err == nil {
			s.people.keep(subject, found)
		}
		return found, err
	})
	if err != nil {
		return personCheck{}, &hookError{hook: "People.Lookup", err: err}
	}
	found, _ := result.(personCheck)
	return found, nil
}

// PersonName returns the name of a person of the host program. It is empty if
// CheckPerson is nil or returns none.
func (s *Provider) PersonName(ctx context.Context, subject string) (string, error) {
	found, err := s.checkedPerson(ctx, subject)
	return found.name, err
}

// PersonActive reports whether a person of the host program exists and can log in. It is
// true if CheckPerson is nil.
func (s *Provider) PersonActive(ctx context.Context, subject string) (bool, error) {
	found, err := s.checkedPerson(ctx, subject)
	return found.active, err
}

// addPerson adds to the standing the name of a person of the host program, and whether
// they can log in.
func (s *Provider) addPerson(ctx context.Context, subject string, standing *oauth.Standing) error {
	found, err := s.checkedPerson(ctx, subject)
	if err != nil {
		return err
	}
	if !found.active {
		standing.SubjectBlocked = true
	}
	if found.name != "" {
		standing.Username = found.name
	}
	return nil
}

// checkActive rejects a token request for a person whom the host program does not let
// log in.
func (s *Provider) checkActive(ctx context.Context, subject string) error {
	found, err := s.checkedPerson(ctx, subject)
	if err != nil || found.active {
		return err
	}
	return oauth.Errorf(oauth.CodeInvalidGrant, "The account of the person no longer exists, or is disabled.").WithReason("disabled")
}
