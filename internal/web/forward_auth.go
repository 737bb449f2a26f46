package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// forwardCookie is the login at a protected host. Its name also has a part for the
// application, because several can have the same host.
const forwardCookie = "lk_forward"

// forwardLogout is the path of a protected host that logs the person out.
const forwardLogout = "/.latchkey/logout"

// A forwardedRequest is a request for a protected host, as a proxy describes it.
type forwardedRequest struct {
	provider.ForwardRequest
	path, query string // of the Target
	method      string
	webSocket   bool
}

// forwardAuth checks, for a proxy, whether a person who is logged in at a protected host
// made a request for it. With redirects, it sends other people to the login, and
// serves the paths below /.latchkey/ of the protected host.
func (h *Handler) forwardAuth(redirects bool) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header()["Cache-Control"] = noStore
		f, err := h.readForwarded(r)
		switch {
		case err != nil:
			return err
		case redirects && f.path == provider.ForwardCallback:
			return h.forwardCallback(w, r, f)
		case redirects && f.path == forwardLogout:
			return h.forwardLogOut(w, r, f)
		}
		return h.checkForwarded(w, r, f, redirects)
	}
}

// forwardLogin returns the cookie of a protected host, or "".
func (h *Handler) forwardLogin(r *http.Request, f forwardedRequest) string {
	cookie, err := r.Cookie(h.cookieName(forwardCookieName(f.ClientID)))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// forwardLogOut revokes the token of a login at a protected host, deletes its cookie, and
// continues at the logout page. If the revocation fails, the browser keeps the cookie, and
// the person can try again.
func (h *Handler) forwardLogOut(w http.ResponseWriter, r *http.Request, f forwardedRequest) error {
	if f.method != http.MethodGet {
		return methodNotAllowed(w, r, "GET")
	}
	if login := h.forwardLogin(r, f); login != "" {
		if err := h.OAuth.EndForward(r.Context(), f.ForwardRequest, login); err != nil {
			return forwardProblem(err)
		}
		h.setCookie(w, forwardCookieName(f.ClientID), "", -1)
	}
	redirect(w, r, h.OAuth.Issuer+"/logout/")
	return nil
}

func (h *Handler) checkForwarded(w http.ResponseWriter, r *http.Request, f forwardedRequest, redirects bool) error {
	person, err := h.OAuth.CheckForward(r.Context(), f.ForwardRequest, h.forwardLogin(r, f))
	switch {
	case err != nil:
		return forwardProblem(err)
	case person == nil && redirects && f.navigates(r):
		location, err := h.OAuth.BeginForward(r.Context(), f.ForwardRequest, h.ensureBrowser(w, r))
		if err != nil {
			return forwardProblem(err)
		}
		redirect(w, r, location)
		return nil
	case person == nil:
		h.forwardText(w, r, http.StatusUnauthorized, ui.Text{"forward.logged_out"})
		return nil
	case person.Denied != nil:
		h.recordRejection(r, errorID(w, r), f.ClientID, person.Denied)
		h.forwardText(w, r, http.StatusForbidden, ui.Text{"forward.forbidden"})
		return nil
	case f.webSocket:
		if origin := r.Header.Get("Origin"); origin != "" {
			switch allowed, err := h.OAuth.ForwardAllowsOrigin(r.Context(), f.ForwardRequest, origin); {
			case err != nil:
				return forwardProblem(err)
			case !allowed:
				return &statusError{http.StatusForbidden, oauth.Errorf(oauth.CodeAccessDenied, "A page of another website cannot open this WebSocket.")}
			}
		}
	}
	describe(w.Header(), person)
	w.WriteHeader(http.StatusOK)
	return nil
}

// describe sets the headers that the proxy adds to the request. All of them are always
// set, so that a proxy that copies them replaces those that a client sent.
func describe(header http.Header, p *provider.ForwardPerson) {
	for name, value := range map[string]string{
		"Remote-Subject": p.Subject, "Remote-User": p.Username, "Remote-Name": p.Name, "Remote-Email": p.Email, "Remote-Groups": strings.Join(p.Groups, ","),
	} {
		header.Set(name, strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, value))
	}
}

