package provider

import (
	"context"
	"log/slog"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unreleasedClaims logs, once for each name, the claims of the source that the server can
// never release. The log explains why such a claim is in no token.
type unreleasedClaims struct{ logged firstTimes }

// note logs the claims that no scope releases.
func (u *unreleasedClaims) note(ctx context.Context, logger *slog.Logger, released oauth.ClaimScopes, known map[string]any) {
	for name := range known {
		if released[name] == "" && u.logged.first(name) {
			logger.WarnContext(ctx, "the source of the claims returns a claim that no scope releases, so nobody receives it; add a scope with this claim, or return the claim from AddClaims", "claim", name)
		}
	}
}
