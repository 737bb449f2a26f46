package account

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/writeback"
)

const (
	// TokenUseInterval is the minimum time between two writes of the last use of a personal token.
	TokenUseInterval = time.Hour
	// writeTokenUsesEvery is how often the uses that were noted are stored.
	writeTokenUsesEvery = time.Minute
	// mostTokenUses limits the number of uses that wait in memory. More of them are not stored.
	mostTokenUses = 1000
)

// tokenUses are uses of personal tokens that wait to be stored, so that no request waits for a write.
type tokenUses struct {
	mu      sync.Mutex
	pending map[FactorID]time.Time
}

// note notes the use of a token, unless a use within the last hour is stored.
func (u *tokenUses) note(f *Factor, now time.Time) {
	if now.Sub(f.UsedAt) < TokenUseInterval {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.pending == nil {
		u.pending = make(map[FactorID]time.Time)
	}
	if _, noted := u.pending[f.ID]; !noted && len(u.pending) < mostTokenUses {
		u.pending[f.ID] = now
	}
}

// take returns the uses that wait.
func (u *tokenUses) take() map[FactorID]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.pending
	u.pending = nil
	return taken
}

// putBack returns uses that could not be stored.
func (u *tokenUses) putBack(uses map[FactorID]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(uses, u.pending)
	u.pending = uses
}

// UsePersonalToken is PersonalToken for a token with which a request was made. The time of the use is
// stored later, and at most once an hour for each token.
func (a *Accounts) UsePersonalToken(ctx context.Context, text string) (PersonalToken, *User, error) {
	f, u, err := a.personalToken(ctx, text)
	if err != nil {
		return PersonalToken{}, nil, err
	}
	a.tokenUses.note(&f, a.now())
	return personalTokenOf(f), u, nil
}

// StoreTokenUses stores the last uses of personal tokens until the context ends, and then once more.
// It always returns nil.
func (a *Accounts) StoreTokenUses(ctx context.Context) error {
	return writeback.Loop{
		Every: writeTokenUsesEvery, Store: a.storeTokenUses, Logger: a.Logger,
		Warning: "the last use of API tokens could not be stored; this will be retried",
	}.Run(ctx)
}

// storeTokenUses stores the uses that wait. Those that cannot be stored wait again.
func (a *Accounts) storeTokenUses(ctx context.Context, _ bool) (more bool, err error) {
	uses := a.tokenUses.take()
	for id, at := range uses {
		if err := a.Store.NoteTokenUse(ctx, id, at); err != nil {
			a.tokenUses.putBack(uses)
			return true, err
		}
		delete(uses, id)
	}
	return false, nil
}
