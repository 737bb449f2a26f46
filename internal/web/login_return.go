package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// loginReturn is the redirect URI of a provider. It logs the person in, or connects the
// provider with their account.
func (h *Handler) loginReturn(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet { // HEAD would use up the state
		return methodNotAllowed(w, r, "GET")
	}
	p, err := h.knownProviderOf(r)
	if err != nil {
		return err
	}
	if state, err := h.readState(r, p); err == nil && state.Trial != "" {
		return h.redirect(w, r, h.trialURL(p, r))
	}
	if p.Disabled {
		return h.providerProblem(p, "/", errProviderDisabled)
	}
	state, err := h.openState(r, p)
	if err == nil && p.HasPasswords() { // its states are for the page with the password
		err = account.ErrLoginExpired
	}
	if err != nil {
		return h.providerProblem(p, "/", err)
	}
	r = withNext(r, state.Next)
	found, err := p.Identity(r.Context(), state.request(), r.URL.Query())
	if err != nil {
		h.reportProvider(r, p, nil, err)
		return h.providerProblem(p, state.Next, err)
	}
	if state.Session != "" {
		return h.connectIdentity(w, r, p, state, identityOf(found))
	}
	return h.logInWith(w, r, p, state, identityOf(found))
}

// identityOf converts an identity of package upstream.
func identityOf(i *upstream.Identity) account.Identity {
	return account.Identity{
		Provider: i.Provider, Issuer: i.Issuer, Subject: i.Subject, Username: i.Username, Name: i.Name, Email: i.Email, EmailVerified: i.EmailVerified,
		Claims: i.Claims, AuthTime: i.AuthTime, Undated: i.Undated, AMR: i.AMR, TwoFactors: i.TwoFactors, SessionID: i.SessionID,
	}
}

// rulesOf returns the rules of a provider for its people.
func rulesOf(p *upstream.Provider) account.IdentityRules {
	return account.IdentityRules{SignUp: p.SignsUp(), Invitations: p.TakesInvitations(), EmailDomains: p.TrustedEmailDomains, SecondFactor: p.TrustSecondFactor}
}

// logInWith logs in the person who has the identity, with the invitation of the state.
func (h *Handler) logInWith(w http.ResponseWriter, r *http.Request, p *upstream.Provider, state loginState, identity account.Identity) error {
	login := account.IdentityLogin{
		Identity: identity, Browser: h.thisBrowser(r), OldCookie: h.sessionCookie(r), Address: h.Address(r), Visitor: h.visitor(r),
		Invitation: state.Invitation, Locale: h.pageLanguage(r),
		Rules: rulesOf(p),
	}
	result, err := h.Accounts.LoginWithIdentity(r.Context(), login)
	next, sealErr := h.afterSignUpAt(w, r, state.Next, result.User)
	if sealErr != nil {
		return sealErr
	}
	if errors.Is(err, account.ErrSecondFactor) {
		sealed, err := h.Accounts.SealIdentityLogin(result.User, login, h.ensureBrowser(w, r))
		if err != nil {
			return err
		}
		return h.toSecondStep(w, r, result.User, sealed, next)
	}
	h.reportIdentity(r, p, result, err)
	if proof, leaves := keepProof(err); leaves {
		return h.redirect(w, r, h.keepURL(proof))
	}
	if _, closed := errors.AsType[*account.InvitationError](err); closed || errors.Is(err, account.ErrInvalidLink) {
		return h.inviteProblem(next, err)
	}
	if err != nil {
		return h.providerProblem(p, next, err)
	}
	h.sessionStarted(w, r, result.User, result.Cookie, result.Session)
	h.markBrowser(w, r, result.User)
	if result.Created {
		h.sendFirstVerification(r, result.User)
	}
	return h.redirect(w, r, next)
}

// afterSignUpAt returns where a person continues who has logged in at a provider. If the
// application has sent them to create an account (prompt=create), this account is the answer, even
// if they logged in at the provider before.
func (h *Handler) afterSignUpAt(w http.ResponseWriter, r *http.Request, next string, user *account.User) (string, error) {
	req := h.pendingRequest(r, next)
	if user == nil || req == nil || !req.Prompts("create") {
		return next, nil
	}
	req.Chosen = user.ID
	handle, err := h.seal(w, r, req)
	return h.base + "/authorize/?resume=" + handle, err
}

