package web

import (
	"net/http"
	"time"
)

// How a person logged in the last time in a browser. The login page then offers that first.
// It says nothing about who the person is.
const (
	methodPassword = "password"
	methodPasskey  = "passkey"
)

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
