package ops

import (
	"context"
	"log/slog"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// EventLog returns a callback for latchkey.Options.OnEvent that logs one line for each event
// that the audit log records. The line has the members of the event, which contain no secret
// and no text that a person typed.
func EventLog(logger *slog.Logger) func(context.Context, oauth.Event) {
	return func(ctx context.Context, e oauth.Event) {
		category := e.Recorded()
		if category == "" {
			return
		}
		attrs := []slog.Attr{slog.String("category", category), slog.String("event", e.Name), slog.String("outcome", e.Outcome)}
		address := ""
		if e.Address.IsValid() {
			address = e.Address.String()
		}
		for _, pair := range [][2]string{
			{"kind", e.Kind},
			{"reason", e.Reason},
			{"actor", e.Actor},
			{"subject", e.Subject},
			{"client_id", e.ClientID},
			{"target", e.Target},
			{"permission_id", e.PermissionID},
			{"scope", e.Scope},
			{"remote", address},
			{"error_id", e.ErrorID},
		} {
			if pair[1] != "" {
				attrs = append(attrs, slog.String(pair[0], pair[1]))
			}
		}
		logger.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
	}
}
