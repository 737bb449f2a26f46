package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// How a person logged in the last time in a browser. The login page then offers that first.
// It says nothing about who the person is. The method for a login provider is methodProvider
// and the name of the provider.
const (
	methodPassword = "password"
	methodPasskey  = "passkey"
	methodProvider = "provider:"
)

// methodOf returns how the last login of a session began.
func methodOf(s account.Session) string {
	switch {
	case slices.Contains(s.Methods, account.MethodPassword), len(s.Methods) == 0:
		return methodPassword
	case s.Provider() != "":
		return methodProvider + s.Provider()
	}
	return methodPasskey
}

// lastMethod returns how a person logged in the last time in this browser, or "".
func (h *Handler) lastMethod(r *http.Request) string {
	cookie, err := r.Cookie(h.cookieName(methodCookie))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// keepMethod keeps how a person logged in.
func (h *Handler) keepMethod(w http.ResponseWriter, r *http.Request, method string) {
	if h.lastMethod(r) != method && (method != methodPassword || h.lastMethod(r) != "") {
		h.setCookie(w, methodCookie, method, int((365 * 24 * time.Hour).Seconds()))
	}
}

// lastFirst moves the button of the provider at which the last person in this browser logged in
// to the top of the page.
func (h *Handler) lastFirst(r *http.Request, page *loginPage) {
	last := slices.IndexFunc(page.Providers, func(p loginProvider) bool { return methodProvider+p.ID == h.lastMethod(r) })
	if last < 0 {
		return
	}
	first := page.Providers[last]
	first.Last = true
	page.Providers = slices.Insert(slices.Delete(page.Providers, last, last+1), 0, first)
	page.ProviderFirst, page.PasskeyFirst = true, false
}
