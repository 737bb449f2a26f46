package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Step names the page that an authorization request needs next.
type Step string

// The steps.
const (
	StepLogin         Step = "login"
	StepSignUp        Step = "sign_up"
	StepSelectAccount Step = "select_account"
	StepConsent       Step = "consent"
	StepDone          Step = "done" // approve it without a page
)

// Next decides what the request needs next. It is the only place that does:
// every page does one thing and then calls Next. The Authentication is nil if nobody is
// logged in. With prompt=none, a step that needs a page is an *oauth.Error for the client
// (OpenID Connect Core §3.1.2.6).
func (s *Provider) Next(ctx context.Context, r *AuthorizationRequest, who *oauth.Authentication) (Step, error) {
	step, err := s.next(ctx, r, who)
	if err != nil || step == StepDone || !r.Prompts("none") {
		return step, err
	}
	switch step {
	case StepLogin:
		return "", oauth.Errorf(oauth.CodeLoginRequired, "Nobody is logged in, and prompt=none does not allow a login page.")
	case StepConsent:
		return "", oauth.Errorf(oauth.CodeConsentRequired, "The person has not allowed this yet, and prompt=none does not allow a consent page.")
	}
	return "", oauth.Errorf(oauth.CodeInteractionRequired, "A page must be shown to the person, and prompt=none does not allow one.")
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
			return "", oauth.Errorf(oauth.CodeLoginRequired, "The person who is logged in is not the one that the application expects.")
		}
		return StepLogin, nil
	}
	if acr := r.Claims.EssentialACR(); acr != nil && !acr.Accepts(who.ACR) {
		if fresh {
			return "", oauth.Errorf(oauth.CodeUnmetAuthentication, "The login does not have the acr that the application requires.")
		}
		return StepLogin, nil
	}
	// A person who logged in after the request began is not asked to log in again.
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
	needed, err := s.needsConsent(ctx, r, who.Subject)
	if err != nil {
		return "", err
	}
	if needed {
		return StepConsent, nil
	}
	return StepDone, nil
}

// needsConsent reports whether the consent page must be shown. It is not needed
// if the person allowed all of this before or if the client skips it. For a
// client that anybody can impersonate it is shown every time.
func (s *Provider) needsConsent(ctx context.Context, r *AuthorizationRequest, subject string) (bool, error) {
	if r.Prompts("consent") || !r.Client.AssuredIdentity(r.RedirectURI) {
		return true, nil
	}
	if r.Client.SkipAuthorization {
		return false, nil
	}
	missing, err := s.NotYetAllowed(ctx, r, subject)
	return len(missing) > 0, err
}

// NotYetAllowed returns the requested scopes that the person has not allowed the
// client before.
func (s *Provider) NotYetAllowed(ctx context.Context, r *AuthorizationRequest, subject string) (oauth.Scopes, error) {
	consent, err := s.Store.Consent(ctx, subject, r.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return r.RequestedScopes(), nil
	}
	return consent.Scope.Missing(r.RequestedScopes()), err
}
