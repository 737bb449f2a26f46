package web

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// answer is what a direct endpoint gives back: JSON, or nothing for nil.
type answer func(r *http.Request, p oauth.Params) (any, error)

// direct wraps an endpoint that a client calls itself: POST with a form body,
// errors as JSON, CORS for the client's own origins.
func (h *Handler) direct(serve answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Cache-Control"] = noStore // RFC 6749 §5.1
		header["Pragma"] = noCache
		origin := r.Header.Get("Origin")
		header["Vary"] = varyOrigin
		if r.Method == http.MethodOptions {
			preflight(w, r, "POST")
			return
		}
		p, err := readParams(w, r)
		if origin != "" && (h.InsecureAllowAnyOrigin || h.OAuth.AllowsOrigin(r.Context(), r.Header.Get("Authorization"), p, origin)) {
			allowOrigin(header, origin)
		}
		if err != nil {
			h.writeError(w, r, p, err)
			return
		}
		body, err := serve(r, p)
		if err != nil {
			h.writeError(w, r, p, err)
			return
		}
		if w, watched := w.(watcher); watched {
			w.Authenticated(h.OAuth.ClientID(r.Header.Get("Authorization"), p))
		}
		writeJSON(w, http.StatusOK, body)
	}
}

// Header values that are the same in every answer.
var (
	noStore    = []string{"no-store"}
	noCache    = []string{"no-cache"}
	varyOrigin = []string{"Origin"}
	jsonType   = []string{"application/json"}
)

// methodError: the request has a method that the endpoint does not take.
type methodError struct{ want, allow string }

func (e *methodError) Error() string { return "method not allowed" }

func (e *methodError) visible(r *http.Request) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidRequest, "Use %s.", e.want).WithDetail("method %q", r.Method)
}

// mediaTypeError: the body is not a form.
type mediaTypeError struct{ got string }

func (e *mediaTypeError) Error() string { return "content type " + e.got }

func (e *mediaTypeError) visible() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidRequest, "Send the parameters form-encoded: Content-Type %s.", formType).WithDetail("Content-Type %q", e.got)
}

// readParams reads a form body and nothing else: parameters in the URL would
// stand in logs (RFC 6749 §2.3.1, §3.2).
func readParams(w http.ResponseWriter, r *http.Request) (oauth.Params, error) {
	if r.Method != http.MethodPost {
		return nil, &methodError{"POST", "POST, OPTIONS"}
	}
	if r.URL.RawQuery != "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "This endpoint takes its parameters in the body only, never in the URL.")
	}
	if !isForm(r.Header.Get("Content-Type")) {
		return nil, &mediaTypeError{r.Header.Get("Content-Type")}
	}
	body, err := readAll(w, r)
	if err != nil {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The request body could not be read, or is longer than %d bytes.", oauth.MaxParamsLength)
	}
	return provider.ParseParams(body)
}

// readAll reads a bounded body, with one allocation where its length is known.
func readAll(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.ContentLength > oauth.MaxParamsLength {
		return "", http.ErrContentLength
	}
	if r.ContentLength >= 0 {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return string(body), err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, oauth.MaxParamsLength))
	return string(body), err
}

const formType = "application/x-www-form-urlencoded"

func isForm(contentType string) bool {
	if contentType == formType {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == formType
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header()["Content-Type"] = jsonType
	encoded, err := json.Marshal(body)
	if err != nil { // only our own plain structs come here
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}
