package web

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// The names of the cookies. With https they have the prefix __Host-, so that no
// other host of the domain can set them.
const (
	sessionCookie = "lk_session" // the login session
	browserCookie = "lk_browser" // binds sealed authorization requests to this browser; see ensureBrowser
	stateCookie   = "lk_state"   // changes with the session; read by check_session.js
	deviceCookie  = "lk_device"  // marks a browser in which people have logged in before
	resetCookie   = "lk_reset"   // the authorization request that continues after a password reset
	themeCookie   = "lk_theme"   // "light" or "dark", if the person chose one
	logoutCookie  = "lk_out"     // the last person has logged out; see hasLoggedOut
	methodCookie  = "lk_method"  // how the last person logged in; see lastMethod
	offerCookie   = "lk_offer"   // a passkey was offered in this browser; see afterLogin
	// languageCookie is the language that the person chose on a page or in their profile;
	// see languageChoice.
	languageCookie    = "lk_language"
	languageCookieTTL = 365 * 24 * time.Hour
)

func (h *Handler) cookieName(name string) string {
	if h.secure {
		name = "__Host-" + name
	}
	return name + h.CookieSuffix
}

// setCookie sets a cookie that scripts cannot read. A maxAge of 0 means until
// the browser is closed, and a negative one deletes the cookie.
func (h *Handler) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: h.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// deviceMarks returns the device cookie of this browser, or "".
func (h *Handler) deviceMarks(r *http.Request) string {
	cookie, err := r.Cookie(h.cookieName(deviceCookie))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// markBrowser marks this browser as one in which the person has logged in.
func (h *Handler) markBrowser(w http.ResponseWriter, r *http.Request, user *account.User) {
	h.setDeviceCookie(w, h.Accounts.NewDeviceCookie(user, h.deviceMarks(r)))
}

// setDeviceCookie keeps a device cookie.
func (h *Handler) setDeviceCookie(w http.ResponseWriter, value string) {
	h.setCookie(w, deviceCookie, value, int((365 * 24 * time.Hour).Seconds()))
}

// browsers returns the random values that only this browser has. There are several
// if requests without one arrived at the same time, in several tabs: each answer
// sets a cookie with its own name, so that none replaces another.
func (h *Handler) browsers(r *http.Request) (values []string) {
	prefix := strings.TrimSuffix(h.cookieName(browserCookie), h.CookieSuffix)
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, prefix) && strings.HasSuffix(cookie.Name, h.CookieSuffix) && len(cookie.Value) >= len(rand.Text()) {
			values = append(values, cookie.Value)
		}
	}
	return values
}

// ensureBrowser returns one of these values. If the browser has none, it sets one.
func (h *Handler) ensureBrowser(w http.ResponseWriter, r *http.Request) string {
	if values := h.browsers(r); len(values) > 0 {
		return values[0]
	}
	value := rand.Text()
	h.setCookie(w, browserCookie+"_"+rand.Text()[:6], value, 0)
	return value
}
