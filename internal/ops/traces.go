package ops

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

// Traces sends OpenTelemetry spans: one for each request, and one below it for
// each round trip to the database. The methods of a nil *Traces trace nothing.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	incoming propagation.TraceContext // W3C traceparent
}

// NewTraces returns nil unless the OTEL_* variables of getenv enable traces. The
// OpenTelemetry SDK reads further variables (service name, sampler, limits)
// itself.
func NewTraces(ctx context.Context, getenv func(string) string, version string, logger *slog.Logger) (*Traces, error) {
	endpoint, err := tracesEndpoint(getenv)
	if err != nil || endpoint == "" {
		return nil, err
	}
	client, err := newExporter(endpoint, getenv)
	if err != nil {
		return nil, err
	}
	// Without a handler the SDK prints its complaints, for example about an
	// unknown sampler, on standard error.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.Warn("OpenTelemetry reported an error", "error", err.Error())
	}))
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, err
	}
	// Later detectors win: the environment overrides our attributes.
	description, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "latchkey"), attribute.String("service.version", version),
	), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(&loggedExporter{SpanExporter: exporter, logger: logger}), sdktrace.WithResource(description))
	return &Traces{provider: provider, tracer: provider.Tracer("github.com/seed-e6a88a41/latchkey")}, nil
}

const protobufOverHTTP = "http/protobuf"

// tracesEndpoint returns the URL to which spans are sent, or "" if traces are
// not enabled.
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
		return "", fmt.Errorf("OTEL_TRACES_EXPORTER is %q: set it to otlp or none", exporter)
	}
	if protocol := cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), protobufOverHTTP); protocol != protobufOverHTTP {
		return "", fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: only %s is supported", protocol, protobufOverHTTP)
	}
	if own != "" {
		return own, nil
	}
	return strings.TrimSuffix(cmp.Or(general, "http://localhost:4318"), "/") + "/v1/traces", nil
}

// Stop sends the remaining spans, for at most three seconds.
func (t *Traces) Stop(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // loggedExporter has logged what was lost
}

// Handler starts a span for each request. It continues a trace that a proxy or
// the client has started.
func (t *Traces) Handler(next http.Handler) http.Handler {
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

// Request is a callback for latchkey.Options.OnRequest. It adds to the span of
// a request what the request log contains, and nothing else.
func (t *Traces) Request(ctx context.Context, r latchkey.Request) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetName(r.Method + " " + r.Route)
	span.SetAttributes(
		attribute.String("http.request.method", r.Method), attribute.String("http.route", r.Route),
		attribute.Int("http.response.status_code", r.Status),
	)
	if r.Address.IsValid() { // a proxy at a Unix socket might not name the client
		span.SetAttributes(attribute.String("client.address", r.Address.String()))
	}
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

// RoundTrip is a sqlstore.Trace. It traces only round trips that belong to a
// traced request.
func (t *Traces) RoundTrip(ctx context.Context, statement string) func(error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return nil
	}
	_, span := t.tracer.Start(ctx, statementName(statement), trace.WithSpanKind(trace.SpanKindClient))
	return func(err error) {
		if err != nil && !sqlstore.Expected(err) {
			span.SetStatus(codes.Error, "") // the error text of a driver may contain a value
		}
		span.End()
	}
}

// statementName returns the verb of a SQL statement and its table, which is not the one of a
// subquery unless the statement reads only from subqueries and functions.
func statementName(statement string) string {
	if statement == "" {
		return "transaction"
	}
	words := strings.Fields(statement)
	nested, depth := "", 0
	for i, word := range words[:len(words)-1] {
		depth += strings.Count(word, "(") - strings.Count(word, ")")
		switch strings.TrimLeft(word, "(") {
		case "UPDATE":
			return "UPDATE " + words[i+1]
		case "INTO":
			return "INSERT " + words[i+1]
		case "DELETE":
			return "DELETE " + words[min(i+2, len(words)-1)]
		case "FROM":
			table := "SELECT " + strings.TrimRight(words[i+1], "),")
			switch {
			case strings.Contains(words[i+1], "("): // a subquery or a function
			case depth == 0:
				return table
			case nested == "":
				nested = table
			}
		}
	}
	return cmp.Or(nested, words[0])
}
