package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// personActive reports whether the host program lets the person log in. subject is
// empty for a client that acts for itself.
func (s *Provider) personActive(ctx context.Context, subject string) (bool, error) {
	if s.CheckPerson == nil || subject == "" {
		return true, nil
	}
	if active, known := s.people.answer(subject, s.now()); known {
		return active, nil
	}
	result, err, _ := s.people.calls.Do(subject, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), personCheckTimeout)
		defer cancel()
		began := s.now() // the answer is not newer than this
		active, err := s.CheckPerson(ctx, subject)
		if err == nil {
			s.people.keep(subject, active, began)
		}
		return active, err
	})
	if err != nil {
		return false, &hookError{hook: "People.Lookup", err: err}
	}
	active, _ := result.(bool)
	return active, nil
}

// blockInactive marks a person whom the host program does not let log in as blocked.
func (s *Provider) blockInactive(ctx context.Context, subject string, standing *oauth.Standing) error {
	active, err := s.personActive(ctx, subject)
	if err == nil && !active {
		standing.SubjectBlocked = true
	}
	return err
}

// checkActive rejects a token request for a person whom the host program does not let
// log in.
func (s *Provider) checkActive(ctx context.Context, subject string) error {
	active, err := s.personActive(ctx, subject)
	if err != nil || active {
		return err
	}
	return oauth.Errorf(oauth.CodeInvalidGrant, "The account of the person no longer exists, or is disabled.").WithReason("disabled")
}
