package web

import (
	"html"
	"html/template"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxLocation is the length of the longest Location header, in bytes. Proxies
// limit the header of a response: a default nginx to 4 KB in all.
const maxLocation = 3000

// redirect sends a browser to another page of this server.
func (h *Handler) redirect(w http.ResponseWriter, r *http.Request, location string) error {
	if len(location) > maxLocation && acceptsPage(r) {
		return h.onward(w, r, location, "")
	}
	redirect(w, r, location)
	return nil
}

// leave sends a browser to an application. afterForm is set if one of our own forms
// led here. Then a redirect would not be enough: Chromium applies the form-action
// of the page with the form to every redirect that follows (CSP §6.4.1), including
// those of the application, which cannot be listed. A page ends that chain. The
// link of an app's own scheme has no further redirects, and mobile browsers open it
// only while the person's click still counts.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request, location, app string, afterForm bool) error {
	if acceptsPage(r) && (len(location) > maxLocation || afterForm && oauth.Origin(location) != "") {
		return h.onward(w, r, location, app)
	}
	redirect(w, r, location)
	return nil
}

// acceptsPage reports whether the client shows pages, as every browser does. A
// program that follows redirects does not ask for HTML.
func acceptsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// redirect sends a client to another address. After a POST it must not send the
// body again (RFC 9700 §4.12).
func redirect(w http.ResponseWriter, r *http.Request, location string) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	header := w.Header()
	header["Cache-Control"] = noStore
	header["Referrer-Policy"] = noReferrer
	header["Location"] = []string{location}
	w.WriteHeader(status)
}

type onwardPage struct {
	App  string            // the name of the application, or empty
	Href template.HTMLAttr // the attribute href of the link
}

// onward shows a page that continues to another address at once, without a script.
// Like a redirect, it works in a frame of another site.
func (h *Handler) onward(w http.ResponseWriter, r *http.Request, location, app string) error {
	title := ui.Text{"button.continue"}
	if app != "" {
		title = ui.Text{"onward.heading", "app", app}
	}
	return h.Pages.Render(w, r, http.StatusOK, "onward", ui.View{
		Title: title, Narrow: true, GoTo: location, Framable: true,
		// The address is not normalized, because clients compare it byte by byte.
		Data: onwardPage{App: app, Href: template.HTMLAttr(`href="` + html.EscapeString(location) + `"`)}, //nolint:gosec // escaped, and never a script: see leave
	})
}

// appScheme returns the source expression that allows a form's answer to redirect
// to an app with its own scheme, or nil. A request of a device has no redirect URI.
func appScheme(redirectURI string) []string {
	if redirectURI == "" || oauth.Origin(redirectURI) != "" {
		return nil
	}
	scheme, _, _ := strings.Cut(redirectURI, ":")
	return []string{scheme + ":"}
}
