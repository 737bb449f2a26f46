package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// themeCookieTTL is how long a browser keeps the choice of light or dark pages.
const themeCookieTTL = 365 * 24 * time.Hour

// Theme returns the address of the form in which people choose light or dark pages, and
// the name of the cookie with their choice, for ui.Options.
func Theme(issuer *url.URL, cookieSuffix string) (address, cookie string) {
	h := Handler{secure: issuer.Scheme == "https", Options: Options{CookieSuffix: cookieSuffix}}
	return issuer.EscapedPath() + "/theme/", h.cookieName(themeCookie)
}

// theme keeps the choice of light or dark pages in a cookie, and returns to the page on
// which the person chose. With any other value, pages are as the browser prefers.
func (h *Handler) theme(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed(w, r, "POST")
	}
	if name := r.PostForm.Get("theme"); ui.IsTheme(name) {
		h.setCookie(w, themeCookie, name, int(themeCookieTTL.Seconds()))
	} else {
		h.setCookie(w, themeCookie, "", -1)
	}
	return h.redirect(w, r, localPath(r.PostForm.Get("page"), "/"))
}
