package web

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// If Settings.LoginProvidersOnly is set, the login page offers only the login providers. With
// one provider, it is not shown at all. Administrators find the form for the password at the
// same address with the parameter local.

// passLoginPage sends a person to the only login provider. It returns false if the page must be
// shown: to choose a provider, or another person at the provider, or after a logout.
// A person who is logged in always sees it. So a login that did not do what an application
// requires is never repeated without the person (a redirect loop).
func (h *Handler) passLoginPage(w http.ResponseWriter, r *http.Request, next string) (passed bool, err error) {
	query := r.URL.Query()
	if !h.Accounts.LoginProvidersOnly || r.Method != http.MethodGet || query.Get("local") != "" || query.Get("other") != "" || h.hasLoggedOut(r) {
		return false, nil
	}
	all, err := h.Providers.All(r.Context())
	if err != nil || len(all) != 1 {
		return false, err
	}
	user, _, err := h.user(r)
	if err != nil || user != nil {
		return false, err
	}
	return true, h.toOnlyProvider(w, r, all[0], next)
}

// toOnlyProvider sends a person to a provider. The form of another page may have led here, so
// a redirect would not be enough; see leave.
func (h *Handler) toOnlyProvider(w http.ResponseWriter, r *http.Request, p *upstream.Provider, next string) error {
	if p.HasPasswords() {
		return h.redirect(w, r, h.providerURL(p, next))
	}
	location, err := h.loginLocation(w, r, p, loginState{Next: next})
	if err != nil {
		return err
	}
	return h.leave(w, r, location, p.Button(), true)
}

// providerURL returns the address of this server that leads to the login at a provider.
func (h *Handler) providerURL(p *upstream.Provider, next string) string {
	address := h.base + "/login/with/" + p.Name + "/"
	if next != "/" {
		address += "?next=" + url.QueryEscape(next)
	}
	return address
}

// otherWaysURL returns the login page for a person who did not log in at a provider. It does not send them back to that provider.
func (h *Handler) otherWaysURL(next string) string {
	if !h.Accounts.LoginProvidersOnly {
		return h.loginURL(next)
	}
	return h.loginURL(next) + "&other=yes"
}

// onlyProviders prepares a login page that offers only the login providers.
func (h *Handler) onlyProviders(r *http.Request, page *loginPage) {
	page.Local = r.URL.Query().Get("local") != ""
	page.ProvidersOnly = !page.Local
	page.LocalURL = h.loginURL(page.Next) + "&local=yes"
	page.SignUpURL = ""
	if page.Local {
		page.InviteURL = ""
		return
	}
	page.PasskeyURL, page.ResetURL = "", ""
	if h.hasLoggedOut(r) || r.URL.Query().Get("other") != "" {
		for i := range page.Providers {
			page.Providers[i].URL = withOther(page.Providers[i].URL)
		}
	}
}

// withOther returns the address of a button with which the person can choose another account at
// the provider.
func withOther(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := u.Query()
	query.Set("other", "yes")
	u.RawQuery = query.Encode()
	return u.String()
}

// hasLoggedOut reports whether the last person has logged out in this browser, so that nobody
// must be logged in again without pressing a button.
func (h *Handler) hasLoggedOut(r *http.Request) bool {
	cookie, err := r.Cookie(h.cookieName(logoutCookie))
	return err == nil && cookie.Value != ""
}

// keepLogout stores in the browser that the person has logged out, until the next login or until
// the browser is closed.
func (h *Handler) keepLogout(w http.ResponseWriter) {
	if h.Host == nil && h.Accounts.LoginProvidersOnly {
		h.setCookie(w, logoutCookie, "yes", 0)
	}
}

// forgetLogout is called after a login.
func (h *Handler) forgetLogout(w http.ResponseWriter, r *http.Request) {
	if h.hasLoggedOut(r) {
		h.setCookie(w, logoutCookie, "", -1)
	}
}
