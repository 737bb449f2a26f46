package provider

import (
	"maps"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// useAgain is how long the use of a client or a secret is not recorded again, and
	// writeUsesEvery how often the recorded ones are written. So a request never
	// waits for the write, and a process writes at most one row per client and hour,
	// and one per secret and hour.
	useAgain       = time.Hour
	writeUsesEvery = time.Minute
	// mostUses limits the number of uses that are remembered. If there are more,
	// their uses are recorded again.
	mostUses = 100_000
)

// usedSecret identifies a secret of a client, or with an empty secretID the client itself.
type usedSecret struct{ clientID, secretID string }

// secretUses records when clients and their secrets are used.
type secretUses struct {
	mu      sync.RWMutex
	noted   map[usedSecret]time.Time // when the use was noted
	pending map[usedSecret]time.Time // uses that have not been written
}

// noteClient records a use of a client itself.
func (u *secretUses) noteClient(id string, now time.Time) { u.note(id, "", now) }

// note records a use, unless one was recorded within the last hour.
func (u *secretUses) note(clientID, secretID string, now time.Time) {
	key := usedSecret{clientID, secretID}
	u.mu.RLock()
	last, known := u.noted[key]
	u.mu.RUnlock()
	if known && now.Sub(last) < useAgain {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.noted == nil || len(u.noted) >= mostUses {
		u.noted = make(map[usedSecret]time.Time)
	}
	if u.pending == nil {
		u.pending = make(map[usedSecret]time.Time)
	}
	u.noted[key] = now
	if len(u.pending) < mostUses {
		u.pending[key] = now
	}
}

// take returns the uses that have not been written.
func (u *secretUses) take() (uses []oauth.SecretUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, at := range u.pending {
		uses = append(uses, oauth.SecretUse{ClientID: key.clientID, SecretID: key.secretID, At: at})
	}
	u.pending = nil
	return uses
}

// putBack records again the uses that could not be written.
func (u *secretUses) putBack(uses []oauth.SecretUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	back := make(map[usedSecret]time.Time, len(uses))
	for _, use := range uses {
		back[usedSecret{use.ClientID, use.SecretID}] = use.At
	}
	maps.Copy(back, u.pending)
	u.pending = back
}
