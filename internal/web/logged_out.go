package web

import (
	"html/template"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type loggingOutPage struct {
	// Frames are the addresses that log the person out of applications.
	Frames []template.URL
	// Location is the redirect URI after logout, or empty. It was checked when it
	// was registered, and can have a private-use scheme.
	Location template.URL
	// Next is where the person continues here, or empty. LogIn is the login page.
	Next, LogIn string
}

// afterLogout sends the person back to the application, or else to next. If
// there are applications to notify in frames, a page does this first.
func (h *Handler) afterLogout(w http.ResponseWriter, r *http.Request, frames []string, req *provider.LogoutRequest, next string) error {
	switch {
	case len(frames) > 0:
		return h.notifyInFrames(w, r, frames, req.Location, next)
	case req.Location != "":
		return h.leave(w, r, req.Location, clientName(req.Client), r.Method == http.MethodPost)
	case next != "":
		return h.redirect(w, r, next)
	}
	return h.message(w, r, messagePage{
		Heading: ui.Text{"logged_out.heading"}, Text: ui.Text{"logged_out.text"},
		Links: []ui.Link{{Text: ui.Text{"button.log_in_again"}, URL: h.logInAgainURL()}},
	})
}

// notifyInFrames shows a page with one hidden frame per application, which logs
// the person out there, and then goes on (OpenID Connect Front-Channel Logout
// §2).
func (h *Handler) notifyInFrames(w http.ResponseWriter, r *http.Request, frames []string, location, next string) error {
	data := loggingOutPage{Location: template.URL(location), Next: next, LogIn: h.logInAgainURL()} //nolint:gosec // see loggingOutPage
	view := ui.View{Title: ui.Text{"logged_out.title"}, Narrow: true, Scripts: []string{"logging_out.js"}}
	for _, address := range frames {
		data.Frames = append(data.Frames, template.URL(address)) //nolint:gosec // an https address that was checked when it was registered
		view.FrameSrc = append(view.FrameSrc, oauth.Origin(address))
	}
	view.Data = data
	return h.Pages.Render(w, r, http.StatusOK, "logging_out", view)
}

// logInAgainURL returns the address of a link with which a person logs in.
func (h *Handler) logInAgainURL() string {
	if h.Host != nil {
		return h.base + "/account/" // which sends them to the login page of the host
	}
	return h.loginURL("/")
}

type messagePage struct {
	Heading, Text ui.Text   // what has happened
	Links         []ui.Link // where the person can continue
}

// message shows a page that only says what has happened.
func (h *Handler) message(w http.ResponseWriter, r *http.Request, m messagePage) error {
	return h.Pages.Render(w, r, http.StatusOK, "message", ui.View{Title: m.Heading, Narrow: true, Data: m})
}
