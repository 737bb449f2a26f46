package web

import (
	"net/http"
	"net/url"

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
		if handle := r.URL.Query().Get("resume"); handle != "" {
			return h.resume(w, r, handle)
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
	if err != nil || (!form.Has("decision") && !form.Has("allow")) {
		return h.begin(w, r, body)
	}
	if err := h.checkOrigin(r); err != nil {
		return err
	}
	return h.decide(w, r, form)
}

// begin starts an authorization request from its encoded parameters.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, encoded string) error {
	var req *provider.AuthorizationRequest
	p, err := provider.ParseParams(encoded)
	if err == nil {
		req, err = h.OAuth.Begin(r.Context(), p)
	}
	if err == nil {
		err = h.proceed(w, r, req)
	}
	return h.authorizationEnded(r, p.Get("client_id"), req, err)
}

// resume continues a request after the person used another page.
func (h *Handler) resume(w http.ResponseWriter, r *http.Request, handle string) error {
	req, err := h.OAuth.Open(r.Context(), handle, h.browser(r))
	if err == nil {
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
	h.report(r, provider.OutcomeEvent(oauth.EventAuthorization, "", err))
	return &requestError{clientID, req, err}
}

// proceed does the next step. Only this function calls provider.Next.
func (h *Handler) proceed(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	person, err := h.person(r)
	if err != nil {
		return err
	}
	step, err := h.OAuth.Next(r.Context(), req, person.Authentication)
	if err != nil {
		return err
	}
	switch step {
	case provider.StepDone:
		return h.approve(w, r, req, person, req.RequestedScopes(), false)
	case provider.StepLogin:
		return h.detour(w, r, req, h.loginURL)
	case provider.StepSignUp:
		return h.detour(w, r, req, h.signUpURL)
	case provider.StepSelectAccount:
		return h.selectAccount(w, r, req, person)
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
