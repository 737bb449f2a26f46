package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// traces sends OpenTelemetry spans, if OTEL_* names somebody to send them to:
// one for each request, and one for each round trip to the database that it
// makes. nil traces nothing.
type traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	incoming propagation.TraceContext // W3C traceparent
}

// newTraces gives nil unless the environment wants traces. What the SDK reads
// there by itself (service name, sampler, limits) it may.
func newTraces(ctx context.Context, getenv func(string) string, logger *slog.Logger) (*traces, error) {
	endpoint, err := tracesEndpoint(getenv)
	if err != nil || endpoint == "" {
		return nil, err
	}
	client, err := newCollector(endpoint, getenv)
	if err != nil {
		return nil, err
	}
	// What the SDK does not like, a sampler that it does not know for one, it
	// would print beside the log.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.Warn("OpenTelemetry complains", "error", err.Error())
	}))
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, err
	}
	// What the environment says stands last, and wins.
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "latchkey"), attribute.String("service.version", buildVersion()),
	), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(&loggedExporter{SpanExporter: exporter, logger: logger}), sdktrace.WithResource(about))
	return &traces{provider: provider, tracer: provider.Tracer("github.com/seed-e6a88a41/latchkey")}, nil
}

// tracesEndpoint is where spans go, or empty if nobody wants them.
func tracesEndpoint(getenv func(string) string) (string, error) {
	general, own := getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return "", nil
	}
	switch exporter := getenv("OTEL_TRACES_EXPORTER"); exporter {
	case "":
		if general == "" && own == "" {
			return "", nil
		}
	case "otlp":
	case "none":
		return "", nil
	default:
		return "", fmt.Errorf("OTEL_TRACES_EXPORTER is %q: want otlp or none", exporter)
	}
	if protocol := cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), protobufOverHTTP); protocol != protobufOverHTTP {
		return "", fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: only %s is spoken here", protocol, protobufOverHTTP)
	}
	if own != "" {
		return own, nil
	}
	return strings.TrimSuffix(cmp.Or(general, "http://localhost:4318"), "/") + "/v1/traces", nil
}

const protobufOverHTTP = "http/protobuf"

// stop sends what is left, if that can be done in a moment.
func (t *traces) stop(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // what is lost was said by loggedExporter
}

// handler begins a span for each request, under the one that a proxy or a
// client may have begun.
func (t *traces) handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := t.incoming.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// request tells the span what became of its request: what the log says of it,
// and no more.
func (t *traces) request(ctx context.Context, r latchkey.Request) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetName(r.Method + " " + r.Route)
	span.SetAttributes(
		attribute.String("http.request.method", r.Method), attribute.String("http.route", r.Route),
		attribute.Int("http.response.status_code", r.Status), attribute.String("client.address", r.Address.String()),
	)
	if r.ClientID != "" {
		span.SetAttributes(attribute.String("latchkey.client_id", r.ClientID))
	}
	if r.ErrorID != "" {
		span.SetAttributes(attribute.String("latchkey.error_id", r.ErrorID))
	}
	if r.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}

// tracedLog names the trace in every line that is written for a request.
type tracedLog struct{ slog.Handler }

func (l tracedLog) Handle(ctx context.Context, line slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		line.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return l.Handler.Handle(ctx, line)
}

func (l tracedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracedLog{l.Handler.WithAttrs(attrs)}
}

func (l tracedLog) WithGroup(name string) slog.Handler { return tracedLog{l.Handler.WithGroup(name)} }

// roundTrip is a sqlstore.Trace. What the store does by itself is part of no
// trace.
func (t *traces) roundTrip(ctx context.Context, statement string) func(error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return nil
	}
	_, span := t.tracer.Start(ctx, statementName(statement), trace.WithSpanKind(trace.SpanKindClient))
	return func(err error) {
		if err != nil && !sqlstore.Expected(err) {
			span.SetStatus(codes.Error, "") // the text of a driver may quote a value
		}
		span.End()
	}
}

// statementName is what a statement does and the table that it does it to.
func statementName(statement string) string {
	if statement == "" {
		return "transaction"
	}
	words := strings.Fields(statement)
	for i, word := range words[:len(words)-1] {
		switch word {
		case "UPDATE":
			return "UPDATE " + words[i+1]
		case "INTO":
			return "INSERT " + words[i+1]
		case "DELETE":
			return "DELETE " + words[min(i+2, len(words)-1)]
		case "FROM":
			if !strings.Contains(words[i+1], "(") { // neither a query nor a function
				return "SELECT " + strings.TrimRight(words[i+1], "),")
			}
		}
	}
	return words[0]
}

// loggedExporter says in the server's own log when spans get lost, once until
// they get through again.
type loggedExporter struct {
	sdktrace.SpanExporter
	logger *slog.Logger
	lost   bool
}

func (e *loggedExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err != nil && !e.lost {
		e.logger.WarnContext(ctx, "traces are lost; more is said when they get through again", "error", err.Error())
	}
	if err == nil && e.lost {
		e.logger.InfoContext(ctx, "traces get through again")
	}
	e.lost = err != nil
	return nil // or the SDK would say it once more, on a log of its own
}