// forwardCallback completes a login at a protected host.
func (h *Handler) forwardCallback(w http.ResponseWriter, r *http.Request, f forwardedRequest) error {
	query, err := url.ParseQuery(f.query)
	if err != nil {
		return badForward("the query of the callback cannot be read")
	}
	answer := provider.ForwardAnswer{State: query.Get("state"), Code: query.Get("code"), Error: query.Get("error")}
	var target, cookie string
	var lifetime time.Duration
	var finished error
	err = h.Accounts.CheckForwardCallback(r.Context(), h.Address(r), func() (err error) {
		target, cookie, lifetime, finished = h.OAuth.FinishForward(r.Context(), f.ForwardRequest, answer, h.browsers(r)...)
		return notGuessed(finished)
	})
	if errors.Is(err, account.ErrNotChecked) {
		err = finished
	}
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		return &ui.Problem{Status: http.StatusTooManyRequests, Text: ui.Text{"form.throttled", "duration", minutes(throttled.RetryAfter)}, Err: err}
	}
	rejected, isOAuth := errors.AsType[*oauth.Error](err)
	switch {
	case errors.Is(err, provider.ErrForwardState):
		return &ui.Problem{Status: http.StatusBadRequest, Text: ui.Text{"forward.expired"}, Err: err}
	case isOAuth && rejected.Code == oauth.CodeTemporarilyUnavailable, err != nil && !isOAuth:
		return err
	case isOAuth && target == "":
		return forwardProblem(err)
	case isOAuth:
		return &ui.Problem{Status: http.StatusForbidden, Text: ui.Text{"forward.failed", "url", f.Origin + target}, Err: err}
	}
	h.setCookie(w, forwardCookieName(f.ClientID), cookie, max(1, int(lifetime/time.Second)))
	redirect(w, r, f.Origin+target)
	return nil
}

// notGuessed returns an error of a callback so that it counts only if the code was wrong. A
// state that cannot be opened, a person who refused, and a Store that fails are not guesses.
func notGuessed(err error) error {
	rejected, ok := errors.AsType[*oauth.Error](err)
	if err == nil || ok && rejected.Code == oauth.CodeInvalidGrant {
		return err
	}
	return fmt.Errorf("%w: %w", account.ErrNotChecked, err)
}

// readForwarded reads the headers of a proxy. Only trusted proxies may ask, because
// anybody else could describe a request that nobody made.
func (h *Handler) readForwarded(r *http.Request) (f forwardedRequest, err error) {
	if !h.fromProxy(r) {
		return f, &statusError{http.StatusForbidden, oauth.Errorf(oauth.CodeAccessDenied, "Only a trusted proxy can use this endpoint.").
			WithDetail("the address of the sender is not that of a trusted proxy; if it is your proxy, add it to " + trustedProxies)}
	}
	values := make(map[string]string, 4)
	for _, name := range []string{"Method", "Proto", "Host", "Uri"} {
		list := r.Header.Values("X-Forwarded-" + name)
		if len(list) != 1 || list[0] == "" {
			return f, badForward("the proxy must send exactly one header X-Forwarded-" + name)
		}
		values[name] = list[0]
	}
	scheme := values["Proto"]
	if ws, found := strings.CutPrefix(scheme, "ws"); found && (ws == "" || ws == "s") {
		scheme = "http" + ws // of a WebSocket, as Traefik writes it
	}
	address, err := url.Parse(scheme + "://" + values["Host"])
	if err != nil || address.Host != values["Host"] || address.Port() == "" && strings.HasSuffix(address.Host, ":") {
		return f, badForward("X-Forwarded-Host is not a host")
	}
	target := values["Uri"]
	if !strings.HasPrefix(target, "/") || strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' || r == '\\' }) {
		return f, badForward("X-Forwarded-Uri is not a path with a query")
	}
	f = forwardedRequest{
		ForwardRequest: provider.ForwardRequest{ClientID: r.PathValue("client"), Origin: oauth.Origin(address.String()), Target: target},
		method:         values["Method"], webSocket: wantsWebSocket(r) || scheme != values["Proto"],
	}
	f.path, f.query, _ = strings.Cut(target, "?")
	return f, nil
}

// fromProxy reports whether a request comes from one of the TrustedProxies, or over a Unix
// socket; see Address.
func (h *Handler) fromProxy(r *http.Request) bool {
	if overUnixSocket(r) {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && h.trusts(peer.Addr().Unmap())
}

// wantsWebSocket reports whether a browser opens a WebSocket. Some proxies remove the
// header Upgrade when they ask.
func wantsWebSocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-WebSocket-Key") != "" || r.Header.Get("Sec-Fetch-Mode") == "websocket"
}

// navigates reports whether the answer is shown to a person, who can log in. Scripts,
// images, forms and WebSockets cannot be continued after a login.
func (f forwardedRequest) navigates(r *http.Request) bool {
	if f.method != http.MethodGet && f.method != http.MethodHead || f.webSocket {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return acceptsPage(r)
}

// forwardCookieName returns the name of the cookie for an application.
func forwardCookieName(clientID string) string {
	sum := sha256.Sum256([]byte(clientID))
	return forwardCookie + "_" + hex.EncodeToString(sum[:6])
}

// badForward returns the error for a request of a proxy that is not set up correctly.
func badForward(reason string) error {
	return &statusError{http.StatusBadRequest, oauth.Errorf(oauth.CodeInvalidRequest, "The proxy is not set up correctly: %s.", reason)}
}

// forwardProblem returns an error with the status that a proxy passes on.
func forwardProblem(err error) error {
	rejected, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	return &statusError{http.StatusForbidden, rejected}
}

// forwardText writes an answer for the person. It is plain text, because the styles of
// this server are not on the protected host.
func (h *Handler) forwardText(w http.ResponseWriter, r *http.Request, status int, text ui.Text) {
	http.Error(w, h.Pages.LanguageOf(r).Plain(text), status)
}
