package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// ErrGone means that another server reported that a document does not exist.
var ErrGone = errors.New("the document does not exist")

// Document is a document from another server.
type Document struct {
	// Body is the document as the other server sent it. It must not be changed.
	Body []byte
	// MediaType is in lower case, and has no parameters.
	MediaType string
	// Fresh is how long the response can be cached (RFC 9111 §4.2); 0 means that it
	// must not be, and a negative value that the other server does not limit it.
	Fresh time.Duration
	// ETag and LastModified identify this version of the document (RFC 9110 §8.8). They
	// are empty if the other server has not sent them, or if the response must not be
	// stored.
	ETag, LastModified string
}

// Outbound makes requests to other servers. It must reject addresses that are
// not public, because clients choose them. An error is ErrUnavailable if the other
// server cannot be reached at the moment, or fails: a later request may succeed.
// Calls are concurrent.
type Outbound interface {
	// Check returns an error if it is known, without sending a request, that every
	// request to the address will fail: it is not an https URL, or has the IP
	// address of a host that is not public. Administrators see it when they enter
	// the address.
	Check(address string) error
	// IsPublicSuffix reports whether different owners have names directly below the
	// domain, as below co.uk and github.io (https://publicsuffix.org).
	IsPublicSuffix(domain string) bool
	// Get fetches a document. most is its maximum length in bytes: a longer document is
	// an error. If the other server responds with the status 404 or 410, the error is
	// ErrGone.
	Get(ctx context.Context, address string, most int64) ([]byte, error)
	// GetDocument is like Get, but returns more of the response. A status other than
	// 200 is an error. known is the document that the same address returned before, or
	// nil. If the other server responds that it has not changed (304), the result has
	// the body of known.
	GetDocument(ctx context.Context, address string, most int64, known *Document) (*Document, error)
	// Post sends a form. A response other than 2xx is an error.
	Post(ctx context.Context, address string, form url.Values) error
}
