package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// logout ends the login session: for the person, or for an application that sends
// them here (OpenID Connect RP-Initiated Logout 1.0). The person is asked first,
// unless the request has an ID token that was issued to them, because another site
// must not be able to log people out. An invalid request also leads to the
// question, but never to a redirect (§3).
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	encoded, err := r.URL.RawQuery, error(nil)
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		encoded, err = readBody(w, r)
	default:
		return methodNotAllowed(w, r, "GET, POST")
	}
	var p oauth.Params
	if err == nil {
		p, err = provider.ParseParams(encoded)
	}
	req := new(provider.LogoutRequest)
	if err == nil {
		req, err = h.OAuth.Logout(r.Context(), p)
	}
	if rejected, ok := errors.AsType[*oauth.Error](err); ok {
		h.recordRejection(r, ui.NewErrorID(w), p.Get("client_id"), rejected)
		p, req, err = nil, new(provider.LogoutRequest), nil
	}
	switch {
	case err != nil:
		return err
	case r.Method == http.MethodPost && h.checkOrigin(r) != nil:
		return h.redirect(w, r, h.base+"/logout/?"+logoutQuery(p, req))
	}
	return h.logoutRequested(w, r, p, req)
}

// logoutQuery returns the parameters with which the POST of another site is
// continued as a GET of our own, because browsers send our cookies only with the
// GET. Without an ID token that is too long for a URL, the person is asked.
func logoutQuery(p oauth.Params, req *provider.LogoutRequest) string {
	const longest = 7000
	query := url.Values{}
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if value := p.Get(name); value != "" {
			query.Set(name, value)
		}
	}
	if encoded := query.Encode(); len(encoded) <= longest || req.Client == nil {
		return encoded
	}
	query.Del("id_token_hint")
	query.Set("client_id", req.Client.ID)
	if len(query.Encode()) > longest {
		query.Del("state")
	}
	return query.Encode()
}

func (h *Handler) logoutRequested(w http.ResponseWriter, r *http.Request, p oauth.Params, req *provider.LogoutRequest) error {
	person, err := h.sessionOwner(r)
	if err != nil {
		return err
	}
	loggedIn := person.Authentication != nil
	next := localPath(cmp.Or(p.Get("next"), r.URL.Query().Get("next")), "")
	if req.Client != nil {
		next = "" // a parameter of our own pages has no meaning in the request of an application
	}
	confirmed := r.Method == http.MethodPost && h.origin.Check(r) == nil // the form of one of our own pages
	if loggedIn && !confirmed && !h.OAuth.HintMatches(req, *person.Authentication) {
		return h.confirmLogout(w, r, person, p, req, next)
	}
	var sessionID string
	if loggedIn {
		sessionID = person.SessionID
	}
	from, err := h.providerOfSession(r)
	if err != nil {
		return err
	}
	frames, err := h.endSessionOf(w, r, sessionID)
	if err != nil {
		return err
	}
	if !confirmed {
		next = ""
	}
	return h.afterLogout(w, r, loggedOut{frames: frames, req: req, next: next, from: from})
}

// endSessionOf ends the session of the browser, and returns the addresses that
// notify the applications of it. They are read before the session ends, so that
// nothing has changed if they cannot be read, and again afterwards, because an
// application may have joined the session in between.
func (h *Handler) endSessionOf(w http.ResponseWriter, r *http.Request, sessionID string) (frames []string, err error) {
	if sessionID == "" {
		return nil, h.endSession(w, r)
	}
	ctx := context.WithoutCancel(r.Context()) // a logout completes even if the browser is closed
	before, err := h.OAuth.FrontchannelLogouts(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	if err := h.endSession(w, r); err != nil {
		return nil, err
	}
	frames, err = h.OAuth.FrontchannelLogouts(ctx, sessionID)
	if err != nil {
		h.Logger.WarnContext(ctx, "the applications of an ended session could not be read again; the browser notifies those that were read before", "error", err.Error())
		return before, nil
	}
	return frames, nil
}

type logoutPage struct {
	// User is the name of the person, and App is the application that requests the logout, or
	// empty.
	// Next is where the person continues.
	User, App, Next string
	// Hint, ClientID, Location and State are parameters of the request.
	Hint, ClientID, Location, State string
}

// confirmLogout shows the page with the question whether to log out.
func (h *Handler) confirmLogout(w http.ResponseWriter, r *http.Request, person Person, p oauth.Params, req *provider.LogoutRequest, next string) error {
	data := logoutPage{
		User: person.Name, Next: next,
		Hint: p.Get("id_token_hint"), ClientID: p.Get("client_id"), Location: p.Get("post_logout_redirect_uri"), State: p.Get("state"),
	}
	if req.Client != nil {
		data.App = clientName(req.Client)
	}
	view := ui.View{Title: ui.Text{"logout.title"}, Narrow: true, Data: data}
	if req.Location != "" {
		view.FormAction = appScheme(req.Location)
	}
	return h.Pages.Render(w, r, http.StatusOK, "logout", view)
}
