package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The reason of a failure is stored and shown: no text of a receiver or of a name server is part of
// it.
func TestReasonsOfFailuresContainNothingFromOutside(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("hidden.example: %w: %w", oauth.ErrUnavailable, err) }
	dial := func(err error) error { return wrapped(&net.OpError{Op: "dial", Err: err}) }
	for _, c := range []struct {
		err  error
		want string
	}{
		{statusError(500), "status 500"},
		{&retryError{statusError(429), time.Minute}, "status 429"},
		{errGone, "status 410"},
		{dial(syscall.ECONNREFUSED), "connection refused"},
		{dial(syscall.ECONNRESET), "connection closed"},
		{dial(syscall.EHOSTUNREACH), "host not reachable"},
		{wrapped(io.EOF), "connection closed"},
		{wrapped(context.DeadlineExceeded), "timeout"},
		{wrapped(&net.DNSError{Err: "hidden", Name: "hidden.example", IsTimeout: true}), "timeout"},
		{fmt.Errorf("x: %w", &net.DNSError{Err: "hidden", Name: "hidden.example", IsNotFound: true}), "host not found"},
		{fmt.Errorf("x: %w", &tls.CertificateVerificationError{Err: errors.New("hidden")}), "certificate not accepted"},
		{wrapped(errors.New("hidden")), "no response"},
		{errors.New("requests to hidden.example are not allowed"), "address not allowed"},
	} {
		if got := reasonOf(c.err); got != c.want || strings.Contains(got, "hidden") {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}
