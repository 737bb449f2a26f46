package account_test

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// blockedStore is a Store in which no attempt begins before free is closed.
type blockedStore struct {
	account.Store
	free chan struct{}
}

func (s blockedStore) BeginAttempt(ctx context.Context, limits []account.AttemptLimit, window time.Duration, now time.Time) ([]account.AttemptCount, bool, error) {
	<-s.free
	return s.Store.BeginAttempt(ctx, limits, window, now)
}
