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

	"github.com/seed-e6a88a41/latchkey/internal/writeback"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// Keep is how many flows of each application are kept with a person, and how many without.
	Keep = 50
	// maxPending is how many flows of each kind can wait to be stored, and maxOfClient how many of
	// these can be of one client: the newest ones, because a Store keeps only these. Steps of
	// others are dropped.
	maxPending  = 500
	maxOfClient = Keep
	// storeEvery is how often flows are stored, and maxBatch how many at a time.
	storeEvery = 2 * time.Second
	maxBatch   = 100
	// failuresWait is for how many batches a failure waits: until then, every process has stored
	// the request that failed.
	failuresWait = 2
	// maxAge is how old a request can be when a step is added, and maxAhead how far its time can be
	// in the future. The ID of a code that a client sends can be invented.
	maxAge, maxAhead = 24 * time.Hour, time.Minute
)

// A kind of flows has a limit of its own, so that unauthenticated requests do not replace those of
// people. The kinds are sorted: the first are stored first.
type kind int

const (
	ofPerson  kind = iota // a person was logged in
	ofNobody              // nobody was logged in yet
	ofFailure             // a failure whose request this Log does not know. It may be invented
)

func kindOf(f oauth.Flow) kind {
	switch {
	case f.BeganAt.IsZero():
		return ofFailure
	case f.Person:
		return ofPerson
	}
	return ofNobody
}

// share is a part of the pending flows, which has a limit of its own.
type share struct {
	kind     kind
	clientID string
}

func shareOf(f oauth.Flow) share { return share{kindOf(f), f.ClientID} }

// A part of a flow is not stored yet.
type part struct {
	oauth.Flow
	waited int // the number of batches without it
}

// Log holds steps until they are stored. Use New.
type Log struct {
	store   oauth.FlowStore
	clock   func() time.Time
	logger  *slog.Logger
	mu      sync.Mutex
	pending map[oauth.ID]*part
	storing []oauth.Flow // the batch that is being stored
	sizes   map[kind]int
	shares  map[share][]oauth.ID // what is pending of each share, the oldest first
}

// New returns an empty Log.
func New(store oauth.FlowStore, clock func() time.Time, logger *slog.Logger) *Log {
	return &Log{store: store, clock: clock, logger: logger, pending: make(map[oauth.ID]*part), sizes: make(map[kind]int), shares: make(map[share][]oauth.ID)}
}

// Add adds steps to a flow. A flow without BeganAt, which is only a failure, is ignored if no
// process knows the request. Add never waits for the Store.
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
		switch {
		case known.ClientID == f.ClientID:
			l.remove(known.Flow)
			known.Add(f)
			f = known.Flow
		case kindOf(known.Flow) == ofFailure && kindOf(f) != ofFailure: // it named another client
			l.remove(known.Flow)
		default:
			return
		}
	}
	of := shareOf(f)
	if ids := l.shares[of]; len(ids) >= maxOfClient {
		if byAge(f.ID, ids[0]) < 0 {
			return
		}
		l.remove(l.pending[ids[0]].Flow)
	}
	if l.sizes[of.kind] >= maxPending {
		return
	}
	l.pending[f.ID] = &part{Flow: f}
	l.sizes[of.kind]++
	i, _ := slices.BinarySearchFunc(l.shares[of], f.ID, byAge)
	l.shares[of] = slices.Insert(l.shares[of], i, f.ID)
}

// byAge compares two IDs by their time.
func byAge(a, b oauth.ID) int { return bytes.Compare(a[:], b[:]) }

func (l *Log) remove(f oauth.Flow) {
	of := shareOf(f)
	delete(l.pending, f.ID)
	l.sizes[of.kind]--
	ids := l.shares[of]
	if len(ids) == 1 {
		delete(l.shares, of)
		return
	}
	i, _ := slices.BinarySearchFunc(ids, f.ID, byAge)
	l.shares[of] = slices.Delete(ids, i, i+1)
}

// take removes up to n pending flows, and returns them: first those of people, and first the
// newest. Failures are not taken at once, unless these are the last.
func (l *Log) take(n int, last bool) []oauth.Flow {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := make([]oauth.Flow, 0, len(l.pending))
	for _, f := range l.pending {
		if kindOf(f.Flow) == ofFailure && f.waited < failuresWait && !last {
			f.waited++
			continue
		}
		batch = append(batch, f.Flow)
	}
	slices.SortFunc(batch, func(a, b oauth.Flow) int {
		return cmp.Or(cmp.Compare(kindOf(a), kindOf(b)), byAge(b.ID, a.ID))
	})
	batch = batch[:min(n, len(batch))]
	for _, f := range batch {
		l.remove(f)
	}
	l.storing = batch
	return batch
}

// waiting returns the flows of a client, or of all if it is empty, that are not stored yet.
func (l *Log) waiting(clientID string) (found []oauth.Flow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found = append(found, l.storing...)
	for _, f := range l.pending {
		found = append(found, f.Flow)
	}
	return slices.DeleteFunc(found, func(f oauth.Flow) bool { return clientID != "" && f.ClientID != clientID })
}

// Run stores flows until the context ends, and then once more. It always returns nil.
func (l *Log) Run(ctx context.Context) error {
	return writeback.Loop{
		Every: storeEvery, Logger: l.logger, Warning: "steps of authorization requests could not be stored for the back office, and some may be lost",
		Store: l.storeBatch,
	}.Run(ctx)
}

// storeBatch stores some of the flows, and reports whether there may be more. If the Store is
// unavailable, they wait again. After another error they are lost, because it could happen again
// and again.
func (l *Log) storeBatch(ctx context.Context, last bool) (more bool, err error) {
	batch := l.take(maxBatch, last)
	if len(batch) > 0 {
		err = l.store.AddFlows(ctx, batch, Keep)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storing = nil
	if errors.Is(err, oauth.ErrUnavailable) || err != nil && ctx.Err() != nil {
		for _, f := range batch {
			l.add(f)
		}
	}
	return len(batch) == maxBatch, err
}

// Recent returns the last n flows of a client, or of all if it is empty, newest first. A failure
// whose request is not known is omitted.
func (l *Log) Recent(ctx context.Context, clientID string, n int) ([]oauth.Flow, error) {
	waiting := l.waiting(clientID)
	found, err := l.store.Flows(ctx, clientID, n)
	if err != nil {
		return nil, err
	}
	for _, f := range waiting {
		i := slices.IndexFunc(found, func(other oauth.Flow) bool { return other.ID == f.ID })
		switch {
		case i < 0:
			found = append(found, f)
		case found[i].ClientID == f.ClientID:
			found[i].Add(f)
		}
	}
	found = slices.DeleteFunc(found, func(f oauth.Flow) bool { return f.BeganAt.IsZero() })
	slices.SortFunc(found, func(a, b oauth.Flow) int {
		return cmp.Or(b.BeganAt.Compare(a.BeganAt), byAge(b.ID, a.ID))
	})
	return found[:min(n, len(found))], nil
}

// Find returns the flow with the ID. ok reports whether it exists.
func (l *Log) Find(ctx context.Context, id oauth.ID) (f oauth.Flow, ok bool, err error) {
	waiting := l.waiting("")
	f, err = l.store.Flow(ctx, id)
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		return f, false, err
	}
	for _, part := range waiting {
		switch {
		case part.ID != id:
		case f.ClientID == "" && part.BeganAt.IsZero():
		case f.ClientID == "":
			f = part
		case f.ClientID == part.ClientID:
			f.Add(part)
		}
	}
	return f, !f.BeganAt.IsZero(), nil
}
