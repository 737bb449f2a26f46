package provider

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Step names the page that an authorization request needs next.
type Step string

// The steps.
const (
	StepLogin         Step = "login"          // the person must log in, or log in again
	StepSignUp        Step = "sign_up"        // the person wants to create an account (prompt=create)
	StepSelectAccount Step = "select_account" // the person must choose the account (prompt=select_account)
	StepSecondFactor  Step = "second_factor"  // the person is logged in, and must use a second factor
	StepAddFactor     Step = "add_factor"     // the person has no factor that is strong enough, and must add one
	StepConsent       Step = "consent"        // the person must allow or deny the request
	StepDone          Step = "done"           // approve it without a page
)

// Next decides what the request needs next. No other function decides this: every
// page does one thing and then calls Next. The Authentication is nil if nobody is
// logged in. With prompt=none, a step that needs a page is an *oauth.Error for
// the client (OpenID Connect Core §3.1.2.6).
func (s *Provider) Next(ctx context.Context, r *AuthorizationRequest, who *oauth.Authentication) (Step, error) {
	step, _, err := s.next(ctx, r, who)
	return step, err
}

// next is Next. With StepDone it also returns the consent because of which the
// person is not asked, or nil if the client asks nobody.
func (s *Provider) next(ctx context.Context, r *AuthorizationRequest, who *oauth.Authentication) (Step, *oauth.Consent, error) {
	step, reason, err := s.loginStep(r, who)
	if err == nil && (step == StepLogin || step == StepSignUp) && r.Sent.repeats(reason) {
		err = errSentBack(reason)
	}
	if err == nil && step == StepDone {
		err = checkAdminScopes(r, who)
	}
	var consent *oauth.Consent
	if err == nil && step == StepDone {
		step, consent, err = s.consentStep(ctx, r, who.Subject)
	}
	if err != nil || step == StepDone || !r.Prompts("none") {
		return step, consent, err
	}
	switch {
	case step == StepLogin && who == nil:
		return "", nil, oauth.Errorf(oauth.CodeLoginRequired, "Nobody is logged in, and prompt=none does not allow a login page.")
	case step == StepSecondFactor:
		return "", nil, oauth.Errorf(oauth.CodeInteractionRequired, "The person must use a second factor, and prompt=none does not allow a page for it.")
	case step == StepAddFactor:
		return "", nil, oauth.Errorf(oauth.CodeInteractionRequired, "The person must add a second factor, and prompt=none does not allow a page for it.")
	case step == StepLogin:
		return "", nil, oauth.Errorf(oauth.CodeLoginRequired, "The person must log in again, or in another way, and prompt=none does not allow a login page.")
	case step == StepConsent && !r.assured():
		return "", nil, oauth.Errorf(oauth.CodeConsentRequired, "The person must be asked for permission every time, and prompt=none does not allow a consent page: "+
			"any program on the device could receive the response at %s in the name of this application (RFC 8252 section 8.6). "+
			"Use an https redirect URI, or response_type=code and a client secret.", r.RedirectURI)
	case step == StepConsent && s.asksByChoice(r.Client):
		return "", nil, oauth.Errorf(oauth.CodeConsentRequired, "The person must be asked for permission every time, and prompt=none does not allow a consent page: "+
			"the settings of this application or of the server require it.")
	case step == StepConsent && s.asksEveryTime(r.Client):
		return "", nil, oauth.Errorf(oauth.CodeConsentRequired, "The person must be asked for permission every time, and prompt=none does not allow a consent page: "+
			"the metadata document of this application can change at any time. An administrator can allow its host.")
	case step == StepConsent:
		return "", nil, oauth.Errorf(oauth.CodeConsentRequired, "The person has not allowed this yet, and prompt=none does not allow a consent page.")
	}
	return "", nil, oauth.Errorf(oauth.CodeInteractionRequired, "A page must be shown to the person, and prompt=none does not allow one.")
}

