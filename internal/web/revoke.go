package web

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// revoke is the revocation endpoint (RFC 7009 §2). The answer has no body.
func (h *Handler) revoke(ctx context.Context, r *http.Request, p oauth.Params) (any, error) {
	return nil, h.OAuth.Revoke(ctx, r.Header.Get("Authorization"), p)
}
