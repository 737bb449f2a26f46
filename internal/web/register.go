package web

import (
	"errors"
	"mime"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// register is the registration endpoint (RFC 7591 §3).
func (h *Handler) register(w http.ResponseWriter, r *http.Request) error {
	authorization, body, err := registration(w, r)
	if err != nil {
		return err
	}
	information, err := h.OAuth.Register(r.Context(), authorization, body)
	return h.registered(w, http.StatusCreated, information, err)
}

// manageRegistration is the client configuration endpoint (RFC 7592 §2).
func (h *Handler) manageRegistration(w http.ResponseWriter, r *http.Request) error {
	authorization, body, err := registration(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("client")
	switch r.Method {
	case http.MethodPut:
		information, err := h.OAuth.UpdateRegistration(r.Context(), authorization, id, body)
		return h.registered(w, http.StatusOK, information, err)
	case http.MethodDelete:
		return h.registered(w, http.StatusNoContent, nil, h.OAuth.DeleteRegistration(r.Context(), authorization, id))
	}
	information, err := h.OAuth.ReadRegistration(r.Context(), authorization, id)
	return h.registered(w, http.StatusOK, information, err)
}

// registration reads a request to one of these endpoints. Scripts of every origin can
// send it and read the answer, because it has no cookies.
func registration(w http.ResponseWriter, r *http.Request) (authorization string, body []byte, err error) {
	header := w.Header()
	header["Cache-Control"], header["Pragma"] = noStore, noCache
	header["Access-Control-Allow-Origin"] = anyOrigin
	header.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
	if authorization, err = authorizationHeader(r); err != nil || (r.Method != http.MethodPost && r.Method != http.MethodPut) {
		return authorization, nil, err
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		return "", nil, &statusError{
			http.StatusUnsupportedMediaType,
			oauth.Errorf(oauth.CodeInvalidRequest, "Send the client metadata as JSON: Content-Type application/json."),
		}
	}
	text, err := readBody(w, r)
	return authorization, []byte(text), err
}

// registered writes the answer of one of these endpoints.
func (h *Handler) registered(w http.ResponseWriter, status int, information map[string]any, err error) error {
	rejected, isOAuth := errors.AsType[*oauth.Error](err)
	switch {
	case isOAuth && rejected.Reason == provider.ReasonNoToken:
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+h.base+`"`)
		return &statusError{http.StatusUnauthorized, rejected}
	case isOAuth && rejected.Code == oauth.CodeInvalidToken:
		// RFC 6750 §3.
		w.Header().Set("WWW-Authenticate", `Bearer error="`+rejected.Code+`", error_description="`+rejected.Description+`"`)
		return &statusError{http.StatusUnauthorized, rejected}
	case isOAuth && rejected.RetryAfter > 0:
		return &statusError{http.StatusTooManyRequests, rejected}
	case isOAuth && rejected.Code == oauth.CodeAccessDenied:
		return &statusError{http.StatusForbidden, rejected}
	case err != nil:
		return err
	case information == nil:
		w.WriteHeader(status)
	default:
		writeJSON(w, status, information)
	}
	return nil
}
