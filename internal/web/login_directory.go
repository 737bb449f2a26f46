package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// directoryPage is the page on which people log in with their password in a directory.
type directoryPage struct {
	Provider string // the name of the directory
	// App is the application that the person comes from. Its Name can be empty.
	App consentApp
	// URL is the address of the form, and OthersURL the page with the other ways to log in.
	URL, OthersURL string
	Next           string  // where the person continues after the login
	Username       string  // the username that the person typed
	Error          ui.Text // why the person was not logged in, or empty
}

// loginWithPassword logs a person in with their password in a directory, or connects the
// directory with their account.
func (h *Handler) loginWithPassword(w http.ResponseWriter, r *http.Request, p *upstream.Provider) error {
	next := localPath(r.FormValue("next"), "/")
	page := directoryPage{Provider: p.Button(), URL: r.URL.RequestURI(), OthersURL: h.otherWaysURL(next), Next: next, Username: cmp.Or(r.PostForm.Get("username"), h.enteredName(r))}
	if r.Method == http.MethodGet {
		return h.showDirectory(w, r, http.StatusOK, page)
	}
	found, err := h.checkDirectory(r, p, page.Username, r.PostForm.Get("password"))
	switch {
	case errors.Is(err, account.ErrWrongPassword):
		page.Error = ui.Text{"login.wrong"}
		return h.showDirectory(w, r, http.StatusUnauthorized, page)
	case errors.Is(err, upstream.ErrUnavailable):
		h.Logger.WarnContext(r.Context(), "a login provider is unavailable", "provider", p.Name, "error", err.Error())
		page.Error = ui.Text{"with.unavailable", "provider", p.Button()}
		return h.showDirectory(w, r, http.StatusServiceUnavailable, page)
	case err != nil:
		return h.providerProblem(p, next, err)
	}
	if !r.URL.Query().Has("state") {
		return h.logInWith(w, r, p, loginState{Next: next}, identityOf(found))
	}
	state, err := h.openState(r, p)
	if err == nil && state.Session == "" && state.Invitation != "" {
		return h.logInWith(w, r, p, state, identityOf(found))
	}
	if err != nil || state.Session == "" {
		return h.providerProblem(p, "/", errors.Join(err, account.ErrLoginExpired))
	}
	return h.connectIdentity(w, r, p, state, identityOf(found))
}

// checkDirectory checks a password in a directory, with the limits of other passwords.
func (h *Handler) checkDirectory(r *http.Request, p *upstream.Provider, username, password string) (*upstream.Identity, error) {
	attempt := account.Attempt{Username: username, Address: h.Address(r), DeviceCookie: h.deviceMarks(r)}
	notChecked := func(err error) error {
		switch {
		case errors.Is(err, upstream.ErrWrongPassword):
			return account.ErrWrongPassword
		case errors.Is(err, upstream.ErrUnavailable):
			return fmt.Errorf("%w: %w", account.ErrNotChecked, err)
		}
		return err
	}
	var entry *upstream.Entry
	err := h.Accounts.GuessIdentity(r.Context(), attempt, func() (issuer, subject string, err error) {
		if entry, err = p.Find(r.Context(), username); err != nil {
			return "", "", notChecked(err)
		}
		return p.DirectoryIssuer(), entry.ID, nil
	}, func() error { return notChecked(p.CheckPassword(r.Context(), entry, password)) })
	var found *upstream.Identity
	if err == nil {
		found, err = p.Person(entry)
	}
	if err != nil {
		h.reportProvider(r, p, h.linked(r, p, entry), err)
		return nil, err
	}
	return found, nil
}

// reportProvider reports a failed login with a login provider. details may be nil.
func (h *Handler) reportProvider(r *http.Request, p *upstream.Provider, details *oauth.EventDetails, err error) {
	h.noteLoginFailure(r, p.Name, err)
	e := oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeInvalid, Target: p.Name, Details: details}
	errorID := provider.OutcomeEvent(r.Context(), e.Name, "", err).ErrorID // of the page, unless it is the form again
	if e.Reason = denialReason(err); e.Reason != "" {
		e.Outcome = oauth.OutcomeDenied
	}
	switch {
	case errors.Is(err, account.ErrWrongPassword):
		e.Outcome = oauth.OutcomeWrongPassword
	case isThrottled(err):
		e.Outcome = oauth.OutcomeThrottled
	case errors.Is(err, upstream.ErrUnavailable), unavailable(err):
		e.Outcome = oauth.CodeTemporarilyUnavailable
	default:
		e.ErrorID = errorID
	}
	h.report(r, e)
}

// linked returns the details of an event about the account that is connected with an entry
// of a directory, or nil.
func (h *Handler) linked(r *http.Request, p *upstream.Provider, entry *upstream.Entry) *oauth.EventDetails {
	if entry == nil || entry.ID == "" {
		return nil
	}
	f, user, err := h.Accounts.Store.Factor(r.Context(), account.IdentityID(p.DirectoryIssuer(), entry.ID))
	if err != nil || f.Kind != account.FactorIdentity {
		return nil // nobody is connected, or the record does without the name
	}
	return &oauth.EventDetails{Person: user.ID, PersonName: user.Username}
}

// showDirectory shows the page.
func (h *Handler) showDirectory(w http.ResponseWriter, r *http.Request, status int, page directoryPage) error {
	view := ui.View{Title: ui.Text{"with.directory_title", "provider", page.Provider}, Narrow: true, Scripts: []string{"password_field.js"}}
	if req := h.pendingRequest(r, page.Next); req != nil {
		page.App, view.Color = h.requestingApp(req), req.Client.BrandColor
		view.FormAction = appScheme(req.RedirectURI)
	}
	view.Data = page
	return h.Pages.Render(w, r, status, "login_directory", view)
}
