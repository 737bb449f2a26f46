package account_test

import (
	"context"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// blockedStore is a Store in which no attempt begins before free is closed. It
// records the first limit of each attempt, in the order in which they begin.
type blockedStore struct {
	account.Store
	free chan struct{}

	mu    sync.Mutex
	begun []string
}

func (s *blockedStore) BeginAttempt(ctx context.Context, limits []account.AttemptLimit, window time.Duration, now time.Time) ([]account.AttemptCount, bool, error) {
	<-s.free
	s.mu.Lock()
	s.begun = append(s.begun, limits[0].Key)
	s.mu.Unlock()
	return s.Store.BeginAttempt(ctx, limits, window, now)
}