// loginStep returns what is needed until the right person has logged in as the
// request and the administrators require, and then StepDone. With StepLogin and StepSignUp it
// also returns the reason.
func (s *Provider) loginStep(r *AuthorizationRequest, who *oauth.Authentication) (Step, LoginReason, error) {
	fresh := who != nil && s.fresh(r, *who)
	if r.Prompts("create") && !fresh && (who == nil || r.Chosen != who.Subject) {
		return StepSignUp, LoginCreate, nil
	}
	if who == nil {
		return StepLogin, LoginNobody, nil
	}
	if r.Expected != "" && r.Expected != s.subject(r.Client, who.Subject) {
		if fresh {
			return "", "", oauth.Errorf(oauth.CodeLoginRequired, "The person who is logged in is not the one that the application expects.")
		}
		return StepLogin, LoginOtherPerson, nil
	}
	// With people who have an account, assuranceStep decides about the acr.
	if acr := r.Claims.EssentialACR(); acr != nil && who.Assurance == nil && !acr.Accepts(who.ACR) {
		if fresh && r.Sent.wasForACR() {
			return "", "", errUnmetACR()
		}
		return StepLogin, LoginACR, nil
	}
	// A person who logged in after the request began is not asked to log in again.
	if !fresh {
		switch {
		case r.Prompts("login"):
			return StepLogin, LoginFresh, nil
		case r.MaxAge != nil && (*r.MaxAge == 0 || s.now().Sub(who.AuthTime) >= time.Duration(*r.MaxAge)*time.Second): // 0 is a new login, whatever the clock of the host
			return StepLogin, LoginFresh, nil
		case r.Scope.HasAdminScope() && s.now().Sub(who.AuthTime) >= recentLogin: // as for a sensitive page of the back office
			return StepLogin, LoginFresh, nil
		case r.Prompts("select_account") && r.Chosen != who.Subject:
			return StepSelectAccount, "", nil
		}
	}
	if step := s.assuranceStep(r, *who); step != StepDone {
		return step, LoginACR, nil
	}
	return StepDone, "", nil
}

// consentStep returns StepConsent if the consent page must be shown. It is not
// needed if the person allowed all of this before, or if the client skips it. For
// a client that another program can impersonate, or that its metadata document
// describes, it is shown every time.
func (s *Provider) consentStep(ctx context.Context, r *AuthorizationRequest, subject string) (Step, *oauth.Consent, error) {
	if r.Prompts("consent") || !r.assured() || s.asksEveryTime(r.Client) || s.asksByChoice(r.Client) {
		return StepConsent, nil, nil
	}
	if r.Client.SkipAuthorization {
		return StepDone, nil, nil
	}
	consent, err := s.consentTo(ctx, r.Client, subject)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return StepConsent, nil, nil
	case err != nil:
		return "", nil, err
	case !consent.Scope.Covers(s.resources().remembered(r.RequestedScopes(), r.Resources)):
		return StepConsent, nil, nil
	}
	return StepDone, &consent, nil
}

// consentTo returns what the person allowed the client before. It returns oauth.ErrNotFound if
// owners changed the client since then and nobody has checked it: the person may have allowed it
// to another application.
func (s *Provider) consentTo(ctx context.Context, c *oauth.Client, subject string) (oauth.Consent, error) {
	consent, err := s.Store.Consent(ctx, subject, c.ID)
	if err == nil && c.Unverified() && !consent.UpdatedAt.After(c.UnverifiedAt) {
		return oauth.Consent{}, oauth.ErrNotFound
	}
	return consent, err
}

// NotYetAllowed returns the requested scopes that the person has not allowed the
// client before, and what was decided before, or the zero Consent.
func (s *Provider) NotYetAllowed(ctx context.Context, r *AuthorizationRequest, subject string) (oauth.Scopes, oauth.Consent, error) {
	consent, err := s.consentTo(ctx, r.Client, subject)
	if errors.Is(err, oauth.ErrNotFound) {
		return r.RequestedScopes(), oauth.Consent{}, nil
	}
	missing := slices.DeleteFunc(slices.Clone(r.RequestedScopes()), func(name string) bool {
		return consent.Scope.Covers(s.resources().remembered(oauth.Scopes{name}, r.Resources))
	})
	return missing, consent, err
}

// asksByChoice reports whether an administrator chose that people are asked for
// permission every time.
func (s *Provider) asksByChoice(c *oauth.Client) bool {
	return c.AskEveryTime || (s.AskEveryTime && !c.SkipAuthorization)
}
