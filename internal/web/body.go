package web

import (
	"io"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// readParams reads the parameters of a request from its body. Parameters in the
// URL are rejected, because URLs are logged (RFC 6749 §2.3.1, §3.2).
func readParams(w http.ResponseWriter, r *http.Request) (oauth.Params, error) {
	if r.Method != http.MethodPost {
		return nil, methodNotAllowed(w, r, "POST, OPTIONS")
	}
	if r.URL.RawQuery != "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "This endpoint does not accept parameters in the URL. Send them in the body.")
	}
	if _, err := authorizationHeader(r); err != nil {
		return nil, err
	}
	body, err := readForm(w, r)
	if err != nil {
		return nil, err
	}
	return provider.ParseParams(body)
}

// authorizationHeader returns the Authorization header. A request with several
// is rejected, because a proxy could check one and this server another (RFC 6749
// §2.3, RFC 6750 §2).
func authorizationHeader(r *http.Request) (string, error) {
	if len(r.Header.Values("Authorization")) > 1 {
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The request has more than one Authorization header.").WithReason("malformed")
	}
	return r.Header.Get("Authorization"), nil
}

// readForm returns the body of a form without decoding it.
func readForm(w http.ResponseWriter, r *http.Request) (string, error) {
	if contentType := r.Header.Get("Content-Type"); !ui.IsForm(contentType) {
		return "", &statusError{
			http.StatusUnsupportedMediaType,
			oauth.Errorf(oauth.CodeInvalidRequest, "Send the parameters form-encoded: Content-Type %s.", ui.FormType).WithDetail("Content-Type %q", contentType),
		}
	}
	return readBody(w, r)
}

// readBody reads a body of limited length, with a single allocation if the
// length is known.
func readBody(w http.ResponseWriter, r *http.Request) (string, error) {
	var (
		body []byte
		err  error
	)
	switch {
	case r.ContentLength > oauth.MaxParamsLength:
		err = http.ErrContentLength
	case r.ContentLength >= 0:
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	default:
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, oauth.MaxParamsLength))
	}
	if err != nil {
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The request body could not be read, or is longer than %d bytes.", oauth.MaxParamsLength)
	}
	return string(body), nil
}
