package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// decide carries out what the person chose on the consent page, or on the page
// to choose an account.
func (h *Handler) decide(w http.ResponseWriter, r *http.Request, form url.Values) error {
	req, err := h.openRequest(r, form.Get("request"))
	if err == nil {
		err = h.decideOn(w, r, req, form)
	}
	return h.authorizationEnded(r, "", req, err)
}

func (h *Handler) decideOn(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, form url.Values) error {
	switch form.Get("decision") {
	case "cancel":
		if req.Device != nil {
			return h.denyDevice(w, r, req)
		}
		answer, err := h.OAuth.Deny(r.Context(), req)
		if err != nil {
			return err
		}
		h.reportDenied(r, req)
		h.noteDenied(req)
		return h.respond(w, r, req, answer)
	case "switch", "other":
		return h.switchPerson(w, r, req)
	}
	return h.decideAs(w, r, req, form)
}

// decideAs carries out a decision that depends on who is logged in.
func (h *Handler) decideAs(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, form url.Values) error {
	person, err := h.person(r)
	loggedIn := person.Authentication != nil
	switch {
	case err != nil:
		return err
	case loggedIn && form.Get("decision") == "continue":
		if req.OfferedTo != person.Key() { // the button named another person
			return h.selectAccount(w, r, req, person)
		}
		req.Chosen = person.Subject
		return h.proceed(w, r, req)
	case !loggedIn || !req.WasShown(*person.Authentication):
		// The page was shown to another person, or to the same one before a new login.
		return h.proceed(w, r, req)
	case form.Get("allow") == "":
		return h.consent(w, r, req, person, form)
	}
	period, known := chosenPeriod(req.Client, form)
	if !known {
		return h.proceed(w, r, req) // shows the page again
	}
	req.Limit(period)
	return h.approve(w, r, req, person, h.allowedScopes(req, form["scope"]), true)
}

// approve sends the browser back to the client with a code or tokens. An account
// that an application knows does not expire.
func (h *Handler) approve(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, p Person, scopes oauth.Scopes, decided bool) error {
	if p.expires {
		if err := h.Accounts.Store.KeepUser(r.Context(), p.Subject); err != nil && !errors.Is(err, account.ErrNotFound) {
			return err
		}
	}
	answer, err := h.OAuth.Approve(r.Context(), req, *p.Authentication, scopes, decided)
	if req.Device != nil && errors.Is(err, oauth.ErrConflict) {
		return h.deviceProblem(r, req, err)
	}
	if errors.Is(err, provider.ErrChanged) { // the next step is another one now
		return h.detour(w, r, req, func(next string) string { return next })
	}
	if rejected, ok := errors.AsType[*oauth.Error](err); ok && req.Device != nil && rejected.Code == oauth.CodeAccessDenied {
		h.reportDenied(r, req) // the person allowed no scope
		h.noteDenied(req)
		return h.deviceDenied(w, r, req)
	}
	if err != nil {
		return err
	}
	h.report(r, oauth.Event{Name: oauth.EventAuthorization, Outcome: oauth.OutcomeApproved, ClientID: req.ClientID, Subject: p.Subject, Scope: scopes.String()})
	h.noteApproved(req)
	h.keepBrowserState(w, r, p)
	if req.Device != nil {
		return h.deviceApproved(w, r, req)
	}
	return h.respond(w, r, req, answer)
}
