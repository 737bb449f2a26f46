package web

import (
	"cmp"
	"context"
	"html/template"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type logoutPage struct {
	User, App, Next string
	// Hint, ClientID, Location and State are those of the request.
	Hint, ClientID, Location, State string
}

type messagePage struct {
	Heading, Text string
	Links         []ui.Link
}

// logout ends the log-in session: for the person, or for an application that
// sends them here (OpenID Connect RP-Initiated Logout 1.0). A link can only
// ask for it, unless it comes with an ID token of this very person; a page of
// another site must not log people out.
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) {
	encoded := r.URL.RawQuery
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		body, err := readAll(w, r)
		if err != nil {
			h.refuseRequest(w, r, "", oauth.Errorf(oauth.CodeInvalidRequest, "The request is longer than %d bytes.", oauth.MaxParamsLength))
			return
		}
		encoded = body
	default:
		h.refuseMethod(w, r, &methodError{"GET or POST", "GET, HEAD, POST"})
		return
	}
	p, err := provider.ParseParams(encoded)
	if err != nil {
		h.refuseRequest(w, r, "", err)
		return
	}
	req, err := h.OAuth.Logout(r.Context(), p)
	if err != nil {
		h.refuseRequest(w, r, p.Get("client_id"), err)
		return
	}
	h.logoutAs(w, r, p, req)
}

// logoutAs decides whether the person is asked first.
func (h *Handler) logoutAs(w http.ResponseWriter, r *http.Request, p oauth.Params, req *provider.LogoutRequest) {
	who, name, known := h.who(r)
	next := localPath(cmp.Or(p.Get("next"), r.URL.Query().Get("next")), "")
	ours := r.Method == http.MethodPost && h.foreign.Check(r) == nil // the button of one of our own pages
	if known && !ours && !h.OAuth.Names(req, who) {
		data := logoutPage{
			User: name, Next: next,
			Hint: p.Get("id_token_hint"), ClientID: p.Get("client_id"), Location: p.Get("post_logout_redirect_uri"), State: p.Get("state"),
		}
		if req.Client != nil {
			data.App = clientName(req.Client)
		}
		view := ui.View{Title: "Log out", Narrow: true, Data: data}
		if req.Location != "" {
			view.FormAction = []string{formTarget(req.Location)}
		}
		h.pages.Render(w, r, http.StatusOK, "logout", view)
		return
	}
	var frames []string
	if known {
		var err error
		if frames, err = h.OAuth.FrontchannelLogouts(context.WithoutCancel(r.Context()), who.SessionID); err != nil {
			h.failPerson(w, r, err)
			return
		}
	}
	if err := h.endSession(w, r); err != nil {
		h.failPerson(w, r, err)
		return
	}
	switch {
	case len(frames) > 0:
		h.loggingOut(w, r, frames, req.Location, next)
	case req.Location != "":
		redirect(w, r, req.Location)
	case next != "" && ours:
		redirect(w, r, next)
	default:
		h.loggedOut(w, r)
	}
}

type loggingOutPage struct {
	Frames []template.URL
	// Location was checked at registration, and may have a scheme of an
	// application's own.
	Location    template.URL
	Next, LogIn string
}

// loggingOut lets the browser tell applications, and then goes on (OpenID
// Connect Front-Channel Logout §2).
func (h *Handler) loggingOut(w http.ResponseWriter, r *http.Request, frames []string, location, next string) {
	data := loggingOutPage{Location: template.URL(location), Next: next, LogIn: h.loginURL("/")} //nolint:gosec // see there
	view := ui.View{Title: "Logged out", Narrow: true, Scripts: []string{"logging_out.js"}}
	for _, address := range frames {
		data.Frames = append(data.Frames, template.URL(address)) //nolint:gosec // an https address that was checked at registration
		view.FrameSrc = append(view.FrameSrc, oauth.Origin(address))
	}
	view.Data = data
	h.pages.Render(w, r, http.StatusOK, "logging_out", view)
}

func (h *Handler) loggedOut(w http.ResponseWriter, r *http.Request) {
	h.pages.Render(w, r, http.StatusOK, "message", ui.View{
		Title: "Logged out", Narrow: true,
		Data: messagePage{
			Heading: "You are logged out",
			Text:    "Nobody is logged in in this browser any more.",
			Links:   []ui.Link{{Text: "Log in again", URL: h.loginURL("/")}},
		},
	})
}
