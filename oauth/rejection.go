package oauth

import (
	"context"
	"time"
)

// Rejection is a request that the server rejected, for the back office. It
// contains no secrets.
type Rejection struct {
	ID string    // the error ID, which is also in the log
	At time.Time // when the request was rejected
	// ClientID is the client that the request named, or empty if there is none.
	ClientID string
	// Named is the beginning of the client_id of a client that does not exist.
	Named string
	// Reason is one of a small set of words that distinguish the rejections of a
	// client.
	Reason string
	// Source identifies the network that sent the request. The address cannot be
	// derived from it.
	Source string
	// Code and Description are those of the Error, and Detail describes exactly
	// what was wrong.
	Code, Description, Detail string
}

// RejectionBounds limit how many rejections of one client with one reason a Store
// keeps: in total, and from one source. Requests that name no client form one
// group, and never replace those of a client. If there are too many in total, a
// Store keeps the first rejection of all, then the newest of each source, then
// the second newest of each source, and so on. Of those with the same rank, it
// keeps the newer ones. So a few sources cannot replace the rejections of others.
type RejectionBounds struct {
	Reason int // in total
	Source int // from one source
}

// RejectionFilter selects rejections. The zero value selects all.
type RejectionFilter struct {
	ClientID string // only those of this client
	NoClient bool   // only those that name no existing client
}

// RejectionTTL is the maximum time for which a Store keeps a rejection.
const RejectionTTL = 30 * 24 * time.Hour

// Matches reports whether the filter selects the rejection.
func (f RejectionFilter) Matches(r Rejection) bool {
	switch {
	case f.ClientID != "":
		return r.ClientID == f.ClientID
	case f.NoClient:
		return r.ClientID == ""
	}
	return r.ClientID != ""
}

// RejectionStore keeps the last rejections of each client and reason.
type RejectionStore interface {
	// AddRejections adds rejections, and deletes the oldest that exceed the
	// bounds. A rejection whose ID already exists is ignored.
	AddRejections(ctx context.Context, added []Rejection, bounds RejectionBounds) error
	// Rejection returns the rejection with the ID, or ErrNotFound.
	Rejection(ctx context.Context, id string) (Rejection, error)
	// Rejections returns the last n rejections, newest first.
	Rejections(ctx context.Context, f RejectionFilter, n int) ([]Rejection, error)
}
