// Package flows keeps the last authorization requests of each application with the steps that
// followed them, so that the back office of every process can show each attempt as a whole.
//
// Nothing is written while a request is answered: a Log holds the steps in bounded memory, and
// writes them every two seconds. Steps can be lost in a crash.
package flows

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// Keep is how many flows of each application are kept with a person, and how many without.
	Keep = 50
	// maxPending is how many flows can wait to be stored, and maxOfClient how many of these can
	// be of one client. Steps of others are dropped.
	maxPending  = 500
	maxOfClient = 50
	// storeEvery is how often flows are stored, and maxBatch how many at a time.
	storeEvery = 2 * time.Second
	maxBatch   = 200
	// lastWait is how long the Log waits for the Store when it stops.
	lastWait = 2 * time.Second
	// maxAge is how old a request can be when a step is added, and maxAhead how far its time can be
	// in the future. The ID of a code that a client sends can be invented.
	maxAge, maxAhead = 24 * time.Hour, time.Minute
)

// Log holds steps until they are stored. Use New.
type Log struct {
	store   oauth.FlowStore
	clock   func() time.Time
	logger  *slog.Logger
	mu      sync.Mutex
	pending map[oauth.ID]*oauth.Flow
	clients map[string]int // of pending, by client
}

// New returns an empty Log.
func New(store oauth.FlowStore, clock func() time.Time, logger *slog.Logger) *Log {
	return &Log{store: store, clock: clock, logger: logger, pending: make(map[oauth.ID]*oauth.Flow), clients: make(map[string]int)}
}

// Add adds steps to a flow. It never waits for the Store.
func (l *Log) Add(f oauth.Flow) {
	now := l.clock()
	if began := f.ID.Time(); began.Before(now.Add(-maxAge)) || began.After(now.Add(maxAhead)) || f.ClientID == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(f)
}

func (l *Log) add(f oauth.Flow) {
	if known := l.pending[f.ID]; known != nil {
		if known.ClientID == f.ClientID {
			known.Add(f)
		}
		return
	}
	if len(l.pending) >= maxPending || l.clients[f.ClientID] >= maxOfClient {
		return
	}
	added := f // only this copy is on the heap
	l.pending[f.ID] = &added
	l.clients[f.ClientID]++
}

// take removes up to n of the oldest pending flows, and returns them.
func (l *Log) take(n int) []oauth.Flow {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := make([]oauth.Flow, 0, len(l.pending))
	for _, f := range l.pending {
		batch = append(batch, *f)
	}
	slices.SortFunc(batch, func(a, b oauth.Flow) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	batch = batch[:min(n, len(batch))]
	for _, f := range batch {
		delete(l.pending, f.ID)
		if l.clients[f.ClientID]--; l.clients[f.ClientID] == 0 {
			delete(l.clients, f.ClientID)
		}
	}
	return batch
}

// waiting returns the flows of a client, or of all if it is empty, that are not stored yet.
func (l *Log) waiting(clientID string) (found []oauth.Flow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.pending {
		if clientID == "" || f.ClientID == clientID {
			found = append(found, *f)
		}
	}
	return found
}

// Run stores flows until the context ends, and then once more. It always returns nil.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(storeEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
			defer cancel()
			_ = l.storeBatch(last, maxPending) // they may be lost
			return nil
		case <-tick.C:
		}
		err := l.storeBatch(ctx, maxBatch)
		if err != nil && !failing && ctx.Err() == nil {
			l.logger.WarnContext(ctx, "the steps of authorization requests could not be stored for the back office; this will be retried", "error", err.Error())
		}
		failing = err != nil
	}
}

// storeBatch stores some of the flows. After an error they wait again.
func (l *Log) storeBatch(ctx context.Context, n int) error {
	batch := l.take(n)
	if len(batch) == 0 {
		return nil
	}
	err := l.store.AddFlows(ctx, batch, Keep)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, f := range batch {
			l.add(f)
		}
	}
	return err
}

// Recent returns the last n flows of a client, or of all if it is empty, newest first. A flow whose beginning is not known
// is omitted.
func (l *Log) Recent(ctx context.Context, clientID string, n int) ([]oauth.Flow, error) {
	waiting := l.waiting(clientID)
	found, err := l.store.Flows(ctx, clientID, n)
	if err != nil {
		return nil, err
	}
	for _, f := range waiting {
		if i := slices.IndexFunc(found, func(other oauth.Flow) bool { return other.ID == f.ID }); i >= 0 {
			found[i].Add(f)
		} else {
			found = append(found, f)
		}
	}
	found = slices.DeleteFunc(found, func(f oauth.Flow) bool { return f.BeganAt.IsZero() })
	slices.SortFunc(found, func(a, b oauth.Flow) int {
		return cmp.Or(b.BeganAt.Compare(a.BeganAt), bytes.Compare(b.ID[:], a.ID[:]))
	})
	return found[:min(n, len(found))], nil
}

// Find returns the flow with the ID. ok is false if there is none.
func (l *Log) Find(ctx context.Context, id oauth.ID) (f oauth.Flow, ok bool, err error) {
	waiting := l.waiting("")
	f, err = l.store.Flow(ctx, id)
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		return f, false, err
	}
	for _, part := range waiting {
		switch {
		case part.ID != id:
		case f.ClientID == "":
			f = part
		case f.ClientID == part.ClientID:
			f.Add(part)
		}
	}
	return f, !f.BeganAt.IsZero(), nil
}
