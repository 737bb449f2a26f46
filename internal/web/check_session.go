package web

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed check_session.html
var checkSessionText string

var checkSessionPage = template.Must(template.New("check_session").Parse(checkSessionText))

// checkSession is the page that applications load into a frame to find out
// whether the person is still logged in (OpenID Connect Session Management
// §3.2). It is the only page that other sites can frame. It shows nothing, and
// only compares two values.
func (h *Handler) checkSession(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed(w, r, "GET, HEAD")
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header["Cache-Control"] = cacheMinutes
	w.WriteHeader(http.StatusOK)
	_ = checkSessionPage.Execute(w, map[string]string{"Script": h.UI.Asset("check_session.js"), "Cookie": h.cookieName(stateCookie)})
	return nil
}

// keepBrowserState sets the cookie of the check-session page for a session of the
// host, unless the browser has it.
func (h *Handler) keepBrowserState(w http.ResponseWriter, r *http.Request, p Person) {
	if h.Host == nil || h.Host.LogOut == nil || p.Authentication == nil || p.SessionID == "" {
		return
	}
	if cookie, err := r.Cookie(h.cookieName(stateCookie)); err != nil || cookie.Value != h.OAuth.BrowserState(p.SessionID) {
		h.setBrowserState(w, p.SessionID)
	}
}

// forgetBrowserState deletes that cookie if nobody is logged in. The host may have
// ended the session by itself. Only a request for a page that the person opens shows
// this: a frame of another site is loaded without the cookies of the host.
func (h *Handler) forgetBrowserState(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(h.cookieName(stateCookie)); err == nil && r.Header.Get("Sec-Fetch-Dest") == "document" {
		h.setBrowserState(w, "")
	}
}

// setBrowserState sets the cookie that the check-session page reads. Browsers
// send it inside a frame of another site, which requires SameSite=None, and so
// https.
func (h *Handler) setBrowserState(w http.ResponseWriter, sessionID string) {
	cookie := &http.Cookie{ //nolint:gosec // a script reads it; it is not secret
		Name: h.cookieName(stateCookie), Path: "/", Secure: h.secure, SameSite: http.SameSiteLaxMode, MaxAge: -1,
	}
	if h.secure {
		cookie.SameSite = http.SameSiteNoneMode
	}
	if sessionID != "" {
		cookie.Value, cookie.MaxAge = h.OAuth.BrowserState(sessionID), 0
	}
	http.SetCookie(w, cookie)
}
