package web

import (
	"sync"
	"time"
)

// Failure is a rejected request, as the back office shows it.
type Failure struct {
	ID          string
	At          time.Time
	ClientID    string
	Code        string
	Description string
	// Detail describes exactly what was wrong.
	Detail string
}

// Failures holds the last rejected requests of this process. They are kept in
// memory, so that bad requests cannot fill the database. The log has all of
// them.
type Failures struct {
	mu   sync.Mutex
	ring [1000]Failure
	next int
}

// maxFailureText limits each text that is kept or logged, in bytes.
const maxFailureText = 4000

func (f *Failures) add(failure Failure) {
	failure.Detail = shorten(failure.Detail)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring[f.next] = failure
	f.next = (f.next + 1) % len(f.ring)
}

func shorten(s string) string {
	if len(s) > maxFailureText {
		return s[:maxFailureText]
	}
	return s
}

// Find returns the rejected request with the id.
func (f *Failures) Find(id string) (Failure, bool) {
	for _, failure := range f.Recent("", len(f.ring)) {
		if failure.ID == id {
			return failure, true
		}
	}
	return Failure{}, false
}

// Recent returns the last n rejected requests, newest first. If clientID is not
// empty, only requests of that client are returned.
func (f *Failures) Recent(clientID string, n int) []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	var recent []Failure
	for i := 1; i <= len(f.ring) && len(recent) < n; i++ {
		failure := f.ring[(f.next-i+len(f.ring))%len(f.ring)]
		if failure.ID != "" && (clientID == "" || failure.ClientID == clientID) {
			recent = append(recent, failure)
		}
	}
	return recent
}
