package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// reasonOf returns why an attempt failed, in a few words that are stored and shown. The text of
// an error could contain what the receiver or its name server has sent, so it is not used.
func reasonOf(err error) string {
	if status, ok := errors.AsType[statusError](err); ok {
		return "status " + strconv.Itoa(int(status))
	}
	if retry, ok := errors.AsType[*retryError](err); ok {
		return reasonOf(retry.error)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "host not found"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate not accepted"
	}
	switch {
	case errors.Is(err, errGone):
		return "status 410"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "host not reachable"
	}
	if errors.Is(err, oauth.ErrUnavailable) {
		return "no response"
	}
	return "address not allowed" // all other errors wrap oauth.ErrUnavailable
}
