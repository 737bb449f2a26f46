package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// fakeCollector takes spans as one for OpenTelemetry does.
type fakeCollector struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	refuse  int // so many requests are put off
	raw     bytes.Buffer
	headers []http.Header
	about   map[string]string
	spans   []*tracepb.Span
}

func newFakeCollector(t *testing.T) *fakeCollector {
	t.Helper()
	c := &fakeCollector{t: t, about: make(map[string]string)}
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.Close)
	return c
}

func (c *fakeCollector) take(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse > 0 {
		c.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			c.t.Error(err)
			return
		}
		body = unpacked
	}
	text, err := io.ReadAll(body)
	var data tracepb.TracesData
	if err == nil {
		err = proto.Unmarshal(text, &data)
	}
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("%s %s %v: %v", r.Method, r.URL, r.Header, err)
	}
	c.raw.Write(text)
	c.headers = append(c.headers, r.Header)
	for _, resource := range data.GetResourceSpans() {
		for _, attribute := range resource.GetResource().GetAttributes() {
			c.about[attribute.GetKey()] = attribute.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// find gives the spans of that name.
func (c *fakeCollector) find(name string) (found []*tracepb.Span) {
	for _, span := range c.spans {
		if span.GetName() == name {
			found = append(found, span)
		}
	}
	return found
}

// environment takes all OTEL_* of the machine away and sets these.
func environment(t *testing.T, pairs ...string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		t.Setenv(pairs[i], pairs[i+1])
	}
}

// TestARequestIsTracedDownToTheDatabaseAndTellsNoSecret, by the real server.
func TestARequestIsTracedDownToTheDatabaseAndTellsNoSecret(t *testing.T) {
	c := newFakeCollector(t)
	environment(t, "OTEL_EXPORTER_OTLP_ENDPOINT", c.URL, "OTEL_EXPORTER_OTLP_HEADERS", "X-Key=a%20b", "OTEL_SERVICE_NAME", "front-door")
	h := newHolder(t)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	request, err := http.NewRequest("POST", h.issuer+"/introspect?secret-of-a-query", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Traceparent", parent)
	if _, err := http.DefaultClient.Do(request); err != nil {
		t.Fatal(err)
	}
	secrets := []string{h.client.Get("client_secret"), h.password, h.exchange.Get("code"), h.exchange.Get("code_verifier"), h.refresh.Get("refresh_token"), h.access, "secret-of-a-query", "wrong password"}
	site, err := url.Parse(h.issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range h.browser.Jar.Cookies(site) {
		secrets = append(secrets, cookie.Value)
	}
	visit(t, h.browser, h.issuer+"/authorize?secret-of-a-query&client_id=x")
	if response, err := h.browser.PostForm(h.issuer+"/login/", url.Values{"username": {"ada"}, "password": {"a wrong password"}}); err == nil {
		_ = response.Body.Close()
	}
	for _, form := range []url.Values{h.machine, h.exchange, h.refresh} {
		if status, answer := h.send("/token", form); status != 200 {
			t.Fatal(answer)
		}
	}
	_, _ = h.send("/introspect", url.Values{"token": {h.access}})
	_, _ = h.send("/revoke_token", url.Values{"token": {h.access}})
	if err := h.server.Process.Signal(syscall.SIGTERM); err != nil { // it sends what is left
		t.Fatal(err)
	}
	if err := h.server.Wait(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, secret := range secrets {
		if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
			t.Errorf("the traces tell %.12s…", secret)
		}
	}
	if c.about["service.name"] != "front-door" || c.about["service.version"] == "" || c.headers[0].Get("X-Key") != "a b" {
		t.Errorf("sent as %v with %v", c.about, c.headers[0])
	}
	children := make(map[string][]string)
	for _, span := range c.spans {
		children[string(span.GetParentSpanId())] = append(children[string(span.GetParentSpanId())], span.GetName())
	}
	for name, child := range map[string]string{
		"POST /o/token": "transaction", "POST /o/login": "SELECT account", "GET /o/authorize": "transaction", "POST /o/introspect": "SELECT access_token", "POST /o/revoke_token": "transaction",
	} {
		var below []string
		for _, span := range c.find(name) {
			below = append(below, children[string(span.GetSpanId())]...)
		}
		if !strings.Contains(strings.Join(below, ","), child) {
			t.Errorf("below %s is %v, want %s", name, below, child)
		}
	}
	followed := false
	for _, span := range c.find("POST /o/introspect") {
		followed = followed || (bytes.HasPrefix(span.GetTraceId(), []byte{0x0a, 0xf7, 0x65, 0x19}) && bytes.HasPrefix(span.GetParentSpanId(), []byte{0xb7, 0xad}))
	}
	if !followed {
		t.Error("the trace that the client began is not gone on with")
	}
	for _, span := range c.spans {
		if len(span.GetParentSpanId()) == 0 && !strings.Contains(span.GetName(), " /") {
			t.Errorf("%s is a trace of its own", span.GetName())
		}
	}
	text, err := os.ReadFile(h.server.log)
	if err != nil {
		t.Fatal(err)
	}
	// The line of the request, which was refused, and the one that says why.
	if n := strings.Count(string(text), `"trace_id":"0af7651916cd43dd8448eb211c80319c"`); n != 2 {
		t.Errorf("%d lines of the log name the trace", n)
	}
}

// TestUnlessItIsToldToTheServerCallsNobody: not one connection goes out.
func TestUnlessItIsToldToTheServerCallsNobody(t *testing.T) {
	environment(t)
	h := newHolder(t)
	calls := filepath.Join(t.TempDir(), "calls")
	cmd := exec.Command("strace", "-f", "-e", "trace=connect", "-o", calls, "-p", strconv.Itoa(h.server.Process.Pid))
	attached, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := attached.Read(make([]byte, 1)); err != nil { // it says that it is attached
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, attached) }()
	for _, form := range []url.Values{h.machine, h.exchange, h.refresh} {
		if status, answer := h.send("/token", form); status != 200 {
			t.Fatal(answer)
		}
	}
	if err := h.server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it ends with the server
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "connect(") || !strings.Contains(string(text), "exited with 0") {
		t.Errorf("strace saw %s", text)
	}
}

func TestWhatTheEnvironmentSaysOfTraces(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want string // where to, or ""
		bad  bool
	}{
		"nothing":              {},
		"somebody else's":      {env: map[string]string{"OTEL_SERVICE_NAME": "x", "OTEL_EXPORTER_OTLP_HEADERS": "a=b"}},
		"an endpoint":          {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example/"}, want: "https://otel.example/v1/traces"},
		"a path":               {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example/api"}, want: "https://otel.example/api/v1/traces"},
		"one for traces":       {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://x", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://y/z"}, want: "https://y/z"},
		"otlp, and no more":    {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, want: "http://localhost:4318/v1/traces"},
		"none":                 {env: map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}},
		"disabled":             {env: map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}},
		"the right protocol":   {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}, want: "https://x/v1/traces"},
		"gRPC":                 {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x"}, bad: true},
		"gRPC, unused":         {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}},
		"another exporter":     {env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, bad: true},
		"no URL":               {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"}, bad: true},
		"no time":              {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://x", "OTEL_EXPORTER_OTLP_TIMEOUT": "10s"}, bad: true},
		"a certificate's file": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://x", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/none"}, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(name string) string { return c.env[name] }
			endpoint, err := tracesEndpoint(getenv)
			if err == nil && endpoint != "" {
				_, err = newCollector(endpoint, getenv)
			}
			if (err != nil) != c.bad || (!c.bad && endpoint != c.want) {
				t.Errorf("got %q, %v", endpoint, err)
			}
			if traces, err := newTraces(t.Context(), getenv, slog.New(slog.DiscardHandler)); (traces != nil) != (c.want != "") || (err != nil) != c.bad {
				t.Errorf("got %v, %v", traces, err)
			} else {
				traces.stop(t.Context())
			}
		})
	}
}

