package sqlstore

import "sync/atomic"

// reachability is whether the database can be reached, as far as the last calls
// have shown. Only a metric depends on it. The zero value is ready to use.
type reachability struct{ state atomic.Int32 }

const (
	reachable  = iota
	readFailed // a call that only reads could not reach the database
	// writeFailed: a call that writes could not. A successful read does not change
	// that, because a server may answer and accept no writes.
	writeFailed
)

// failed records a call that could not reach the database.
func (r *reachability) failed(writes bool) {
	if writes {
		r.state.Store(writeFailed)
		return
	}
	r.state.CompareAndSwap(reachable, readFailed)
}

// answered records a call that the database answered.
func (r *reachability) answered(writes bool) {
	switch state := r.state.Load(); {
	case state == reachable:
	case writes || state == readFailed:
		r.state.CompareAndSwap(state, reachable)
	}
}

func (r *reachability) lost() bool { return r.state.Load() != reachable }
