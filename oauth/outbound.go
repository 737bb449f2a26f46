package oauth

import (
	"context"
	"net/url"
)

// Outbound asks others for the Server. It must refuse addresses that are not
// public, because clients name them.
type Outbound interface {
	// Get fetches a document of at most that many bytes.
	Get(ctx context.Context, address string, most int64) ([]byte, error)
	// Post sends a form; an answer other than 2xx is an error.
	Post(ctx context.Context, address string, form url.Values) error
}
