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
// §3.2). It is the one page that others may frame: it shows nothing and does
// nothing but compare.
func (h *Handler) checkSession(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.refuseMethod(w, r, &methodError{"GET", "GET, HEAD"})
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header["Cache-Control"] = cacheMinutes
	_ = checkSessionPage.Execute(w, map[string]string{"Script": h.UI.Asset("check_session.js"), "Cookie": h.stateCookieName()})
}

// stateCookieName: the cookie is sent inside frames of other sites, which
// browsers allow over https alone.
func (h *Handler) stateCookieName() string { return h.cookieName(stateCookie) }

func (h *Handler) setBrowserState(w http.ResponseWriter, sessionID string) {
	cookie := &http.Cookie{ //nolint:gosec // the check-session page reads it; it is no secret
		Name: h.stateCookieName(), Path: "/", Secure: h.secure, SameSite: http.SameSiteLaxMode, MaxAge: -1,
	}
	if h.secure {
		cookie.SameSite = http.SameSiteNoneMode
	}
	if sessionID != "" {
		cookie.Value, cookie.MaxAge = h.OAuth.BrowserState(sessionID), 0
	}
	http.SetCookie(w, cookie)
}
