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
		for _, attr := range e.LogValue().Group() {
			switch attr.Key {
			case "name", "outcome":
				continue
			case "address":
				attr.Key = "remote" // as in the log of requests
			}
			attrs = append(attrs, attr)
		}
		logger.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
	}
}
