package main

import (
	"bytes"
	"context"
	"io"
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

	"github.com/seed-e6a88a41/latchkey/internal/needs"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// fakeCollector is an OpenTelemetry collector that keeps the spans.
type fakeCollector struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	raw      bytes.Buffer
	headers  []http.Header
	resource map[string]string // attributes
	spans    []*tracepb.Span
}

func newFakeCollector(t *testing.T) *fakeCollector {
	t.Helper()
	c := &fakeCollector{t: t, resource: make(map[string]string)}
	c.Server = httptest.NewServer(http.HandlerFunc(c.receive))
	t.Cleanup(c.Close)
	return c
}

func (c *fakeCollector) receive(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := io.ReadAll(r.Body)
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
			c.resource[attribute.GetKey()] = attribute.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// find returns the spans with a name.
func (c *fakeCollector) find(name string) (found []*tracepb.Span) {
	for _, span := range c.spans {
		if span.GetName() == name {
			found = append(found, span)
		}
	}
	return found
}

// setOTEL unsets all OTEL_* variables of this machine, and sets those in pairs.
func setOTEL(t *testing.T, pairs ...string) {
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

func TestTracesReachTheDatabaseAndContainNoSecret(t *testing.T) {
	c := newFakeCollector(t)
	setOTEL(t, "OTEL_EXPORTER_OTLP_ENDPOINT", c.URL, "OTEL_EXPORTER_OTLP_HEADERS", "X-Key=a%20b", "OTEL_SERVICE_NAME", "front-door")
	h := newFixture(t)
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
	if err := h.server.Process.Signal(syscall.SIGTERM); err != nil { // the server sends the remaining spans
		t.Fatal(err)
	}
	if err := h.server.Wait(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, secret := range secrets {
		if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
			t.Errorf("the traces contain %.12s…", secret)
		}
	}
	if c.resource["service.name"] != "front-door" || c.resource["service.version"] == "" || c.headers[0].Get("X-Key") != "a b" {
		t.Errorf("sent by %v with %v", c.resource, c.headers[0])
	}
	children := make(map[string][]string)
	for _, span := range c.spans {
		children[string(span.GetParentSpanId())] = append(children[string(span.GetParentSpanId())], span.GetName())
	}
	for name, child := range map[string]string{
		"POST /o/token": "transaction", "POST /o/login": "SELECT latchkey_account", "GET /o/authorize": "transaction", "POST /o/introspect": "SELECT latchkey_access_token", "POST /o/revoke_token": "transaction",
	} {
		var below []string
		for _, span := range c.find(name) {
			below = append(below, children[string(span.GetSpanId())]...)
		}
		if !strings.Contains(strings.Join(below, ","), child) {
			t.Errorf("spans below %s: %v, want %s", name, below, child)
		}
	}
	continued := false
	for _, span := range c.find("POST /o/introspect") {
		continued = continued || (bytes.HasPrefix(span.GetTraceId(), []byte{0x0a, 0xf7, 0x65, 0x19}) && bytes.HasPrefix(span.GetParentSpanId(), []byte{0xb7, 0xad}))
	}
	if !continued {
		t.Error("the trace of the client is not continued")
	}
	for _, span := range c.spans {
		if len(span.GetParentSpanId()) == 0 && !strings.Contains(span.GetName(), " /") {
			t.Errorf("%s belongs to no request", span.GetName())
		}
	}
	text, err := os.ReadFile(h.server.log)
	if err != nil {
		t.Fatal(err)
	}
	// Two lines: the request, which was rejected, and the reason.
	if n := strings.Count(string(text), `"trace_id":"0af7651916cd43dd8448eb211c80319c"`); n != 2 {
		t.Errorf("%d lines of the log have the trace id", n)
	}
}

func TestServerOpensNoConnectionsByDefault(t *testing.T) {
	setOTEL(t)
	h := newFixture(t)
	calls := filepath.Join(t.TempDir(), "calls")
	cmd := exec.Command(needs.Strace(t), "-f", "-e", "trace=connect", "-o", calls, "-p", strconv.Itoa(h.server.Process.Pid))
	attached, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := attached.Read(make([]byte, 1)); err != nil { // strace reports that it is attached
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
	_ = cmd.Wait() // strace exits with the server
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "connect(") || !strings.Contains(string(text), "exited with 0") {
		t.Errorf("strace saw %s", text)
	}
}

// TestOpenTelemetryErrorsAreLogged also checks that every line of the log stays
// JSON.
func TestOpenTelemetryErrorsAreLogged(t *testing.T) {
	c := newFakeCollector(t)
	setOTEL(t, "OTEL_EXPORTER_OTLP_ENDPOINT", c.URL, "OTEL_TRACES_SAMPLER", "bogus")
	s := serve(t, t.TempDir(), "--addr", "localhost:0")
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	_ = requestLines(t, string(text))
	if !strings.Contains(string(text), `"level":"WARN"`) || !strings.Contains(string(text), "bogus") {
		t.Errorf("logged %s", text)
	}
}

// TestBinaryDoesNotLinkGRPC: see docs/decisions/dependencies.md.
func TestBinaryDoesNotLinkGRPC(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(context.Background(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "google.golang.org/grpc") || !strings.Contains(string(out), "go.opentelemetry.io/otel/sdk/trace") {
		t.Error("the binary links gRPC, or does not link OpenTelemetry")
	}
}
