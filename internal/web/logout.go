package web

import (
	"cmp"
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// logout ends the login session: for the person, or for an application that
// sends them here (OpenID Connect RP-Initiated Logout 1.0). The person is asked
// first, unless the request has an ID token that was issued to them, because
// another site must not be able to log people out.
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	encoded := r.URL.RawQuery
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		var err error
		if encoded, err = readBody(w, r); err != nil {
			return err
		}
	default:
		return methodNotAllowed(w, r, "GET, HEAD, POST")
	}
	p, err := provider.ParseParams(encoded)
	if err != nil {
		return err
	}
	req, err := h.OAuth.Logout(r.Context(), p)
	if err != nil {
		return &requestError{clientID: p.Get("client_id"), err: err}
	}
	return h.logoutRequested(w, r, p, req)
}

func (h *Handler) logoutRequested(w http.ResponseWriter, r *http.Request, p oauth.Params, req *provider.LogoutRequest) error {
	person, err := h.person(r)
	if err != nil {
		return err
	}
	loggedIn := person.Authentication != nil
	next := localPath(cmp.Or(p.Get("next"), r.URL.Query().Get("next")), "")
	confirmed := r.Method == http.MethodPost && h.origin.Check(r) == nil // the form of one of our own pages
	if loggedIn && !confirmed && !h.OAuth.HintMatches(req, *person.Authentication) {
		return h.confirmLogout(w, r, person, p, req, next)
	}
	if err := h.endSession(w, r); err != nil {
		return err
	}
	var frames []string
	if loggedIn {
		if frames, err = h.OAuth.FrontchannelLogouts(context.WithoutCancel(r.Context()), person.SessionID); err != nil {
			return err
		}
	}
	if !confirmed {
		next = ""
	}
	return h.afterLogout(w, r, frames, req, next)
}

type logoutPage struct {
	User, App, Next string
	// Hint, ClientID, Location and State are parameters of the request.
	Hint, ClientID, Location, State string
}

// confirmLogout shows the page with the question whether to log out.
func (h *Handler) confirmLogout(w http.ResponseWriter, r *http.Request, person person, p oauth.Params, req *provider.LogoutRequest, next string) error {
	data := logoutPage{
		User: person.name, Next: next,
		Hint: p.Get("id_token_hint"), ClientID: p.Get("client_id"), Location: p.Get("post_logout_redirect_uri"), State: p.Get("state"),
	}
	if req.Client != nil {
		data.App = clientName(req.Client)
	}
	view := ui.View{Title: "Log out", Narrow: true, Data: data}
	if req.Location != "" {
		view.FormAction = appScheme(req.Location)
	}
	return h.Pages.Render(w, r, http.StatusOK, "logout", view)
}