// TestWhatOpenTelemetrySaysIsInTheLog, which stays JSON a line.
func TestWhatOpenTelemetrySaysIsInTheLog(t *testing.T) {
	c := newFakeCollector(t)
	environment(t, "OTEL_EXPORTER_OTLP_ENDPOINT", c.URL, "OTEL_TRACES_SAMPLER", "bogus")
	s := serve(t, t.TempDir(), "--addr", "localhost:0")
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	_ = requestLines(t, string(text))
	if !strings.Contains(string(text), `"level":"WARN"`) || !strings.Contains(string(text), "bogus") {
		t.Errorf("it logs %s", text)
	}
}

func TestACollectorThatIsAwayIsAskedAgain(t *testing.T) {
	c := newFakeCollector(t)
	c.refuse = 2
	env := map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}
	sender, err := newCollector(c.URL+"/v1/traces", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	sender.wait = time.Millisecond
	spans := []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{Name: "here"}}}}}}
	if err := sender.UploadTraces(t.Context(), spans); err != nil || len(c.find("here")) != 1 || c.headers[0].Get("Content-Encoding") != "gzip" {
		t.Errorf("%v, %v", err, c.spans)
	}
	c.Close()
	sender.patience = 5 * time.Millisecond
	if err := sender.UploadTraces(t.Context(), spans); err == nil || strings.Contains(err.Error(), "/v1/traces") {
		t.Errorf("a collector that is gone: %v", err)
	}
}

func TestASpanIsNamedByWhatItsStatementDoes(t *testing.T) {
	for statement, want := range map[string]string{
		"":         "transaction",
		`SELECT 1`: "SELECT",
		`SELECT id, hash FROM access_token t LEFT JOIN client c`:                                 "SELECT access_token",
		`SELECT COUNT(*) FROM (SELECT id FROM logout_notice LIMIT $1) AS waiting`:                "SELECT logout_notice",
		"WITH u AS (\n\tUPDATE code AS t SET used_at = $1 RETURNING t.*\n), f":                   "UPDATE code",
		"WITH a AS (\n\tDELETE FROM access_token WHERE id = $1) UPDATE family":                   "DELETE access_token",
		`INSERT INTO lease (name) VALUES ($1)`:                                                   "INSERT lease",
		`SELECT k.n FROM unnest($1::bytea[]) k CROSS JOIN LATERAL (SELECT * FROM access_token t`: "SELECT access_token",
	} {
		if got := statementName(statement); got != want {
			t.Errorf("%q is named %q, want %q", statement, got, want)
		}
	}
}

// TestTheBinaryLinksNoGRPC: see docs/decisions/dependencies.md.
func TestTheBinaryLinksNoGRPC(t *testing.T) {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "google.golang.org/grpc") || !strings.Contains(string(out), "go.opentelemetry.io/otel/sdk/trace") {
		t.Error("it links gRPC, or sends no traces at all")
	}
}
