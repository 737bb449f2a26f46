package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// authorize is the authorization endpoint (RFC 6749 §3.1), by GET or POST, and
// the page on which the person decides. A request may come from any site, but a
// decision only from our own page. HEAD is not allowed, because a request can
// give permission that the person has given before.
func (h *Handler) authorize(w http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodGet:
		if strings.Contains(r.URL.RawQuery, "resume=") {
			if query := r.URL.Query(); query.Get("resume") != "" && !isRequest(query) {
				return h.resume(w, r, query.Get("resume"))
			}
		}
		return h.begin(w, r, r.URL.RawQuery)
	case http.MethodPost:
		return h.authorizePost(w, r)
	}
	return methodNotAllowed(w, r, "GET, POST")
}

func (h *Handler) authorizePost(w http.ResponseWriter, r *http.Request) error {
	body, err := readForm(w, r)
	if err != nil {
		return h.authorizationEnded(r, "", nil, err)
	}
	form, err := url.ParseQuery(body)
	fromElsewhere := h.checkOrigin(r)
	switch {
	case err == nil && (form.Has("decision") || form.Has("allow")) && !isRequest(form):
		if fromElsewhere != nil {
			return fromElsewhere
		}
		r.PostForm = form // which the page of a temporary failure sends again
		if err := h.decide(w, r, form); err != nil {
			return &formError{err}
		}
		return nil
	case fromElsewhere != nil:
		return h.handOver(w, r, body)
	}
	return h.begin(w, r, body)
}

// isRequest reports whether the parameters are an authorization request, which
// always has a client_id. Then parameters of our own pages have no meaning (RFC
// 6749 §3.1).
func isRequest(form url.Values) bool { return form.Has("client_id") || form.Has("response_type") }

// handOver continues the POST of another site as a GET of our own. Browsers send
// our cookies only with the GET, because the cookies are SameSite=Lax. Until
// then it is not known who is logged in, and no cookie must be set. The checked
// request is sent in a handle, which is always short enough for a URL.
func (h *Handler) handOver(w http.ResponseWriter, r *http.Request, encoded string) error {
	var (
		req    *provider.AuthorizationRequest
		handle string
	)
	p, err := provider.ParseParams(encoded)
	if err == nil {
		req, err = h.beginRequest(r, p)
	}
	if err == nil {
		handle, err = h.OAuth.Seal(req, "")
	}
	if err == nil {
		err = h.redirect(w, r, h.base+"/authorize/?resume="+handle)
	}
	return h.authorizationEnded(r, p.Get("client_id"), req, err)
}

// begin starts an authorization request from its encoded parameters.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, encoded string) error {
	var req *provider.AuthorizationRequest
	p, err := provider.ParseParams(encoded)
	if err == nil {
		req, err = h.beginRequest(r, p)
	}
	if err == nil {
		err = h.proceed(w, r, req)
	}
	return h.authorizationEnded(r, p.Get("client_id"), req, err)
}

// resume continues a request after the person used another page.
func (h *Handler) resume(w http.ResponseWriter, r *http.Request, handle string) error {
	req, err := h.openRequest(r, handle)
	switch {
	case err != nil:
	case req.Switch && h.Host != nil:
		err = h.resumeSwitch(w, r, req)
	default:
		err = h.proceed(w, r, req)
	}
	return h.authorizationEnded(r, "", req, err)
}

// authorizationEnded reports the failure of an authorization request, and adds
// to the error where the answer goes.
func (h *Handler) authorizationEnded(r *http.Request, clientID string, req *provider.AuthorizationRequest, err error) error {
	if err == nil {
		return nil
	}
	if req != nil {
		clientID = req.ClientID
	}
	e := provider.OutcomeEvent(r.Context(), oauth.EventAuthorization, "", err)
	if req != nil {
		e.ClientID = req.ClientID
	}
	if e.Outcome == oauth.CodeAccessDenied { // the person allowed no scope
		e.Subject = h.subjectForEvent(r)
	}
	h.report(r, e)
	flow := flowOf(req)
	switch {
	case req != nil && req.Device != nil, errors.Is(err, provider.ErrClientGone):
		req = nil // the person sees the error, because there is nowhere to send them
	case errors.Is(err, provider.ErrNoCookie):
		if insecure := ui.CheckReferer(oauth.Origin(h.OAuth.Issuer), oauth.LoopbackHost, r); insecure != nil {
			req, err = nil, insecure // starting again over http would also fail
		}
	case errors.Is(err, provider.ErrCancelled):
		err = &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"problem.cancelled_heading"}, Err: err,
			Text:   ui.Text{"problem.cancelled"},
			Advice: ui.Text{"problem.answered_advice"},
		}
	case errors.Is(err, oauth.ErrConflict):
		err = &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"problem.answered_heading"}, Err: err,
			Text:   ui.Text{"problem.answered"},
			Advice: ui.Text{"problem.answered_advice"},
		}
	}
	return &requestError{clientID, req, flow, err}
}

// proceed does the next step. Only this function decides with provider.Next; onwardLink
// shows why a person was sent away.
func (h *Handler) proceed(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	person, err := h.person(r)
	if err != nil {
		return err
	}
	step, err := h.OAuth.Next(r.Context(), req, person.Authentication)
	h.noteStep(req, step, person.Authentication != nil)
	if err != nil {
		return h.personSentBack(w, r, req, person, err)
	}
	if page := step == provider.StepSelectAccount || step == provider.StepConsent; page && req.Pushed != "" && !req.Resumed {
		// The request_uri expires soon, so the page has another URL, and can be reloaded.
		return h.detour(w, r, req, func(resume string) string { return resume })
	}
	switch step {
	case provider.StepDone:
		return h.approve(w, r, req, person, req.RequestedScopes(), false)
	case provider.StepLogin, provider.StepSignUp:
		return h.logInFor(w, r, req, person, step)
	case provider.StepSelectAccount:
		return h.selectAccount(w, r, req, person)
	case provider.StepSecondFactor, provider.StepAddFactor:
		return h.detour(w, r, req, func(next string) string { return h.factorURL(step, next) })
	}
	return h.consent(w, r, req, person, nil)
}

// detour sends the person to another page, which sends them back to continue
// with the request.
func (h *Handler) detour(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, page func(next string) string) error {
	handle, err := h.seal(w, r, req)
	if err != nil {
		return err
	}
	return h.redirect(w, r, page(h.base+"/authorize/?resume="+handle))
}

// seal returns the request in a form that only this browser can resume.
func (h *Handler) seal(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) (handle string, err error) {
	return h.OAuth.Seal(req, h.ensureBrowser(w, r))
}
