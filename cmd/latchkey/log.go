package main

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ops"
)

// newLogger returns a logger that writes to standard error.
func (c *command) newLogger(level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if c.config.logsJSON(c.err) {
		return slog.New(ops.TraceIDs(slog.NewJSONHandler(c.err, options)))
	}
	return slog.New(ops.TraceIDs(slog.NewTextHandler(c.err, options)))
}

// httpErrors returns the log of net/http: a panic of a handler is an error, and
// everything else that it reports is caused by clients.
func httpErrors(logger *slog.Logger) *log.Logger { return log.New(httpErrorWriter{logger}, "", 0) }

type httpErrorWriter struct{ logger *slog.Logger }

func (w httpErrorWriter) Write(text []byte) (int, error) {
	level := slog.LevelDebug
	if bytes.Contains(text, []byte("panic serving")) {
		level = slog.LevelError
	}
	w.logger.Log(context.Background(), level, strings.TrimSpace(string(text)))
	return len(text), nil
}
