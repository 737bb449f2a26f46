package account

import (
	"crypto/rand"
	"log/slog"
	"runtime"
	"time"
)

// Config is what Accounts are made of; its zero values are safe defaults.
type Config struct {
	Store Store
	// Key, 32 random bytes, signs the mark of a browser in which its person
	// has logged in before; nil means a key of this process alone.
	Key []byte
	// SessionIdle ends a session that is not used; 0 means 12 h.
	SessionIdle time.Duration
	// SessionMax ends a session whatever happens; 0 means 30 days.
	SessionMax time.Duration

	Clock  func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil logs nothing
}

// seenEvery is how exactly a session's last use is kept: each write of it
// costs a row.
const seenEvery = 5 * time.Minute

// Accounts is all that happens to people and their sessions.
type Accounts struct {
	Config
	hashing chan struct{} // a place for each password that may be hashed at a time
}

// New makes the Accounts of a Store.
func New(c Config) *Accounts {
	if c.Key == nil {
		c.Key = make([]byte, 32)
		_, _ = rand.Read(c.Key) // never fails (crypto/rand)
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = 12 * time.Hour
	}
	if c.SessionMax == 0 {
		c.SessionMax = 30 * 24 * time.Hour
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	// Half of the cores: log-ins, however many, leave the rest to the tokens.
	return &Accounts{Config: c, hashing: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
}

// now is the time to the millisecond, as Stores keep it.
func (a *Accounts) now() time.Time { return a.Clock().Truncate(time.Millisecond) }
