package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// userinfo is the userinfo endpoint (OpenID Connect Core §5.3). Scripts of any
// origin may read it: what counts is the token, and no cookie is looked at.
func (h *Handler) userinfo(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["Cache-Control"] = noStore
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Access-Control-Expose-Headers"] = []string{"WWW-Authenticate"}
	switch r.Method {
	case http.MethodOptions:
		preflight(w, r, "GET, POST")
		return
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		h.writeError(w, r, nil, &methodError{"GET or POST", "GET, POST, OPTIONS"})
		return
	}
	token, err := bearer(w, r)
	if err == nil && token == "" {
		h.note(w, r, "", oauth.Errorf(oauth.CodeInvalidRequest, "No access token was sent."), "")
		header.Set("WWW-Authenticate", "Bearer") // RFC 6750 §3.1: nothing more if nothing was sent
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var info provider.UserInfo
	if err == nil {
		info, err = h.OAuth.UserInfo(r.Context(), token)
	}
	if err != nil {
		h.challenge(w, r, err)
		return
	}
	header["Content-Type"] = jsonType
	if info.JWT {
		header["Content-Type"] = []string{"application/jwt"}
	}
	_, _ = w.Write(info.Body)
}

// bearer finds the access token in the header or in a form body (RFC 6750
// §2.1, §2.2), never in the URL. Both at once are refused.
func bearer(w http.ResponseWriter, r *http.Request) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	token = strings.TrimSpace(token)
	if r.Method != http.MethodPost || !isForm(r.Header.Get("Content-Type")) {
		return token, nil
	}
	body, err := readAll(w, r)
	if err != nil {
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The request body could not be read, or is too long.")
	}
	form, err := url.ParseQuery(body)
	if err != nil || len(form["access_token"]) > 1 || (form.Has("access_token") && token != "") {
		return "", oauth.Errorf(oauth.CodeInvalidRequest, "The access token is sent twice, or the form is malformed.")
	}
	if form.Has("access_token") {
		token = form.Get("access_token")
	}
	return token, nil
}

// challenge answers the bearer of a token that is not good enough (RFC 6750 §3).
func (h *Handler) challenge(w http.ResponseWriter, r *http.Request, err error) {
	var visible *oauth.Error
	if !errors.As(err, &visible) {
		h.writeError(w, r, nil, err)
		return
	}
	status := http.StatusUnauthorized
	switch visible.Code {
	case oauth.CodeInsufficientScope:
		status = http.StatusForbidden
	case oauth.CodeInvalidRequest:
		status = http.StatusBadRequest
	}
	h.note(w, r, "", visible, "")
	value := `Bearer error="` + visible.Code + `", error_description="` + visible.Description + `"`
	if visible.Code == oauth.CodeInsufficientScope {
		value += `, scope="` + oauth.ScopeOpenID + `"`
	}
	w.Header().Set("WWW-Authenticate", value)
	writeJSON(w, status, errorBody{visible.Code, visible.Description})
}
