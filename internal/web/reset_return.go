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
	// maxResetHandle is the length of the longest handle that is kept. Browsers
	// keep cookies of up to 4 KB, and a default nginx accepts 4 KB of response
	// headers in all.
	maxResetHandle = 2500
)

// requestToReturnTo returns what identifies the authorization request that
// continues at next, and its handle if this browser can keep it.
func (h *Handler) requestToReturnTo(r *http.Request, next string) (back account.Return, handle string) {
	req := h.pendingRequest(r, next)
	u, err := url.Parse(next)
	if req == nil || err != nil {
		return account.Return{}, ""
	}
	back.Application = req.ClientID
	if handle = u.Query().Get("resume"); len(handle) > maxResetHandle {
		return back, ""
	}
	back.Request = rand.Text()
	return back, handle
}

// keepRequest keeps the request in this browser.
func (h *Handler) keepRequest(w http.ResponseWriter, back account.Return, handle string) {
	if handle != "" {
		h.setCookie(w, resetCookie, back.Request+"."+handle, int(resetCookieTTL.Seconds()))
	}
}

// linksAfterReset returns the links of the page after a reset.
func (h *Handler) linksAfterReset(w http.ResponseWriter, r *http.Request, back account.Return) []ui.Link {
	if next := h.keptRequest(r, back); next != "" {
		h.setCookie(w, resetCookie, "", -1)
		return []ui.Link{{Text: "Log in", URL: h.loginURL(next)}}
	}
	links := []ui.Link{{Text: "Log in", URL: h.loginURL("/")}}
	if back.Application == "" {
		return links
	}
	// The password has been changed, even if the application cannot be found now.
	if client, err := h.OAuth.Application(r.Context(), back.Application); err == nil && client.HomepageURL != "" {
		links = append(links, ui.Link{Text: "Back to " + ui.Isolate(clientName(client)), URL: client.HomepageURL})
	}
	return links
}

// keptRequest returns the path at which the request continues, or "" if this
// browser does not have it, or the request has expired.
func (h *Handler) keptRequest(r *http.Request, back account.Return) string {
	cookie, err := r.Cookie(h.cookieName(resetCookie))
	if err != nil || back.Request == "" {
		return ""
	}
	request, handle, _ := strings.Cut(cookie.Value, ".")
	next := h.base + "/authorize/?resume=" + handle
	if request != back.Request || h.pendingRequest(r, next) == nil {
		return ""
	}
	return next
}
