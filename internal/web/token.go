package web

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// token is the token endpoint (RFC 6749 §3.2).
func (h *Handler) token(ctx context.Context, r *http.Request, p oauth.Params) (any, error) {
	begun := h.Clock()
	defer func() { h.TokenTook(h.Clock().Sub(begun)) }()
	response, err := h.OAuth.Token(ctx, r.Header.Get("Authorization"), p)
	if err != nil {
		return nil, err
	}
	if !response.CodeID.IsZero() {
		h.noteExchange(response, p.Get("grant_type") == oauth.GrantDeviceCode)
	}
	return response, nil
}
