package audit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	batch     = 500              // rows that are linked in one transaction
	linkEvery = time.Second      // how often the queue is read
	leaseFor  = 30 * time.Second // see Store.LeaseAudit
	headEvery = time.Hour        // how often the head is logged, and old rows are removed
)

// Run adds the records of the queue to the chain, erases what must be erased, and removes
// old records, until the context ends. Only one of several processes does this at a time.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(linkEvery)
	defer tick.Stop()
	var maintained time.Time
	for {
		held, err := l.Store.LeaseAudit(ctx, l.holder, leaseFor)
		if err == nil && held {
			_, err = l.Link(ctx)
			if now := l.Clock(); err == nil && now.Sub(maintained) >= headEvery {
				maintained = now
				err = l.maintain(ctx)
			}
		}
		if err != nil && ctx.Err() == nil {
			l.Logger.WarnContext(ctx, "records could not be added to the chain of the audit log; this will be retried", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// linker holds the state of a Log between two calls of Link.
type linker struct {
	mu     *sync.Mutex
	broken map[oauth.ID]bool // rows that the Store cannot add to the chain
	erased map[oauth.ID]bool // erasures in the queue that were carried out once
}

func newLinker() linker {
	return linker{new(sync.Mutex), make(map[oauth.ID]bool), make(map[oauth.ID]bool)}
}

// Link adds the records of the queue to the chain, and returns how many it added. An
// erasure stays in the queue for a minute, so that records about the person that are queued
// after it are erased, too.
func (l *Log) Link(ctx context.Context) (linked int, err error) {
	l.linker.mu.Lock()
	defer l.linker.mu.Unlock()
	for {
		// The head is read first: if it has not moved when the rows are linked, no other
		// process has linked them since they were read.
		head, _, err := l.Store.AuditHeads(ctx)
		if err != nil {
			return linked, err
		}
		rows, err := l.ready(ctx)
		if err != nil || len(rows) == 0 {
			return linked, err
		}
		n, err := l.linkRows(ctx, head, rows)
		linked += n
		if errors.Is(err, oauth.ErrConflict) {
			return linked, nil // another process has just linked them
		}
		if err != nil || len(rows) < batch {
			return linked, err
		}
	}
}

// ready returns up to one batch of rows of the queue that can be linked, after their
// erasures.
func (l *Log) ready(ctx context.Context) ([]Row, error) {
	const mostRead = 64 * batch
	for n := batch; ; n *= 2 {
		queue, err := l.Store.AuditQueue(ctx, n)
		if err != nil {
			return nil, err
		}
		if err := l.erase(ctx, queue); err != nil {
			return nil, err
		}
		now := l.Clock()
		var rows []Row
		for _, r := range queue {
			if !l.linker.broken[r.ID] && !r.isHeld(now) && len(rows) < batch {
				rows = append(rows, r)
			}
		}
		if len(rows) > 0 || len(queue) < n || n >= mostRead {
			return rows, nil
		}
	}
}

// linkRows links rows in one transaction. If the Store cannot store one of them, it links each
// of them in its own, so that one row cannot stop the log.
func (l *Log) linkRows(ctx context.Context, head Head, rows []Row) (linked int, err error) {
	err = l.Store.LinkAudit(ctx, head, l.chain(head, rows), rows)
	if err == nil {
		return len(rows), nil
	}
	if !isFault(ctx, err) {
		return 0, err
	}
	broken := make(map[oauth.ID]error)
	for i := range rows {
		one := rows[i : i+1]
		next := l.chain(head, one)
		if err := l.Store.LinkAudit(ctx, head, next, one); err == nil {
			head = next
			linked++
		} else if isFault(ctx, err) {
			broken[rows[i].ID] = err
		} else {
			return linked, err
		}
	}
	if linked == 0 {
		return 0, err // the database may accept no row at all
	}
	for id, err := range broken {
		l.linker.broken[id] = true
		l.Logger.ErrorContext(ctx, "a record cannot be added to the chain of the audit log, and remains in its queue", "id", id.String(), "error", err.Error())
	}
	return linked, nil
}

// isFault reports whether an error of LinkAudit is about a row: the same call would fail again.
func isFault(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !errors.Is(err, oauth.ErrConflict) && !errors.Is(err, oauth.ErrUnavailable)
}

// chain sets the position, hash and seal of the rows, and returns the head after them.
func (l *Log) chain(head Head, rows []Row) Head {
	for i := range rows {
		r := &rows[i]
		r.bound()
		r.Seq = head.Seq + 1
		r.Hash = r.chained(head.Hash)
		r.Seal = seal(l.Key, sealRow, r.Seq, r.Hash)
		head = Head{Seq: r.Seq, Hash: r.Hash, At: r.At}
	}
	head.Seal = seal(l.Key, sealHead, head.Seq, head.Hash)
	return head
}
