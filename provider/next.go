package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Step is what an authorization request needs next.
type Step string

// The steps.
const (
	StepLogin         Step = "login"
	StepSignUp        Step = "sign_up"
	StepSelectAccount Step = "select_account"
	StepConsent       Step = "consent"
	StepDone          Step = "done" // approve it without asking
)

// Next decides what the request needs, and is the only place that does: every
// page does its one thing and comes back here. who is nil while nobody is
// logged in. With prompt=none a step that needs a page is an *Error for the
// client (OpenID Connect Core §3.1.2.6).
func (s *Provider) Next(ctx context.Context, r *AuthorizationRequest, who *oauth.Authentication) (Step, error) {
	step, err := s.next(ctx, r, who)
	if err != nil || step == StepDone || !r.Prompts("none") {
		return step, err
	}
	switch step {
	case StepLogin:
		return "", oauth.Errorf(oauth.CodeLoginRequired, "Nobody is logged in, and prompt=none forbids asking.")
	case StepConsent:
		return "", oauth.Errorf(oauth.CodeConsentRequired, "The person has not allowed this yet, and prompt=none forbids asking.")
	}
	return "", oauth.Errorf(oauth.CodeInteractionRequired, "The person must be asked, and prompt=none forbids it.")
}

func (s *Provider) next(ctx context.Context, r *AuthorizationRequest, who *oauth.Authentication) (Step, error) {
	if r.Prompts("create") && (who == nil || who.AuthTime.Before(r.BeganAt())) {
		return StepSignUp, nil
	}
	if who == nil {
		return StepLogin, nil
	}
	fresh := !who.AuthTime.Before(r.BeganAt())
	if r.Expected != "" && r.Expected != s.subject(r.Client, who.Subject) {
		if fresh {
			return "", oauth.Errorf(oauth.CodeLoginRequired, "Another person is logged in than the one the application expects.")
		}
		return StepLogin, nil
	}
	if acr := r.Claims.EssentialACR(); acr != nil && !acr.Accepts(who.ACR) {
		if fresh {
			return "", oauth.Errorf(oauth.CodeUnmetAuthentication, "The log-in does not have the acr that the application needs.")
		}
		return StepLogin, nil
	}
	// Whoever logged in after the request began has been asked enough.
	if !fresh {
		switch {
		case r.Prompts("login"):
			return StepLogin, nil
		case r.MaxAge != nil && s.now().Sub(who.AuthTime) >= time.Duration(*r.MaxAge)*time.Second:
			return StepLogin, nil
		case r.Prompts("select_account") && r.Chosen != who.Subject:
			return StepSelectAccount, nil
		}
	}
	asked, err := s.mustAsk(ctx, r, who.Subject)
	if err != nil {
		return "", err
	}
	if asked {
		return StepConsent, nil
	}
	return StepDone, nil
}

// mustAsk reports whether the person must see the consent page: unless they
// allowed all of this before, or the application was set to skip it. A client
// that anybody can pretend to be is asked about every time.
func (s *Provider) mustAsk(ctx context.Context, r *AuthorizationRequest, subject string) (bool, error) {
	if r.Prompts("consent") || !r.Client.AssuredIdentity(r.RedirectURI) {
		return true, nil
	}
	if r.Client.SkipAuthorization {
		return false, nil
	}
	missing, err := s.NotYetAllowed(ctx, r, subject)
	return len(missing) > 0, err
}

// NotYetAllowed gives those of AuthorizationRequest.Asked that the person has not
// allowed the client before.
func (s *Provider) NotYetAllowed(ctx context.Context, r *AuthorizationRequest, subject string) (oauth.Scopes, error) {
	consent, err := s.Store.Consent(ctx, subject, r.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return r.Asked(), nil
	}
	return consent.Scope.Missing(r.Asked()), err
}
