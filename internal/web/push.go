package web

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// push is the pushed authorization request endpoint (RFC 9126 §2).
func (h *Handler) push(r *http.Request, p oauth.Params) (any, error) {
	response, err := h.OAuth.Push(h.context(r), r.Header.Get("Authorization"), p)
	return created{response}, err
}
