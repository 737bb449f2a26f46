package web

import (
	"html/template"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type loggingOutPage struct {
	// Frames are the addresses that log the person out of applications.
	Frames []template.URL
	// Location is the redirect URI after logout, or empty. It was checked when it
	// was registered, and can have a private-use scheme. It can also be the address for the
	// logout at a provider.
	Location template.URL
	// There offers the logout at a provider, if its URL is not empty.
	There ui.Link
	// Next is where the person continues here, or empty. LogIn is the login page.
	Next, LogIn string
}

// A loggedOut describes a logout that is complete here.
type loggedOut struct {
	frames []string // the addresses that notify applications
	req    *provider.LogoutRequest
	next   string // where the person continues here, or empty
	// from is the provider at which the session began, or nil.
	from *upstream.Provider
}

// afterLogout sends the person back to the application, or else to next. If
// there are applications to notify in frames, a page does this first. If the session began
// at a provider with single logout, the person logs out there before.
func (h *Handler) afterLogout(w http.ResponseWriter, r *http.Request, l loggedOut) error {
	location, app := l.req.Location, ""
	if location != "" {
		app = clientName(l.req.Client)
	}
	if l.from != nil && l.from.SingleLogout {
		there, err := h.endSessionURL(w, r, l.from, logoutState{Location: location, App: app, Next: l.next})
		if err != nil {
			return err
		}
		if there != "" {
			location, app = there, l.from.Button()
		}
	}
	switch {
	case len(l.frames) > 0:
		return h.notifyInFrames(w, r, l, location)
	case location != "":
		return h.leave(w, r, location, app, r.Method == http.MethodPost)
	case l.next != "":
		return h.redirect(w, r, l.next)
	}
	return h.showLoggedOut(w, r, l.from)
}

// showLoggedOut shows that the person is logged out.
func (h *Handler) showLoggedOut(w http.ResponseWriter, r *http.Request, from *upstream.Provider) error {
	page := messagePage{
		Heading: ui.Text{"logged_out.heading"}, Text: ui.Text{"logged_out.text"},
		Links: []ui.Link{{Text: ui.Text{"button.log_in_again"}, URL: h.logInAgainURL()}},
	}
	if there := h.logoutThere(r, from); there.URL != "" {
		page.Text, page.Links = ui.Text{"logged_out.still_there", "provider", from.Button()}, append(page.Links, there)
	}
	return h.message(w, r, page)
}

// logoutThere returns the link that offers to log out at the provider at which the session
// began, or none.
func (h *Handler) logoutThere(r *http.Request, from *upstream.Provider) ui.Link {
	if from == nil || from.EndSessionURL(r.Context(), "", "") == "" {
		return ui.Link{}
	}
	return ui.Link{Text: ui.Text{"logged_out.there", "provider", from.Button()}, URL: h.base + "/login/with/" + from.Name + "/logout/"}
}

// notifyInFrames shows a page with one hidden frame per application, which logs
// the person out there, and then continues at the location (OpenID Connect Front-Channel
// Logout §2).
func (h *Handler) notifyInFrames(w http.ResponseWriter, r *http.Request, l loggedOut, location string) error {
	data := loggingOutPage{Location: template.URL(location), Next: l.next, LogIn: h.logInAgainURL()} //nolint:gosec // see loggingOutPage
	if location == "" && l.next == "" {
		data.There = h.logoutThere(r, l.from)
	}
	view := ui.View{Title: ui.Text{"logged_out.title"}, Narrow: true, Scripts: []string{"logging_out.js"}}
	for _, address := range l.frames {
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
