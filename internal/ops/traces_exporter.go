package ops

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// exporter sends spans to a collector by OTLP over HTTP. It implements
// otlptrace.Client; the implementations of the OpenTelemetry project link all
// of gRPC.
type exporter struct {
	endpoint string
	headers  http.Header
	gzip     bool
	wait     time.Duration // before the second attempt
	timeout  time.Duration // for all attempts to send one batch
	client   *http.Client
}

// newExporter reads the OTEL_EXPORTER_OTLP_* variables besides the endpoint. A
// variable that is specific to traces overrides the general one.
func newExporter(endpoint string, getenv func(string) string) (*exporter, error) {
	setting := func(name string) string {
		return cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_"+name), getenv("OTEL_EXPORTER_OTLP_"+name))
	}
	e := &exporter{endpoint: endpoint, gzip: setting("COMPRESSION") == "gzip", wait: time.Second, timeout: 10 * time.Second}
	if u, err := url.Parse(endpoint); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL") // it may contain a password
	}
	if text := setting("TIMEOUT"); text != "" {
		ms, err := strconv.Atoi(text)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT is %q: set it to a number of milliseconds", text)
		}
		e.timeout = time.Duration(ms) * time.Millisecond
	}
	var err error
	if e.headers, err = parseHeaders(setting("HEADERS")); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // documented by net/http
	if path := setting("CERTIFICATE"); path != "" {
		pool, err := readCertificates(path)
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	e.client = &http.Client{Transport: transport}
	return e, nil
}

// parseHeaders parses name=value pairs that are separated by commas and
// percent-encoded.
func parseHeaders(text string) (http.Header, error) {
	headers := make(http.Header)
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			continue
		}
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS is not percent-encoded")
		}
		headers.Set(strings.TrimSpace(name), decoded)
	}
	return headers, nil
}

func readCertificates(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s contains no certificate in PEM format", path)
	}
	return pool, nil
}

// Start implements otlptrace.Client.
func (e *exporter) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (e *exporter) Stop(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

// UploadTraces sends spans. It retries while the collector answers with a
// retryable status (OTLP specification, "OTLP/HTTP Response").
func (e *exporter) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// TracesData has the same encoding as ExportTraceServiceRequest, whose Go
	// type requires gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	if e.gzip {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(body) // writing to a Buffer never fails
		_ = w.Close()
		body = b.Bytes()
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	for wait := e.wait; ; wait *= 2 {
		retry, err := e.send(ctx, body)
		if err == nil || !retry {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// send makes one attempt. It reports whether a failed one can be retried.
func (e *exporter) send(ctx context.Context, body []byte) (retry bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.endpoint, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header = e.headers.Clone()
	request.Header.Set("Content-Type", "application/x-protobuf")
	if e.gzip {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := e.client.Do(request)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err // the URL may contain a password
		}
		return true, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be reused
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		retry = true
	}
	return retry, fmt.Errorf("the collector answers %s", response.Status)
}
