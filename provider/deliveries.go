package provider

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// logoutClients is how many clients are notified at the same time.
const logoutClients = 256

// deliveries holds the clients that get no further notices at the moment: those that
// are being notified, and those for which an attempt failed a short time ago. So a
// client that does not respond delays no other client, however many notices there
// are for it, and occupies few connections for a short time.
type deliveries struct {
	mu      sync.Mutex
	busy    map[string]bool
	resting map[string]time.Time // until when
	free    chan struct{}        // a client is not busy any more
	running sync.WaitGroup
}

func newDeliveries() *deliveries {
	return &deliveries{busy: make(map[string]bool), resting: make(map[string]time.Time), free: make(chan struct{}, 1)}
}

// excluded returns the clients that get no further notices at the moment, and
// whether there are too many.
func (d *deliveries) excluded(now time.Time) (clients []string, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.resting, func(_ string, until time.Time) bool { return !until.After(now) })
	clients = slices.AppendSeq(slices.Collect(maps.Keys(d.busy)), maps.Keys(d.resting))
	return clients, len(d.busy) >= logoutClients
}

func (d *deliveries) begin(client string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy[client] = true
}

// end makes the client available again, or lets it rest.
func (d *deliveries) end(client string, restUntil time.Time) {
	d.mu.Lock()
	delete(d.busy, client)
	if !restUntil.IsZero() {
		d.resting[client] = restUntil
	}
	d.mu.Unlock()
	select {
	case d.free <- struct{}{}:
	default:
	}
}
