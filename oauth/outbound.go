package oauth

import (
	"context"
	"errors"
	"net/url"
)

// ErrGone means that another server responds that a document does not exist.
var ErrGone = errors.New("the document does not exist")

// Outbound makes requests to other servers. It must reject addresses that are
// not public, because clients choose them. An error is ErrUnavailable if the other
// server cannot be reached at the moment, or fails: a later request may succeed.
type Outbound interface {
	// Check returns an error if it is known, without sending a request, that every
	// request to the address will fail: it is not an https URL, or has the IP
	// address of a host that is not public. Administrators see it when they enter
	// the address.
	Check(address string) error
	// Get fetches a document. It returns an error if the document is longer than
	// most bytes. If the other server responds with the status 404 or 410, the error
	// is ErrGone.
	Get(ctx context.Context, address string, most int64) ([]byte, error)
	// Post sends a form. A response other than 2xx is an error.
	Post(ctx context.Context, address string, form url.Values) error
}
