package web

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// token is the token endpoint (RFC 6749 §3.2).
func (h *Handler) token(r *http.Request, p oauth.Params) (any, error) {
	return h.OAuth.Token(h.context(r), r.Header.Get("Authorization"), p)
}
