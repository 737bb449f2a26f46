package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// An administrator tests a login provider with a real login in the own browser. The state of that
// login contains the session of the administrator. The callback does not log in with such a
// state: it leads to the page of the back office that shows the result, and only that page
// uses up the state. So the permission of the person is checked again, and the state of a person
// who logs in cannot be used for a test, or the other way around.

// BeginTrial sends an administrator to a provider that has no page for passwords on this server. It
// returns an error that wraps upstream.ErrUnavailable if the provider does not answer.
func (h *Handler) BeginTrial(w http.ResponseWriter, r *http.Request, p *upstream.Provider) error {
	_, session, err := h.Session(r)
	if err != nil {
		return err
	}
	request, err := h.upstreamRequest(r, "/")
	if err != nil {
		return err
	}
	request.Fresh, request.MaxAge, request.OtherAccount = false, -1, true
	location, err := h.toProvider(w, r, p, request, loginState{Trial: session.ID})
	if err != nil {
		return err
	}
	return h.leave(w, r, location, p.Button(), true)
}

// trialURL returns the page that shows the result of a test login.
func (h *Handler) trialURL(p *upstream.Provider, r *http.Request) string {
	return h.AdminURL + "login-providers/" + url.PathEscape(p.Name) + "/tried/?" + r.URL.RawQuery
}

// FinishTrial returns the result of a test login that the same administrator began in the same
// session. The error is not that of the login, which is Trial.Fault.
func (h *Handler) FinishTrial(r *http.Request, p *upstream.Provider) (t loginproviders.Trial, err error) {
	_, session, err := h.user(r)
	if err != nil {
		return t, err
	}
	state, err := h.readState(r, p)
	if err == nil && (state.Trial == "" || state.Trial != session.ID) {
		err = account.ErrLoginExpired
	}
	if err == nil {
		err = h.useState(r, &state)
	}
	if errors.Is(err, account.ErrLoginExpired) {
		return loginproviders.Trial{Fault: err}, nil
	}
	if err != nil {
		return t, err
	}
	t.Report, t.Fault = p.Inspect(r.Context(), state.request(), r.URL.Query())
	return h.previewed(r, p, t)
}

// TryDirectory returns the result of a test login with a password in a directory. It has the limits
// of other logins.
func (h *Handler) TryDirectory(r *http.Request, p *upstream.Provider, username, password string) (t loginproviders.Trial, err error) {
	t.Identity, t.Fault = h.checkDirectory(r, p, username, password)
	if t.Identity == nil && !isProviderFault(t.Fault) {
		return t, t.Fault
	}
	return h.previewed(r, p, t)
}

// isProviderFault reports whether an error is one of the person or the provider, and not of this
// server.
func isProviderFault(err error) bool {
	for _, fault := range providerFaults("") {
		if errors.Is(err, fault.err) {
			return true
		}
	}
	return errors.Is(err, account.ErrWrongPassword) || isThrottled(err)
}

// previewed adds what the login would do.
func (h *Handler) previewed(r *http.Request, p *upstream.Provider, t loginproviders.Trial) (loginproviders.Trial, error) {
	if t.Fault != nil {
		return t, nil
	}
	t.Preview, t.Fault = h.Accounts.PreviewIdentity(r.Context(), account.IdentityLogin{Identity: identityOf(t.Identity), Rules: rulesOf(p)})
	if t.Fault != nil && !isProviderFault(t.Fault) {
		return t, t.Fault
	}
	return t, nil
}
