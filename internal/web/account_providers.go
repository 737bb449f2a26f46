package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type providersPage struct {
	// Connected are the identities of the person.
	Connected []connectedProvider
	// Others are the providers that the person can connect. Name is the text of the
	// button, and URL the value of the form.
	Others []loginProvider
	Error  ui.Text // why the last attempt failed, or empty
}

// A connectedProvider is an identity of the person.
type connectedProvider struct {
	account.Factor
	Title string // the name of the provider
	Value string // the ID, for the form
	// Gone is set if the person cannot log in with the identity: its provider is no longer
	// configured, or has another issuer now.
	Gone bool
}

// ownProviders is the page on which a person connects other providers with their account.
func (h *Handler) ownProviders(w http.ResponseWriter, r *http.Request, o *owner) error {
	if r.Method != http.MethodPost {
		return h.showProviders(w, r, o, http.StatusOK, nil)
	}
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	if r.PostFormValue("action") == "remove" {
		return h.removeIdentity(w, r, o)
	}
	p, err := h.Providers.Named(r.Context(), r.PostFormValue("provider"))
	if err != nil {
		return err
	}
	if p == nil {
		return h.redirect(w, r, h.providersURL())
	}
	request := upstream.NewRequest("", rand.Text(), h.Clock())
	request.OtherAccount = true
	location, err := h.toProvider(w, r, p, request, loginState{Next: h.providersURL(), Session: o.Session.ID})
	if err != nil {
		return h.providerProblem(p, h.providersURL(), err)
	}
	if p.HasPasswords() { // on a page of this server
		return h.redirect(w, r, location)
	}
	return h.leave(w, r, location, p.Button(), true)
}

func (h *Handler) providersURL() string { return h.base + "/account/providers/" }

// removeIdentity disconnects a provider from the account.
func (h *Handler) removeIdentity(w http.ResponseWriter, r *http.Request, o *owner) error {
	id, err := h.ownIdentity(r, o)
	if err == nil {
		err = h.Accounts.RemoveFactor(r.Context(), h.sessionCookie(r), id, false)
		h.reportFactor(r, oauth.Event{Name: oauth.EventFactorChange, Kind: oauth.FactorChangeIdentityRemoved, Subject: o.Subject}, err)
	}
	switch {
	case errors.Is(err, account.ErrNotFound): // it was removed before
		return h.redirect(w, r, h.providersURL())
	case errors.Is(err, account.ErrLastFactor):
		return h.showProviders(w, r, o, http.StatusConflict, ui.Text{"providers.last"})
	case err != nil:
		return err
	}
	h.OAuth.SessionsEnded(r.Context())
	return h.doneOwn(w, r, h.providersURL(), "disconnected")
}

// ownIdentity returns the identity in a form, or account.ErrNotFound if it does not belong
// to the person.
func (h *Handler) ownIdentity(r *http.Request, o *owner) (id account.FactorID, err error) {
	text, err := hex.DecodeString(r.PostFormValue("id"))
	if err != nil || len(text) != len(id) {
		return id, account.ErrNotFound
	}
	f, owner, err := h.Accounts.Store.Factor(r.Context(), account.FactorID(text))
	if err == nil && (owner.ID != o.Subject || f.Kind != account.FactorIdentity) {
		err = account.ErrNotFound
	}
	return f.ID, err
}

// connectIdentity connects an identity with the account of the person who began it, in the
// same session.
func (h *Handler) connectIdentity(w http.ResponseWriter, r *http.Request, p *upstream.Provider, state loginState, identity account.Identity) error {
	_, session, err := h.user(r)
	if err != nil {
		return err
	}
	if session.ID == "" || session.ID != state.Session { // another person has logged in since then
		return h.providerProblem(p, "/", account.ErrLoginExpired)
	}
	err = h.Accounts.LinkIdentity(r.Context(), h.sessionCookie(r), identity, h.visitor(r))
	if errors.Is(err, account.ErrReauthenticate) {
		return h.redirect(w, r, h.confirmURL(h.providersURL()))
	}
	h.reportFactor(r, oauth.Event{Name: oauth.EventFactorChange, Kind: oauth.FactorChangeIdentityAdded, Subject: session.UserID}, err)
	if err != nil {
		problem := h.providerProblem(p, "/", err)
		if shown, ok := errors.AsType[*ui.Problem](problem); ok {
			shown.Links = []ui.Link{{Text: ui.Text{"providers.title"}, URL: h.providersURL()}}
		}
		return problem
	}
	return h.doneOwn(w, r, h.providersURL(), "connected")
}

// showProviders shows the page.
func (h *Handler) showProviders(w http.ResponseWriter, r *http.Request, o *owner, status int, fault ui.Text) error {
	factors, err := h.Accounts.Factors(r.Context(), o.Subject)
	if err != nil {
		return err
	}
	providers, err := h.Providers.All(r.Context())
	if err != nil {
		return err
	}
	page := providersPage{Error: fault}
	for _, f := range factors {
		if f.Kind != account.FactorIdentity {
			continue
		}
		row := connectedProvider{Factor: f, Title: f.Provider(), Value: hex.EncodeToString(f.ID[:]), Gone: true}
		for _, p := range providers {
			if row.Gone && issued(p, f) {
				row.Title, row.Gone = p.Button(), false
			}
		}
		row.Body = "" // not for templates
		o.local(&row.CreatedAt, &row.UsedAt)
		page.Connected = append(page.Connected, row)
	}
	for _, p := range providers {
		if connectedTo(factors)(p) {
			continue // another identity of the provider would be a mistake
		}
		page.Others = append(page.Others, loginProvider{Name: p.Button(), URL: p.Name, ID: p.Name})
	}
	return h.showOwn(w, r, o, ownView{page: "account_providers", url: h.providersURL(), title: ui.Text{"providers.title"}, status: status, data: page})
}
