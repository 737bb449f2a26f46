package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Statements of many callers travel together, and share a commit: the more
// callers, the fewer round trips and syncs for each.
const (
	pipeWorkers = 2
	pipeBatch   = 256
)

// statement is one that somebody waits for.
type statement struct {
	query string
	args  []any
	dest  []any
	found bool
	err   error
}

// batch is the statements that share a transaction.
type batch struct {
	statements []*statement
	done       chan struct{}
}

// piper takes what is queued, sends it in one round trip as one transaction,
// and answers after the commit. It never waits for a batch to fill.
type piper struct {
	pool    *pgxpool.Pool
	mu      sync.Mutex
	queued  *sync.Cond
	batches []*batch // the last one still takes statements
	closed  bool
	working sync.WaitGroup
}

var errClosed = errors.New("the database is closed")

func newPiper(pool *pgxpool.Pool) *piper {
	p := &piper{pool: pool}
	p.queued = sync.NewCond(&p.mu)
	for range pipeWorkers {
		p.working.Go(p.work)
	}
	return p
}

// Pipes: statements may change several tables (data-modifying WITH).
func (p *piper) Pipes() bool { return true }

// Pipe queues a statement and waits for its answer. Once queued it is not
// given up.
func (p *piper) Pipe(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s := &statement{query: query, args: args, dest: dest}
	b, err := p.queue(s)
	if err != nil {
		return false, err
	}
	<-b.done
	return s.found, s.err
}

func (p *piper) queue(s *statement) (*batch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	n := len(p.batches)
	if n == 0 || len(p.batches[n-1].statements) == pipeBatch {
		p.batches = append(p.batches, &batch{done: make(chan struct{})})
		n++
	}
	b := p.batches[n-1]
	b.statements = append(b.statements, s)
	p.queued.Signal()
	return b, nil
}

// next waits for a batch; nil means that the piper was closed and all is done.
func (p *piper) next() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.batches) == 0 {
		if p.closed {
			return nil
		}
		p.queued.Wait()
	}
	b := p.batches[0]
	p.batches = slices.Delete(p.batches, 0, 1)
	return b
}

func (p *piper) close() {
	p.mu.Lock()
	p.closed = true
	p.queued.Broadcast()
	p.mu.Unlock()
	p.working.Wait()
}

func (p *piper) work() {
	for b := p.next(); b != nil; b = p.next() {
		p.commit(b.statements)
		close(b.done)
	}
}

// commit sends the batch. If it fails and more than one is in it, each gets a
// transaction of its own, so that one cannot spoil another; but only if it is
// certain that nothing was kept, because a statement must not run twice.
func (p *piper) commit(statements []*statement) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	err := again(ctx, func() error { return p.send(ctx, statements) })
	switch {
	case err == nil:
	case len(statements) == 1 || !refused(err):
		for _, s := range statements {
			s.found, s.err = false, err
		}
	default:
		for _, s := range statements {
			s.err = again(ctx, func() error { return p.send(ctx, []*statement{s}) })
		}
	}
}

// refused reports whether the server itself said no: then nothing was kept.
func refused(err error) bool { return lost(err) || fatal(err) }

// send makes one round trip and one transaction: without a BEGIN the
// statements between two syncs are one.
func (p *piper) send(ctx context.Context, statements []*statement) (err error) {
	var b pgx.Batch
	for _, s := range statements {
		b.Queue(s.query, s.args...)
	}
	results := p.pool.SendBatch(ctx, &b)
	defer func() { err = errors.Join(err, results.Close()) }()
	for _, s := range statements {
		if err := s.read(results); err != nil {
			return err
		}
	}
	return nil
}

func (s *statement) read(results pgx.BatchResults) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.found = rows.Next(); s.found && len(s.dest) > 0 {
		if err := rows.Scan(s.dest...); err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}
