package ops

import (
	"context"
	"log/slog"
	"strings"

	"github.com/seed-e6a88a41/latchkey"
)

// RequestLog returns a callback for latchkey.Options.OnRequest that logs one
// line for each request. The line contains nothing that the client sent, and
// therefore no secret: it has the route in place of the path, and client_id only
// if the application was authenticated. The reason for a failure is in another
// line, with the same error_id.
func RequestLog(logger *slog.Logger) func(context.Context, latchkey.Request) {
	return func(ctx context.Context, r latchkey.Request) {
		level := slog.LevelInfo
		if strings.HasSuffix(r.Route, "/static/") {
			level = slog.LevelDebug
		}
		if !logger.Enabled(ctx, level) {
			return
		}
		attrs := make([]slog.Attr, 0, 8) // on the stack
		attrs = append(attrs,
			slog.String("method", r.Method), slog.String("route", r.Route), slog.Int("status", r.Status),
			slog.Float64("ms", float64(r.Duration.Microseconds())/1000), slog.Int64("bytes", r.Bytes),
		)
		if r.Address.IsValid() { // a proxy at a Unix socket might not name the client
			attrs = append(attrs, slog.String("remote", r.Address.String()))
		}
		if r.ClientID != "" {
			attrs = append(attrs, slog.String("client_id", r.ClientID))
		}
		if r.ErrorID != "" {
			attrs = append(attrs, slog.String("error_id", r.ErrorID))
		}
		logger.LogAttrs(ctx, level, "request", attrs...)
	}
}
