package ops

import (
	"bytes"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
)

// BenchmarkRequestLog writes to a file, as under a service manager.
func BenchmarkRequestLog(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	write := RequestLog(slog.New(slog.NewJSONHandler(file, nil)))
	r := latchkey.Request{
		Method: "POST", Route: "/o/introspect", Status: 200, Duration: 123456 * time.Nanosecond, Bytes: 321,
		Address: netip.MustParseAddr("192.0.2.33"), ClientID: "0123456789012345678901",
	}
	b.ReportAllocs()
	for b.Loop() {
		write(b.Context(), r)
	}
}

// TestRequestWithoutAnAddressIsLoggedWithoutIt: a proxy at a Unix socket might not name
// the client.
func TestRequestWithoutAnAddressIsLoggedWithoutIt(t *testing.T) {
	var log bytes.Buffer
	RequestLog(slog.New(slog.NewJSONHandler(&log, nil)))(t.Context(), latchkey.Request{Method: "GET", Route: "/o/jwks", Status: 200})
	if text := log.String(); strings.Contains(text, "remote") || strings.Contains(text, "invalid") || !strings.Contains(text, "/o/jwks") {
		t.Errorf("the log is %s", text)
	}
}
