package ops

import (
	"context"
	"log/slog"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TraceIDs returns a slog.Handler that adds trace_id to every line that belongs
// to a traced request.
func TraceIDs(h slog.Handler) slog.Handler { return traceIDs{h} }

type traceIDs struct{ slog.Handler }

func (l traceIDs) Handle(ctx context.Context, line slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		line.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return l.Handler.Handle(ctx, line)
}

func (l traceIDs) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traceIDs{l.Handler.WithAttrs(attrs)}
}

func (l traceIDs) WithGroup(name string) slog.Handler { return traceIDs{l.Handler.WithGroup(name)} }

// loggedExporter logs when spans are lost, once until spans can be sent again.
type loggedExporter struct {
	sdktrace.SpanExporter
	logger *slog.Logger
	lost   bool
}

func (e *loggedExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err != nil && !e.lost {
		e.logger.WarnContext(ctx, "traces cannot be sent and are lost; the next log line reports when this works again", "error", err.Error())
	}
	if err == nil && e.lost {
		e.logger.InfoContext(ctx, "traces can be sent again")
	}
	e.lost = err != nil
	return nil // the SDK would report the error a second time
}
