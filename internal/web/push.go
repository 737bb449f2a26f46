package web

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// push is the pushed authorization request endpoint (RFC 9126 §2).
func (h *Handler) push(ctx context.Context, r *http.Request, p oauth.Params) (any, error) {
	response, err := h.OAuth.Push(ctx, r.Header.Get("Authorization"), p)
	return created{response}, err
}
