package ops

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestEnvironmentDecidesWhetherAndWhereTracesAreSent(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want string // the endpoint, or ""
		bad  bool
	}{
		"no variables":                {},
		"unrelated variables":         {env: map[string]string{"OTEL_SERVICE_NAME": "x", "OTEL_EXPORTER_OTLP_HEADERS": "a=b"}},
		"endpoint":                    {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example/"}, want: "https://otel.example/v1/traces"},
		"endpoint with a path":        {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example/api"}, want: "https://otel.example/api/v1/traces"},
		"endpoint for traces":         {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://x", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://y/z"}, want: "https://y/z"},
		"exporter otlp":               {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, want: "http://localhost:4318/v1/traces"},
		"exporter none":               {env: map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}},
		"disabled":                    {env: map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}},
		"supported protocol":          {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}, want: "https://x/v1/traces"},
		"unsupported protocol":        {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}, bad: true},
		"unsupported but not enabled": {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}},
		"unsupported exporter":        {env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, bad: true},
		"endpoint is not a URL":       {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"}, bad: true},
		"timeout is not a number":     {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://x", "OTEL_EXPORTER_OTLP_TIMEOUT": "10s"}, bad: true},
		"missing certificate file":    {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://x", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/none"}, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(name string) string { return c.env[name] }
			endpoint, err := tracesEndpoint(getenv)
			if err == nil && endpoint != "" {
				_, err = newExporter(endpoint, getenv)
			}
			if (err != nil) != c.bad || (!c.bad && endpoint != c.want) {
				t.Errorf("got %q, %v", endpoint, err)
			}
			if traces, err := NewTraces(t.Context(), getenv, "test", slog.New(slog.DiscardHandler)); (traces != nil) != (c.want != "") || (err != nil) != c.bad {
				t.Errorf("got %v, %v", traces, err)
			} else {
				traces.Stop(t.Context())
			}
		})
	}
}

func TestUploadIsRetriedWhileTheCollectorIsUnavailable(t *testing.T) {
	var requests int
	var received tracepb.TracesData
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		text, err := io.ReadAll(body)
		if err == nil {
			err = proto.Unmarshal(text, &received)
		}
		if err != nil || r.Header.Get("Content-Encoding") != "gzip" || r.URL.Path != "/v1/traces" {
			t.Errorf("%s %v: %v", r.URL, r.Header, err)
		}
	}))
	t.Cleanup(collector.Close)
	env := map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}
	sender, err := newExporter(collector.URL+"/v1/traces", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	sender.wait = time.Millisecond
	spans := []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{Name: "one"}}}}}}
	if err := sender.UploadTraces(t.Context(), spans); err != nil || requests != 3 || len(received.GetResourceSpans()) != 1 {
		t.Errorf("%v after %d requests, received %v", err, requests, &received)
	}
	collector.Close()
	sender.timeout = 5 * time.Millisecond
	if err := sender.UploadTraces(t.Context(), spans); err == nil || strings.Contains(err.Error(), "/v1/traces") {
		t.Errorf("after the collector has gone: %v", err)
	}
}

func TestSpanIsNamedAfterTheStatementAndItsTable(t *testing.T) {
	for statement, want := range map[string]string{
		"":         "transaction",
		`SELECT 1`: "SELECT",
		`SELECT id, hash FROM latchkey_access_token t LEFT JOIN latchkey_client c`:                                                                             "SELECT latchkey_access_token",
		`SELECT COUNT(*) FROM (SELECT id FROM latchkey_session_client LIMIT $1) AS waiting`:                                                                    "SELECT latchkey_session_client",
		"WITH u AS (\n\tUPDATE latchkey_ticket AS t SET spent_at = $1 RETURNING t.*\n), f":                                                                     "UPDATE latchkey_ticket",
		"WITH a AS (\n\tDELETE FROM latchkey_access_token WHERE id = $1) UPDATE latchkey_family":                                                               "DELETE latchkey_access_token",
		"SELECT a.id, coalesce((SELECT string_agg(g.name, ' ')\n\tFROM latchkey_member m WHERE m.user_id = a.id), '') FROM latchkey_account a WHERE a.id = $1": "SELECT latchkey_account",
		`INSERT INTO latchkey_lease (name) VALUES ($1)`:                                                                                                        "INSERT latchkey_lease",
		`SELECT k.n FROM unnest($1::bytea[]) k CROSS JOIN LATERAL (SELECT * FROM latchkey_access_token t`:                                                      "SELECT latchkey_access_token",
	} {
		if got := statementName(statement); got != want {
			t.Errorf("%q: got %q, want %q", statement, got, want)
		}
	}
}
