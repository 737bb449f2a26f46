package web

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// jwtText returns a sentence about how long a service that verifies JWTs can accept an access token that
// was revoked. It is empty if applications get no JWTs.
func jwtText(longest time.Duration) ui.Text {
	if longest == 0 {
		return nil
	}
	return ui.Text{"account.jwt_until", "duration", ui.DurationText(longest)}
}

// jwtsOf returns jwtText for applications.
func (h *Handler) jwtsOf(ctx context.Context, clientIDs ...string) (ui.Text, error) {
	longest := time.Duration(0)
	for _, id := range clientIDs {
		client, err := h.knownApp(ctx, id)
		if errors.Is(err, oauth.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		longest = max(longest, h.OAuth.JWTLifetime(client))
	}
	return jwtText(longest), nil
}
