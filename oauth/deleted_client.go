package oauth

import "time"

const (
	// RestoreTTL is how long a client can be restored after it was deleted.
	RestoreTTL = 7 * 24 * time.Hour
	// MostDeletedClients is the maximum number of clients that DeletedClients returns.
	MostDeletedClients = 100
)

// A DeletedClient is a client that was deleted, and can be restored until it expires.
type DeletedClient struct {
	Client    *Client   // as it was stored
	DeletedAt time.Time // when it was deleted
	ExpiresAt time.Time // when it is deleted for good
}
