package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// introspect is the introspection endpoint (RFC 7662 §2).
func (h *Handler) introspect(ctx context.Context, r *http.Request, p oauth.Params) (any, error) {
	found, err := h.OAuth.Introspect(ctx, r.Header.Get("Authorization"), p)
	if rejected, ok := errors.AsType[*oauth.Error](err); ok && rejected.Code == oauth.CodeInvalidToken {
		return nil, &statusError{http.StatusUnauthorized, rejected} // RFC 7662 §2.3
	}
	return found, err
}