// reportIdentity reports a login with an identity, or the account that was created in it.
func (h *Handler) reportIdentity(r *http.Request, p *upstream.Provider, result account.IdentityResult, err error) {
	switch {
	case result.Created:
		h.reportAccount(r, oauth.EventSignUp, result.User, err)
	case denialReason(err) != "":
		h.reportProvider(r, p, nil, err)
	case err != nil:
		h.reportAccount(r, oauth.EventLogin, result.User, err)
	default:
		h.reportLogin(r, result.User)
	}
}

// A providerFault is an error of a login at a provider that the person can understand.
type providerFault struct {
	err    error
	status int
	text   ui.Text
	// denial is the Reason of the event, if the provider knows the person, and the rules do not
	// let them log in.
	denial string
}

// denialReason returns the Reason of an event with oauth.OutcomeDenied, or "" if the error is
// another one.
func denialReason(err error) string {
	for _, fault := range providerFaults("") {
		if fault.denial != "" && errors.Is(err, fault.err) {
			return fault.denial
		}
	}
	return ""
}

// providerFaults returns all of them, with the name of the provider. Any other error is a
// failure of this server.
func providerFaults(name string) []providerFault {
	return []providerFault{
		{account.ErrLoginExpired, http.StatusBadRequest, ui.Text{"with.expired"}, ""},
		{upstream.ErrRefused, http.StatusForbidden, ui.Text{"with.refused", "provider", name}, ""},
		{upstream.ErrUnavailable, http.StatusServiceUnavailable, ui.Text{"with.unavailable", "provider", name}, ""},
		{upstream.ErrInvalid, http.StatusBadGateway, ui.Text{"with.invalid", "provider", name}, ""},
		{upstream.ErrEmailDomain, http.StatusForbidden, ui.Text{"with.not_allowed", "provider", name}, oauth.DeniedEmailDomain},
		{upstream.ErrGroup, http.StatusForbidden, ui.Text{"with.not_allowed", "provider", name}, oauth.DeniedGroup},
		{upstream.ErrNotFresh, http.StatusForbidden, ui.Text{"with.not_fresh", "provider", name}, oauth.DeniedNotFresh},
		{errProviderDisabled, http.StatusForbidden, ui.Text{"with.provider_disabled", "provider", name}, ""},
		{errNoNewLogin, http.StatusForbidden, ui.Text{"with.no_new_login", "provider", name}, ""},
		{account.ErrNoAccount, http.StatusForbidden, ui.Text{"with.no_account", "provider", name}, oauth.DeniedNoAccount},
		{account.ErrAddressInUse, http.StatusForbidden, ui.Text{"with.address_in_use", "provider", name}, oauth.DeniedAddressInUse},
		{account.ErrDisabled, http.StatusForbidden, ui.Text{"with.disabled"}, oauth.DeniedDisabled},
		{account.ErrIdentityTaken, http.StatusConflict, ui.Text{"with.taken", "provider", name}, ""},
		{account.ErrTooManyFactors, http.StatusConflict, ui.Text{"with.too_many"}, ""},
	}
}

// providerProblem returns the Problem for an error of a login at a provider. The person
// can log in in another way, and continues at next.
func (h *Handler) providerProblem(p *upstream.Provider, next string, err error) error {
	problem := &ui.Problem{Heading: ui.Text{"with.failed_heading", "provider", p.Button()}, Links: []ui.Link{{Text: ui.Text{"with.again"}, URL: h.otherWaysURL(next)}}, Err: err}
	for _, fault := range providerFaults(p.Button()) {
		if errors.Is(err, fault.err) {
			problem.Status, problem.Text = fault.status, fault.text
			if h.Accounts.LoginProvidersOnly && errors.Is(err, errNoNewLogin) {
				problem.Text = ui.Text{"with.no_new_login_only", "provider", p.Button()}
			}
			return problem
		}
	}
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		problem.Status, problem.Text = http.StatusTooManyRequests, ui.Text{"form.throttled", "duration", minutes(throttled.RetryAfter)}
		return problem
	}
	return err
}
