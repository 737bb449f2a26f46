package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// userinfo is the userinfo endpoint (OpenID Connect Core §5.3). Scripts of
// every origin can read the answer, because it depends on the access token
// only, and on no cookie.
func (h *Handler) userinfo(w http.ResponseWriter, r *http.Request) error {
	header := w.Header()
	header["Cache-Control"] = noStore
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Access-Control-Expose-Headers"] = []string{"WWW-Authenticate"}
	token, err := bearerToken(w, r)
	if err == errNoToken { //nolint:errorlint // bearerToken returns it as it is
		token, err = h.tokenInQuery(r)
	}
	if err != nil {
		return err
	}
	info, err := h.OAuth.UserInfo(r.Context(), token)
	if err != nil {
		return err
	}
	header["Content-Type"] = jsonType
	if info.JWT {
		header["Content-Type"] = []string{"application/jwt"}
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(info.Body)
	return nil
}

// tokenInQuery returns the access token in the URL (RFC 6750 §2.3), if its client may
// send it there. Otherwise the request has no token; if the exception of the client has
// ended, it returns an error with the date.
func (h *Handler) tokenInQuery(r *http.Request) (string, error) {
	tokens := r.URL.Query()["access_token"]
	if len(tokens) != 1 || tokens[0] == "" {
		return "", errNoToken
	}
	err := h.OAuth.CheckTokenInQuery(r.Context(), tokens[0])
	if rejected, ok := errors.AsType[*oauth.Error](err); ok && rejected.Reason == "no_exception" {
		err = errNoToken
	}
	return tokens[0], err
}

// bearerToken returns the access token in the header or in a form body (RFC
// 6750 §2.1, §2.2). A token in the URL does not count, and a request with two
// tokens is rejected.
func bearerToken(w http.ResponseWriter, r *http.Request) (string, error) {
	authorization, err := authorizationHeader(r)
	if err != nil {
		return "", err
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	token = strings.TrimSpace(token)
	if r.Method == http.MethodPost && ui.IsForm(r.Header.Get("Content-Type")) {
		body, err := readBody(w, r)
		if err != nil {
			return "", err
		}
		form, err := url.ParseQuery(body)
		if err != nil || len(form["access_token"]) > 1 || (form.Has("access_token") && token != "") {
			return "", oauth.Errorf(oauth.CodeInvalidRequest, "The access token was sent twice, or the form is malformed.")
		}
		if form.Has("access_token") {
			token = form.Get("access_token")
		}
	}
	if token == "" {
		return "", errNoToken
	}
	return token, nil
}
