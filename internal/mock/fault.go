package mock

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Fault changes how requests are answered. See latchkeytest.Fault.
type Fault struct {
	Path         string
	Times        int
	Delay        time.Duration
	Status       int
	LoseResponse bool
	Twice        bool
}

// Check returns an error if the fault has no effect, or an effect that no server has.
func (f Fault) Check() error {
	switch {
	case f.Delay < 0:
		return errors.New("delay: use a positive duration, or 0 for no delay")
	case f.Status == 0 && f.Delay == 0 && !f.LoseResponse && !f.Twice:
		return errors.New("the fault has no effect: it needs an error status, a delay, a response that is lost, or a request that is processed twice")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return errors.New("status: use an error status, from 400 to 599")
	case f.Times < 0:
		return errors.New("times: use a positive number, or 0 for a fault that remains")
	}
	return nil
}

// Faults are the faults of a provider. The zero value has none.
type Faults struct {
	mu   sync.Mutex
	list []*activeFault
}

type activeFault struct {
	Fault
	used int
}

// Add adds a fault, and returns a function that removes it, and one that reports whether the
// fault has applied to a request.
func (f *Faults) Add(fault Fault) (remove func(), used func() bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	added := &activeFault{Fault: fault}
	f.list = append(f.list, added)
	remove = func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.list = slices.DeleteFunc(f.list, func(a *activeFault) bool { return a == added })
	}
	used = func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return added.used > 0
	}
	return remove, used
}

// Clear removes all faults, and returns those that no request has matched.
func (f *Faults) Clear() (unused []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.list {
		if a.used == 0 {
			unused = append(unused, a.Fault)
		}
	}
	f.list = nil
	return unused
}

// next returns the first fault that applies to a path, and counts its use.
func (f *Faults) next(path string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, a := range f.list {
		if !a.Matches(path) {
			continue
		}
		if a.used++; a.used == a.Times {
			f.list = slices.Delete(f.list, i, i+1)
		}
		return a.Fault, true
	}
	return Fault{}, false
}

// Matches reports whether the path ends with that of the fault. A slash at the end
// does not matter, as for all routes.
func (f Fault) Matches(path string) bool {
	return f.Path == "" || strings.HasSuffix(strings.TrimSuffix(path, "/"), "/"+strings.Trim(f.Path, "/"))
}

// Handler returns a handler that answers as next does, with the faults.
func (f *Faults) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, found := f.next(r.URL.Path)
		if !found {
			next.ServeHTTP(w, r)
			return
		}
		fault.serve(w, r, next)
	})
}

func (f Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	// The server notices that the client has gone only after the body was read.
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
	}
	if f.Status != 0 {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, `{"error":"temporarily_unavailable","error_description":"This is a simulated fault."}`+"\n")
		return
	}
	again := func() *http.Request {
		request := r.Clone(r.Context())
		request.Body = io.NopCloser(bytes.NewReader(body))
		return request
	}
	if f.Twice {
		next.ServeHTTP(&lostResponse{make(http.Header)}, again())
	}
	if f.LoseResponse {
		next.ServeHTTP(&lostResponse{make(http.Header)}, again())
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	next.ServeHTTP(w, again())
}

// A lostResponse discards a response.
type lostResponse struct{ header http.Header }

func (l *lostResponse) Header() http.Header         { return l.header }
func (l *lostResponse) Write(p []byte) (int, error) { return len(p), nil }
func (l *lostResponse) WriteHeader(int)             {}
