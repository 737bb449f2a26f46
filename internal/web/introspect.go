package web

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// introspect is the introspection endpoint (RFC 7662 §2).
func (h *Handler) introspect(ctx context.Context, r *http.Request, p oauth.Params) (any, error) {
	return h.OAuth.Introspect(ctx, r.Header.Get("Authorization"), p)
}
