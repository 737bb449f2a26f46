// Package rejections holds the last requests that the server rejected, so that
// the back office can show them.
package rejections

import (
	"sync"
	"time"
)

// Rejection is a rejected request.
type Rejection struct {
	ID       string // the error ID, which is also in the log
	At       time.Time
	ClientID string
	// Code and Description are those of the oauth.Error.
	Code, Description string
	// Detail describes exactly what was wrong.
	Detail string
}

// Log holds the last 1000 rejected requests of this process. They are kept in
// memory, so that bad requests cannot fill the database. The zero value is an
// empty Log.
type Log struct {
	mu   sync.Mutex
	ring [1000]Rejection
	next int
}

// maxText limits the texts that are kept, in bytes.
const maxText = 4000

// Add adds a rejected request.
func (l *Log) Add(r Rejection) {
	r.ClientID, r.Detail = shorten(r.ClientID), shorten(r.Detail)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.next] = r
	l.next = (l.next + 1) % len(l.ring)
}

func shorten(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}

// Find returns the rejected request with the id.
func (l *Log) Find(id string) (Rejection, bool) {
	for _, r := range l.Recent("", len(l.ring)) {
		if r.ID == id {
			return r, true
		}
	}
	return Rejection{}, false
}

// Recent returns the last n rejected requests, newest first. If clientID is not
// empty, it returns only requests of that client.
func (l *Log) Recent(clientID string, n int) []Rejection {
	l.mu.Lock()
	defer l.mu.Unlock()
	var recent []Rejection
	for i := 1; i <= len(l.ring) && len(recent) < n; i++ {
		r := l.ring[(l.next-i+len(l.ring))%len(l.ring)]
		if r.ID != "" && (clientID == "" || r.ClientID == clientID) {
			recent = append(recent, r)
		}
	}
	return recent
}
