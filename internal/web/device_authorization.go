package web

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// deviceAuthorization is the device authorization endpoint (RFC 8628 §3.1).
func (h *Handler) deviceAuthorization(ctx context.Context, r *http.Request, p oauth.Params) (any, error) {
	device, err := h.OAuth.AuthorizeDevice(ctx, r.Header.Get("Authorization"), p)
	if err != nil {
		return nil, err
	}
	h.noteDevice(device)
	return device, nil
}
