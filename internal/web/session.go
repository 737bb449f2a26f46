package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The cookies. Over https they have the __Host- prefix, so that no other host
// of the domain can set them.
const (
	sessionCookie = "lk_session" // the log-in session
	browserCookie = "lk_browser" // binds sealed requests to this browser
	stateCookie   = "lk_state"   // changes with the session, for the check-session page
	deviceCookie  = "lk_device"  // marks a browser in which its person logged in before
)

// ACRPassword is the authentication context class of a log-in with a password
// (OpenID Connect Core §2; the lowest level of ISO/IEC 29115 that is one).
const ACRPassword = "1"

// Session finds who is logged in.
func (h *Handler) Session(r *http.Request) (*account.User, account.Session, bool) {
	cookie, err := r.Cookie(h.cookieName(sessionCookie))
	if err != nil {
		return nil, account.Session{}, false
	}
	session, user, err := h.Accounts.Session(r.Context(), cookie.Value)
	if err != nil {
		return nil, account.Session{}, false
	}
	return user, session, true
}

// who tells the protocol who is logged in, and the page their name.
func (h *Handler) who(r *http.Request) (oauth.Authentication, string, bool) {
	if h.Who != nil {
		return h.Who(r)
	}
	user, session, ok := h.Session(r)
	if !ok {
		return oauth.Authentication{}, "", false
	}
	return oauth.Authentication{
		Subject: user.ID, SessionID: session.ID, AuthTime: session.AuthTime, ACR: ACRPassword, AMR: []string{"pwd"},
	}, user.DisplayName(), true
}

// endSession logs the person out. If the session could not be ended, the
// browser keeps it: nobody is told to be logged out who is not, and they can
// try again. Whoever closes the browser at once is logged out too.
func (h *Handler) endSession(w http.ResponseWriter, r *http.Request) error {
	if h.Who != nil {
		return nil // the host's own session is the host's to end
	}
	if cookie, err := r.Cookie(h.cookieName(sessionCookie)); err == nil {
		ctx := context.WithoutCancel(r.Context())
		id, err := h.Accounts.SessionID(ctx, cookie.Value)
		if err == nil && id != "" {
			err = h.OAuth.EndSessions(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	h.setCookie(w, sessionCookie, "", -1)
	h.setBrowserState(w, "")
	return nil
}

// browser is the random text that only this browser has, or "".
func (h *Handler) browser(r *http.Request) string {
	if cookie, err := r.Cookie(h.cookieName(browserCookie)); err == nil {
		return cookie.Value
	}
	return ""
}

// ensureBrowser gives it one if it has none.
func (h *Handler) ensureBrowser(w http.ResponseWriter, r *http.Request) string {
	if text := h.browser(r); len(text) >= len(rand.Text()) {
		return text
	}
	text := rand.Text()
	h.setCookie(w, browserCookie, text, 0)
	return text
}

func (h *Handler) cookieName(name string) string {
	if h.secure {
		return "__Host-" + name
	}
	return name
}

func (h *Handler) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: h.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Address is where the request came from. Only a proxy that was named as
// trusted can speak for another address.
func (h *Handler) Address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !h.trusts(addr) {
		if r.Header.Get("X-Forwarded-For") != "" {
			h.distrusted.Do(func() {
				h.Logger.WarnContext(r.Context(), "X-Forwarded-For is not believed: if this is your proxy, name it as a trusted one, or all people have one address and share its brakes on log-ins",
					"address", addr.String())
			})
		}
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && h.trusts(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next.Unmap().WithZone("") // which can be any bytes
	}
	return addr
}

func (h *Handler) trusts(addr netip.Addr) bool {
	for _, prefix := range h.TrustedProxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
