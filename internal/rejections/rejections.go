// Package rejections keeps the requests that the server rejected, so that the back
// office of every process can show them.
//
// Anybody can send such requests, so they must not delay other requests, fill the
// database, or push the rejected requests of another application out of the list. A
// Log holds them in bounded memory, and writes them every two seconds.
package rejections

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config configures a Log.
type Config struct {
	Store oauth.RejectionStore
	// Key is the secret key of the hashes that replace the addresses of clients.
	Key []byte
	// OnEvent may be nil.
	OnEvent func(context.Context, oauth.Event)
	Logger  *slog.Logger
}

// Log holds rejected requests until they are stored. Use New.
type Log struct {
	Config
	mu      sync.Mutex
	pending map[group][]oauth.Rejection // oldest first
	size    map[bool]int                // of pending, by whether their clients are authenticated
	clients map[share]int               // of pending, by client
}

// group identifies rejections that look alike.
type group struct{ clientID, reason, source string }

// share is a part of the pending rejections, which has a limit of its own. Those that
// name no client are one share.
type share struct {
	clientID      string
	authenticated bool
}

func shareOf(r oauth.Rejection) share { return share{r.ClientID, isAuthenticated(r)} }

const authenticatedReason = " authenticated"

// Reason returns the Reason of a rejection. The reasons of clients that proved their
// secret differ from those of other requests, so that only requests of the client
// itself replace such rejections.
func Reason(words string, authenticated bool) string {
	if authenticated {
		return words + authenticatedReason
	}
	return words
}

func isAuthenticated(r oauth.Rejection) bool { return strings.HasSuffix(r.Reason, authenticatedReason) }

// Failure returns the error code and the reason of a rejection, as in the name of the series that counts such
// requests.
func Failure(r oauth.Rejection) string {
	_, reason, _ := strings.Cut(" "+strings.TrimSuffix(r.Reason, authenticatedReason)+" ", " "+r.Code+" ")
	return r.Code + "/" + cmp.Or(strings.TrimSpace(reason), "-")
}

// New returns an empty Log.
func New(c Config) *Log {
	return &Log{Config: c, pending: make(map[group][]oauth.Rejection), size: make(map[bool]int), clients: make(map[share]int)}
}

const (
	// maxPending is how many rejections of authenticated clients, and how many others,
	// can wait to be stored. maxOfClient is how many of these can be of one client, or
	// of requests that name no client.
	maxPending  = 1000
	maxOfClient = 200
	// maxText limits the texts that are kept, in bytes.
	maxText = 2500
)

// bounds are how many rejections of a client with one reason are kept.
func bounds() oauth.RejectionBounds { return oauth.RejectionBounds{Reason: 20, Source: 5} }

// Add adds a rejected request. It never waits for the Store. If there are too many
// requests, newer ones replace older ones of the same client, reason and source,
// and others are dropped.
func (l *Log) Add(ctx context.Context, r oauth.Rejection) {
	r.Named, r.Detail = shorten(r.Named), shorten(r.Detail)
	if l.add(r) {
		l.report(ctx, oauth.OutcomeDropped, r)
	}
}

// add reports whether a request was dropped.
func (l *Log) add(r oauth.Rejection) (dropped bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of, share := group{r.ClientID, r.Reason, r.Source}, shareOf(r)
	alike := l.pending[of]
	switch {
	case len(alike) >= bounds().Source:
		l.pending[of] = append(slices.Delete(alike, 0, 1), r)
		return true
	case l.size[share.authenticated] >= maxPending, l.clients[share] >= maxOfClient:
		return true
	}
	l.size[share.authenticated]++
	l.clients[share]++
	l.pending[of] = append(alike, r)
	return false
}

// remove removes rejections that were stored.
func (l *Log) remove(stored []oauth.Rejection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range stored {
		of, share := group{r.ClientID, r.Reason, r.Source}, shareOf(r)
		before := len(l.pending[of])
		left := slices.DeleteFunc(l.pending[of], func(other oauth.Rejection) bool { return other.ID == r.ID })
		l.size[share.authenticated] -= before - len(left)
		l.clients[share] -= before - len(left)
		if l.pending[of] = left; len(left) == 0 {
			delete(l.pending, of)
		}
		if l.clients[share] == 0 {
			delete(l.clients, share)
		}
	}
}

func shorten(s string) string { return s[:min(len(s), maxText)] }

func (l *Log) report(ctx context.Context, outcome string, r oauth.Rejection) {
	if l.OnEvent != nil {
		l.OnEvent(ctx, oauth.Event{Name: oauth.EventRejection, Outcome: outcome, At: r.At, ClientID: r.ClientID, ErrorID: r.ID})
	}
}

// waiting returns the rejections that are not stored yet and match the filter.
func (l *Log) waiting(f func(oauth.Rejection) bool) (found []oauth.Rejection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, alike := range l.pending {
		for _, r := range alike {
			if f(r) {
				found = append(found, r)
			}
		}
	}
	return found
}

// Find returns the rejected request with the error ID. ok is false if there is
// none.
func (l *Log) Find(ctx context.Context, id string) (r oauth.Rejection, ok bool, err error) {
	if waiting := l.waiting(func(r oauth.Rejection) bool { return r.ID == id }); len(waiting) > 0 {
		return waiting[0], true, nil
	}
	r, err = l.Store.Rejection(ctx, id)
	if errors.Is(err, oauth.ErrNotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// Recent returns the last n rejected requests that the filter selects, newest
// first.
func (l *Log) Recent(ctx context.Context, f oauth.RejectionFilter, n int) ([]oauth.Rejection, error) {
	waiting := l.waiting(f.Matches)
	found, err := l.Store.Rejections(ctx, f, n)
	if err != nil {
		return nil, err
	}
	for _, r := range waiting {
		if !slices.ContainsFunc(found, func(other oauth.Rejection) bool { return other.ID == r.ID }) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b oauth.Rejection) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return found[:min(n, len(found))], nil
}
