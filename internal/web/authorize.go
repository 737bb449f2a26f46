package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// authorize is the authorization endpoint (RFC 6749 §3.1), by GET or POST, and
// the page on which the person decides. Only a decision must come from our own
// page; a request may come from anywhere.
func (h *Handler) authorize(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet: // HEAD is no GET here: it could give permission that nobody sees
		if handle := r.URL.Query().Get("resume"); handle != "" {
			h.resume(w, r, handle)
			return
		}
		h.begin(w, r, r.URL.RawQuery)
	case http.MethodPost:
		h.authorizePost(w, r)
	default:
		h.refuseMethod(w, r, &methodError{"GET or POST", "GET, POST"})
	}
}

func (h *Handler) authorizePost(w http.ResponseWriter, r *http.Request) {
	if !isForm(r.Header.Get("Content-Type")) {
		h.refusePlainly(w, r, http.StatusUnsupportedMediaType, (&mediaTypeError{r.Header.Get("Content-Type")}).visible())
		return
	}
	body, err := readAll(w, r)
	if err != nil {
		h.refuseAuthorization(w, r, "", oauth.Errorf(oauth.CodeInvalidRequest, "The request is longer than %d bytes.", oauth.MaxParamsLength))
		return
	}
	form, err := url.ParseQuery(body)
	if err == nil && (form.Has("decision") || form.Has("allow")) {
		h.guarded(func(w http.ResponseWriter, r *http.Request) { h.decide(w, r, form) })(w, r)
		return
	}
	h.begin(w, r, body)
}

// begin takes an authorization request.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, encoded string) {
	p, err := provider.ParseParams(encoded)
	if err != nil {
		h.refuseAuthorization(w, r, p.Get("client_id"), err)
		return
	}
	req, err := h.OAuth.Begin(r.Context(), p)
	switch {
	case err != nil && req == nil:
		h.refuseAuthorization(w, r, p.Get("client_id"), err)
	case err != nil:
		h.sendBack(w, r, req, err)
	default:
		h.proceed(w, r, req)
	}
}

// resume goes on with a request after a page.
func (h *Handler) resume(w http.ResponseWriter, r *http.Request, handle string) {
	req, err := h.OAuth.Open(r.Context(), handle, h.browser(r))
	if err != nil {
		h.refuseAuthorization(w, r, "", err)
		return
	}
	h.proceed(w, r, req)
}

// proceed does what oauth.Next says, and is the only one to ask it.
func (h *Handler) proceed(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) {
	who, name, known := h.who(r)
	var authentication *oauth.Authentication
	if known {
		authentication = &who
	}
	step, err := h.OAuth.Next(r.Context(), req, authentication)
	if err != nil {
		h.sendBack(w, r, req, err)
		return
	}
	switch step {
	case provider.StepDone:
		h.approve(w, r, req, who, req.Asked(), false)
	case provider.StepLogin, provider.StepSignUp:
		handle, err := h.OAuth.Seal(req, h.ensureBrowser(w, r))
		if err != nil {
			h.failPerson(w, r, err)
			return
		}
		next := h.base + "/authorize/?resume=" + handle
		if step == provider.StepSignUp {
			redirect(w, r, h.base+"/signup/?next="+url.QueryEscape(next))
			return
		}
		redirect(w, r, h.loginURL(next))
	case provider.StepSelectAccount:
		h.selectAccount(w, r, req, name)
	case provider.StepConsent:
		h.consent(w, r, req, who, name, nil)
	}
}

// approve sends the browser back with a code.
func (h *Handler) approve(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, who oauth.Authentication, scope oauth.Scopes, decided bool) {
	answer, err := h.OAuth.Approve(r.Context(), req, who, scope, decided)
	switch {
	case errors.Is(err, oauth.ErrConflict):
		h.tell(r, provider.Ending(oauth.EventAuthorization, "", err))
		h.refusePerson(w, r, http.StatusConflict, &refusal{
			heading: "This was answered already", app: req.Client.Name, clientID: req.ClientID,
			text:   "You have given your answer to this request before, and the application has used it.",
			advice: "Go back to the application and start again from there.",
		})
	case err != nil:
		h.sendBack(w, r, req, err)
	default:
		h.tell(r, oauth.Event{Name: oauth.EventAuthorization, Outcome: oauth.OutcomeApproved})
		h.respond(w, r, req, answer)
	}
}

// sendBack takes an error to the client if it may see it; what is ours stays
// here.
func (h *Handler) sendBack(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, err error) {
	h.tell(r, provider.Ending(oauth.EventAuthorization, "", err))
	var visible *oauth.Error
	if !errors.As(err, &visible) {
		h.failPerson(w, r, err)
		return
	}
	h.note(w, r, req.ClientID, visible, "")
	h.respond(w, r, req, h.OAuth.Refuse(req, visible))
}

// refuseAuthorization ends an authorization request that cannot go back to the
// client.
func (h *Handler) refuseAuthorization(w http.ResponseWriter, r *http.Request, clientID string, err error) {
	h.tell(r, provider.Ending(oauth.EventAuthorization, "", err))
	h.refuseRequest(w, r, clientID, err)
}

// refuseRequest tells the person what is wrong with the link that sent them,
// because nobody knows yet, safely, where else to say it.
func (h *Handler) refuseRequest(w http.ResponseWriter, r *http.Request, clientID string, err error) {
	var visible *oauth.Error
	switch {
	case errors.As(err, &visible):
		h.refusePerson(w, r, http.StatusBadRequest, &refusal{
			heading: "This link does not work", text: visible.Description, detail: visible.Detail,
			code: visible.Code, reason: visible.Reason, clientID: clientID,
			advice: "The mistake is in the application that sent you here, not yours. Tell the people who run it, with the error id below.",
		})
	case errors.Is(err, provider.ErrRequestLost):
		h.refusePerson(w, r, http.StatusBadRequest, &refusal{
			heading: "This page is too old, or was opened in another browser", detail: err.Error(),
			text:   "A request for permission can only be answered within an hour, and in the browser in which it began.",
			advice: "Go back to the application and start again. If it happens at once, check that your browser accepts cookies.",
		})
	default:
		h.failPerson(w, r, err)
	}
}

// redirect sends a browser on; after a POST it must not repeat the body
// (RFC 9700 §4.12).
func redirect(w http.ResponseWriter, r *http.Request, location string) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Location", location)
	w.WriteHeader(status)
}
