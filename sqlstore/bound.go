package sqlstore

import (
	"hash/maphash"
	"sync/atomic"
)

// boundClients are the clients for which this process has seen families that are
// bound to their login sessions. It is only a hint that chooses between two
// statements with the same result, so clients with the same hash can share a place.
type boundClients struct {
	seed   maphash.Seed
	places [1024]atomic.Bool
}

func newBoundClients() *boundClients { return &boundClients{seed: maphash.MakeSeed()} }

func (b *boundClients) place(clientID string) *atomic.Bool {
	return &b.places[maphash.String(b.seed, clientID)%uint64(len(b.places))]
}

func (b *boundClients) add(clientID string) {
	if p := b.place(clientID); !p.Load() { // a write would slow the readers on other processors down
		p.Store(true)
	}
}

func (b *boundClients) contains(clientID string) bool { return b.place(clientID).Load() }
