package sqlite

import (
	"database/sql"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// readers limits how many reads run at the same time to the number of connections,
// and for how long a read waits for one of them. A context with a deadline would
// cost a goroutine for each read.
type readers struct {
	free   chan struct{} // one element for each read that runs
	waits  atomic.Uint64
	waited atomic.Int64 // in nanoseconds
}

// newReaders returns the readers of a pool in which watch, unless nil, is in use
// all the time. A pool without a limit has maxReaders.
func newReaders(pool *sql.DB, watch *sql.Conn) *readers {
	most := pool.Stats().MaxOpenConnections
	if watch != nil {
		most--
	}
	if most <= 0 {
		most = maxReaders
	}
	return &readers{free: make(chan struct{}, most)}
}

const maxReaders = 64

// acquire waits until a connection is free. If it returns nil, release must be
// called.
func (r *readers) acquire(patience time.Duration) error {
	select {
	case r.free <- struct{}{}:
		return nil
	default:
	}
	begun := time.Now()
	r.waits.Add(1)
	defer func() { r.waited.Add(int64(time.Since(begun))) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r.free <- struct{}{}:
		return nil
	case <-timer.C:
		return sqlstore.ErrTooLate
	}
}

func (r *readers) release() { <-r.free }
