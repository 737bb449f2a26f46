package web

import (
	"net/http"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// errorBody is an error in JSON (RFC 6749 §5.2).
type errorBody struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
	ACRValues   string `json:"acr_values,omitempty"`
}

// errNoToken is answered with a challenge without an error code (RFC 6750 §3.1), and a body for
// people.
var errNoToken = oauth.Errorf(oauth.CodeInvalidRequest, "No access token was sent.")

// failJSON answers an application. If rejected is nil, this server failed.
func (h *Handler) failJSON(w http.ResponseWriter, f face, id string, status int, rejected *oauth.Error) {
	switch {
	case status == http.StatusServiceUnavailable && (rejected == nil || rejected.Code != oauth.CodeTemporarilyUnavailable):
		rejected = oauth.Errorf(oauth.CodeTemporarilyUnavailable, "Try again shortly. Error ID %s.", id)
	case rejected == nil:
		rejected = oauth.Errorf(oauth.CodeServerError, "The server failed to answer the request. Error ID %s.", id)
	case rejected == errNoToken:
		w.Header().Set("WWW-Authenticate", "Bearer "+h.resourceMetadata())
		http.Error(w, "An access token is required. Send it in the header: Authorization: Bearer TOKEN.", http.StatusUnauthorized)
		return
	case rejected.RetryAfter > 0:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(rejected.RetryAfter.Seconds())+1))
	case f == faceBearer && status == http.StatusBadRequest:
		status = h.challengeBearer(w, rejected)
	case status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "": // the token of an API; see introspect
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+h.base+`", error="`+rejected.Code+`", error_description="`+rejected.Description+`", scope="`+oauth.ScopeIntrospection+`"`)
	case rejected.Code == oauth.CodeInvalidClient:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Basic realm="`+h.base+`"`) // RFC 6749 §5.2
	}
	writeJSON(w, status, errorBody{rejected.Code, rejected.Description, rejected.ACRValues})
}

// challengeBearer sets the header that describes what is wrong with an access
// token, and returns the status (RFC 6750 §3).
func (h *Handler) challengeBearer(w http.ResponseWriter, e *oauth.Error) (status int) {
	value := `Bearer error="` + e.Code + `", error_description="` + e.Description + `"`
	if e.Code == oauth.CodeInsufficientScope {
		value += `, scope="` + oauth.ScopeOpenID + `"`
	}
	w.Header().Set("WWW-Authenticate", value+", "+h.resourceMetadata())
	switch e.Code {
	case oauth.CodeInsufficientScope:
		return http.StatusForbidden
	case oauth.CodeInvalidRequest:
		return http.StatusBadRequest
	}
	return http.StatusUnauthorized
}

// resourceMetadata leads a client to the description of the userinfo endpoint (RFC
// 9728 §5.1).
func (h *Handler) resourceMetadata() string {
	return `resource_metadata="` + h.OAuth.ResourceMetadataURL("") + `"`
}
