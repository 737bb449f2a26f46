// Package deliveries decides which receivers get messages of a queue at the moment, so
// that a receiver that does not respond delays no other receiver.
package deliveries

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// maxBusy is how many receivers get messages at the same time.
const maxBusy = 256

// Deliveries holds the receivers that get no further messages at the moment: those to
// which messages are being sent, and those for which an attempt failed a short time ago.
// A receiver that does not respond therefore does not delay other receivers, even if
// there are many messages for it, and occupies only a few connections for a short time.
type Deliveries struct {
	mu      sync.Mutex
	busy    map[string]bool
	resting map[string]time.Time // until when
	// Free receives a value when a receiver is no longer busy.
	Free chan struct{}
	// Running counts the goroutines that deliver.
	Running sync.WaitGroup
}

// New returns Deliveries without receivers.
func New() *Deliveries {
	return &Deliveries{busy: make(map[string]bool), resting: make(map[string]time.Time), Free: make(chan struct{}, 1)}
}

// Excluded returns the receivers that get no further messages at the moment, and
// whether there are too many.
func (d *Deliveries) Excluded(now time.Time) (receivers []string, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.resting, func(_ string, until time.Time) bool { return !until.After(now) })
	receivers = slices.AppendSeq(slices.Collect(maps.Keys(d.busy)), maps.Keys(d.resting))
	return receivers, len(d.busy) >= maxBusy
}

// Begin marks a receiver as busy.
func (d *Deliveries) Begin(receiver string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy[receiver] = true
}

// End makes a receiver available again at once, or at restUntil if that is not zero.
func (d *Deliveries) End(receiver string, restUntil time.Time) {
	d.mu.Lock()
	delete(d.busy, receiver)
	if !restUntil.IsZero() {
		d.resting[receiver] = restUntil
	}
	d.mu.Unlock()
	select {
	case d.Free <- struct{}{}:
	default:
	}
}
