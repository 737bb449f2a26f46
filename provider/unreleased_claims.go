package provider

import (
	"context"
	"log/slog"
	"sync"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unreleasedClaims logs, once for each name, the claims of the source that the server can
// never release. The log explains why such a claim is in no token.
type unreleasedClaims struct {
	mu     sync.Mutex
	logged map[string]bool
}

// maxUnreleased is how many names are logged.
const maxUnreleased = 100

// note logs the claims that no scope releases.
func (u *unreleasedClaims) note(ctx context.Context, logger *slog.Logger, released oauth.ClaimScopes, known map[string]any) {
	for name := range known {
		if released[name] == "" && u.first(name) {
			logger.WarnContext(ctx, "the source of the claims returns a claim that no scope releases, so nobody receives it; add a scope with this claim, or return the claim from AddClaims", "claim", name)
		}
	}
}

func (u *unreleasedClaims) first(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.logged == nil {
		u.logged = make(map[string]bool)
	}
	if u.logged[name] || len(u.logged) >= maxUnreleased {
		return false
	}
	u.logged[name] = true
	return true
}
