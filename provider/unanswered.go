package provider

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unanswered holds the refresh tokens for which this process answered that the
// Store is unavailable. The rule is: a client that was entitled to an answer
// and got 503 stays entitled until it is answered, by any process.
//
// A refresh may have been stored although its answer was lost. So the process
// remembers when the series of unanswered requests began. If it began inside
// the replay window of the family, the same answer is given again however late
// the client comes back, and as soon as the Store answers, Run extends the
// window in the Store, so that every other process returns that answer too. A
// series that began after the window had ended changes nothing. A client that
// closes its connection is not remembered. So nobody outside can widen a window
// that has ended.
type unanswered struct {
	count    atomic.Int64 // of series; read without the lock
	failedAt atomic.Int64 // when the Store failed last, in Unix milliseconds
	mu       sync.Mutex
	series   map[oauth.Hash]series
}

// series is a series of requests with the same refresh token.
type series struct {
	family oauth.ID
	began  time.Time
	// requests counts the requests of the series.
	requests int
}

const (
	// maxUnanswered bounds the memory of unanswered, at about 100 bytes each.
	// A client that is not remembered has to log in again if it comes back after
	// its window.
	maxUnanswered = 100_000
	// settleTime is how long after a failure of the Store a process does not
	// decide that the last exchanged refresh token was reused: other processes
	// might still have to extend its window.
	settleTime = 15 * time.Second
	// extendEvery is how often Run extends the windows of unanswered requests.
	extendEvery = time.Second
)

// errUndecided is returned while it cannot be decided whether a refresh token
// was reused. It is not a failure of the Store, so it does not prolong that time.
var errUndecided = fmt.Errorf("%w: it is not known yet whether a refresh token was reused", oauth.ErrUnavailable)

// add stores that a request with the token was not answered.
func (u *unanswered) add(token oauth.Token, req time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.series == nil {
		u.series = make(map[oauth.Hash]series)
	}
	one, known := u.series[token.Hash()]
	if !known {
		if len(u.series) >= maxUnanswered {
			return
		}
		one = series{family: token.ID, began: req}
	}
	one.requests++
	u.series[token.Hash()] = one
	u.count.Store(int64(len(u.series)))
}

// answered ends the series of a token, because its client got an answer.
func (u *unanswered) answered(token oauth.Token) {
	if u.count.Load() > 0 {
		u.remove(token.Hash())
	}
}

// extended ends a series whose window was extended, unless another request of it
// failed in the meantime.
func (u *unanswered) extended(presented oauth.Hash, before series) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.series[presented] == before {
		delete(u.series, presented)
		u.count.Store(int64(len(u.series)))
	}
}

func (u *unanswered) remove(presented oauth.Hash) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.series, presented)
	u.count.Store(int64(len(u.series)))
}

// began returns when the series of a token began.
func (u *unanswered) began(presented oauth.Hash) (time.Time, bool) {
	if u.count.Load() == 0 {
		return time.Time{}, false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	s, known := u.series[presented]
	return s.began, known
}

// entitled reports whether a series of the token began inside the window that
// ends at that time.
func (u *unanswered) entitled(presented oauth.Hash, windowEnd time.Time) bool {
	began, known := u.began(presented)
	return known && !began.After(windowEnd)
}

// undecided reports whether the Store failed so recently that another process
// may still have to extend a window.
func (u *unanswered) undecided(now time.Time) bool {
	at := u.failedAt.Load()
	return at != 0 && now.Sub(time.UnixMilli(at)) < settleTime
}

// all returns a copy of the series.
func (u *unanswered) all() map[oauth.Hash]series {
	if u.count.Load() == 0 {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	list := make(map[oauth.Hash]series, len(u.series))
	for presented, s := range u.series {
		list[presented] = s
	}
	return list
}
