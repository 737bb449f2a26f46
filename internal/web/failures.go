package web

import (
	"sync"
	"time"
)

// Failure is a request that was refused, as the back office shows it.
type Failure struct {
	ID          string
	At          time.Time
	ClientID    string
	Code        string
	Description string
	// Detail says exactly what differed.
	Detail string
}

// Failures keeps the last refused requests of this process in memory: a
// stranger's bad requests may cost no row. The log has them all.
type Failures struct {
	mu   sync.Mutex
	ring [1000]Failure
	next int
}

// maxFailureText bounds each text that is kept or logged, in bytes.
const maxFailureText = 4000

func (f *Failures) add(failure Failure) {
	failure.Detail = cut(failure.Detail)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring[f.next] = failure
	f.next = (f.next + 1) % len(f.ring)
}

func cut(s string) string {
	if len(s) > maxFailureText {
		return s[:maxFailureText]
	}
	return s
}

// Find gives the failure with the id.
func (f *Failures) Find(id string) (Failure, bool) {
	for _, failure := range f.Recent("", len(f.ring)) {
		if failure.ID == id {
			return failure, true
		}
	}
	return Failure{}, false
}

// Recent gives the last n failures, newest first; of one client, if named.
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
