package web

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// A person who forgot their password comes back with a link from an email. The
// authorization request continues only in the browser in which it began, which
// keeps it in a cookie: a link that continued it in any browser would let an
// attacker connect the account of the person with their own account at the
// application. In another browser, the person finds a link to the application.
const (
	resetCookieTTL = 30 * time.Minute // as long as the link is valid
	// maxResetHandle is the length of the longest handle in the cookie. Browsers
	// keep cookies of up to 4 KB, and a default nginx accepts 4 KB of response
	// headers in all. A longer handle is stored by the server, and the cookie has
	// its id.
	maxResetHandle = 2500
	// What follows the name of the reset in the cookie.
	handleFollows, idFollows = ".", "~"
)

// requestToReturnTo returns what identifies the authorization request that
// continues at next, and its handle.
func (h *Handler) requestToReturnTo(r *http.Request, next string) (back account.Return, handle string) {
	req := h.pendingRequest(r, next)
	u, err := url.Parse(next)
	if req == nil || err != nil {
		return account.Return{}, ""
	}
	return account.Return{Application: req.ClientID, Request: rand.Text()}, u.Query().Get("resume")
}

// keepRequest keeps the request for this browser. If that fails, the person continues
// at the start page of the application.
func (h *Handler) keepRequest(w http.ResponseWriter, r *http.Request, back account.Return, handle string) {
	kept := handleFollows + handle
	if len(handle) > maxResetHandle {
		err := h.Accounts.CountKeptRequest(r.Context())
		if err == nil {
			kept, err = h.OAuth.KeepRequest(r.Context(), handle, back.Request, back.Application, resetCookieTTL)
			kept = idFollows + kept
		}
		if err != nil {
			h.Logger.WarnContext(r.Context(), "an authorization request cannot be continued after a password reset", "client_id", back.Application, "error", err.Error())
			return
		}
	}
	if handle != "" {
		h.setCookie(w, resetCookie, back.Request+kept, int(resetCookieTTL.Seconds()))
	}
}

// linksAfterReset returns the links of the page after a reset.
func (h *Handler) linksAfterReset(w http.ResponseWriter, r *http.Request, back account.Return) []ui.Link {
	if next := h.keptRequest(r, back); next != "" {
		h.setCookie(w, resetCookie, "", -1)
		return []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL(next)}}
	}
	links := []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL("/")}}
	if back.Application == "" {
		return links
	}
	// The password has been changed, even if the application cannot be found now.
	if client, err := h.OAuth.Application(r.Context(), back.Application); err == nil && client.HomepageURL != "" {
		links = append(links, ui.Link{Text: backTo(client), URL: client.HomepageURL})
	}
	return links
}

// keptRequest returns the path at which the request continues, or "" if this
// browser does not have it, or the request has expired or cannot be read now.
func (h *Handler) keptRequest(r *http.Request, back account.Return) string {
	cookie, err := r.Cookie(h.cookieName(resetCookie))
	if err != nil || back.Request == "" {
		return ""
	}
	kept, ours := strings.CutPrefix(cookie.Value, back.Request)
	if !ours {
		return ""
	}
	handle, found := strings.CutPrefix(kept, handleFollows)
	if id, stored := strings.CutPrefix(kept, idFollows); stored {
		handle, err = h.OAuth.TakeRequest(r.Context(), id, back.Request, back.Application)
		found = err == nil && handle != ""
	}
	next := h.base + "/authorize/?resume=" + handle
	if !found || h.pendingRequest(r, next) == nil {
		return ""
	}
	return next
}
