package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// What many callers ask for at one moment travels together: the more callers,
// the fewer round trips and syncs for each. Statements that write share a
// transaction; lookups by the same query become one query.
const (
	pipeWorkers = 2
	pipeBatch   = 256
	// pipeBusy is how long a batch keeps the next ones from a connection of
	// their own, because two small batches cost more than one large. What takes
	// longer waits, for a lock or for a network.
	pipeBusy = 5 * time.Millisecond
)

// statement is one that somebody waits for.
type statement struct {
	query string
	args  []any
	dest  []any
	row   bool // args are a row for a query that inserts many
	found bool
	err   error
}

// batch is the statements that travel together.
type batch struct {
	statements []*statement
	done       chan struct{}
}

// piper takes what is queued, sends it in one round trip, and answers. While
// nothing is under way it never waits for a batch to fill.
type piper struct {
	send    func([]*statement)
	alike   bool // a batch holds one query only
	sent    sqlstore.Batches
	mu      sync.Mutex
	due     *sync.Cond // a batch may be sent, or the piper was closed
	batches []*batch   // in the order in which they began to fill
	sending int
	late    bool        // the last batch that was sent is under way for pipeBusy
	watch   *time.Timer // makes it late
	closed  bool
	working sync.WaitGroup
}

var errClosed = errors.New("the database is closed")

func newPiper(alike bool, send func([]*statement)) *piper {
	p := &piper{alike: alike, send: send}
	p.due = sync.NewCond(&p.mu)
	p.watch = time.AfterFunc(pipeBusy, p.isLate)
	for range pipeWorkers {
		p.working.Go(p.work)
	}
	return p
}

// do queues a statement and waits for its answer. Once queued it is not given
// up.
func (p *piper) do(ctx context.Context, s *statement) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
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
	b := p.open(s)
	if b == nil {
		b = &batch{done: make(chan struct{})}
		p.batches = append(p.batches, b)
	}
	b.statements = append(b.statements, s)
	if p.isDue() {
		p.due.Signal()
	}
	return b, nil
}

// open finds a batch that takes the statement.
func (p *piper) open(s *statement) *batch {
	for _, b := range p.batches {
		if len(b.statements) < pipeBatch && (!p.alike || b.statements[0].query == s.query) {
			return b
		}
	}
	return nil
}

// next ends the batch before, if there was one, and waits for another; nil
// means that the piper was closed and all is done.
func (p *piper) next(before *batch) *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if before != nil {
		p.sending--
		close(before.done)
	}
	for !p.isDue() {
		if p.closed {
			return nil
		}
		p.due.Wait()
	}
	b := p.batches[0]
	p.batches = slices.Delete(p.batches, 0, 1)
	p.sending++
	p.late = false
	p.watch.Reset(pipeBusy)
	return b
}

func (p *piper) isLate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = true
	p.due.Signal()
}

// isDue reports whether the first batch should be sent.
func (p *piper) isDue() bool {
	switch {
	case len(p.batches) == 0:
		return false
	case len(p.batches) > 1 || len(p.batches[0].statements) == pipeBatch:
		return true // waiting would not fill it further
	}
	return p.sending == 0 || p.late || p.closed
}

// waiting is how many statements are queued.
func (p *piper) waiting() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.batches {
		n += len(b.statements)
	}
	return n
}

func (p *piper) close() {
	p.mu.Lock()
	p.closed = true
	p.due.Broadcast()
	p.mu.Unlock()
	p.working.Wait()
	p.watch.Stop()
}

func (p *piper) work() {
	for b := p.next(nil); b != nil; b = p.next(b) {
		begun := time.Now()
		p.send(b.statements)
		p.sent.Count(len(b.statements), time.Since(begun))
	}
}

// committer sends statements that write.
type committer struct{ pool *pgxpool.Pool }

// commit sends a batch as one transaction. If it fails and more than one is in
// it, each gets a transaction of its own, so that one cannot spoil another; but
// only if it is certain that nothing was kept, because a statement must not run
// twice.
func (c committer) commit(statements []*statement) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	err := again(ctx, func() error { return c.send(ctx, statements) })
	switch {
	case err == nil:
	case len(statements) == 1 || !refused(err):
		for _, s := range statements {
			s.found, s.err = false, err
		}
	default:
		for _, s := range statements {
			s.err = again(ctx, func() error { return c.send(ctx, []*statement{s}) })
		}
	}
}

// refused reports whether the server itself said no: then nothing was kept.
func refused(err error) bool { return lost(err) || fatal(err) }

// send makes one round trip and one transaction: without a BEGIN the
// statements between two syncs are one.
func (c committer) send(ctx context.Context, statements []*statement) (err error) {
	var (
		b    pgx.Batch
		rows []*statement
	)
	for _, s := range statements {
		if s.row {
			rows = append(rows, s)
		} else {
			b.Queue(s.query, s.args...)
		}
	}
	for rest := rows; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(s *statement) bool { return s.query != rest[0].query })
		if n < 0 {
			n = len(rest)
		}
		b.Queue(rest[0].query, columns(rest[:n])...)
		rest = rest[n:]
	}
	results := c.pool.SendBatch(ctx, &b)
	defer func() { err = errors.Join(err, results.Close()) }()
	for _, s := range statements {
		if s.row {
			continue // an error among them shows when the results are closed
		}
		if err := s.read(results); err != nil {
			return err
		}
	}
	return nil
}

// columns turns rows into the array of each column.
func columns(rows []*statement) []any {
	all := make([]any, len(rows[0].args))
	for i, first := range rows[0].args {
		switch first.(type) {
		case []byte:
			all[i] = column[[]byte](rows, i)
		case string:
			all[i] = column[string](rows, i)
		default:
			all[i] = column[int64](rows, i)
		}
	}
	return all
}

func column[T any](rows []*statement, i int) []T {
	values := make([]T, len(rows))
	for n, s := range rows {
		values[n] = s.args[i].(T) //nolint:forcetypeassert // a column is of one type
	}
	return values
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

// finder looks keys up.
type finder struct{ pool *pgxpool.Pool }

// find asks for all keys at once. A failure is everybody's: nothing was
// changed, and who wants may ask again.
func (f finder) find(statements []*statement) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	if err := again(ctx, func() error { return f.ask(ctx, statements) }); err != nil {
		for _, s := range statements {
			s.found, s.err = false, err
		}
	}
}

func (f finder) ask(ctx context.Context, statements []*statement) error {
	keys := make([][]byte, len(statements))
	for i, s := range statements {
		s.found, s.err = false, nil  // it may be the second try
		keys[i] = s.args[0].([]byte) //nolint:forcetypeassert // Find puts it there
	}
	rows, err := f.pool.Query(ctx, statements[0].query, keys)
	if err != nil {
		return err
	}
	defer rows.Close()
	var n int64
	for rows.Next() {
		place, err := ordinality(rows)
		if err != nil || place < 1 || place > len(statements) {
			return errors.Join(errors.New("a row of no key"), err)
		}
		s := statements[place-1]
		if err := rows.Scan(append([]any{&n}, s.dest...)...); err != nil {
			s.err = err
			continue
		}
		s.found = true
	}
	return rows.Err()
}

// ordinality reads the first column, a bigint, before the others.
func ordinality(rows pgx.Rows) (int, error) {
	raw := rows.RawValues()[0]
	if rows.FieldDescriptions()[0].Format == pgx.BinaryFormatCode && len(raw) == 8 {
		return int(binary.BigEndian.Uint64(raw)), nil //nolint:gosec // it is compared with the number of keys
	}
	return strconv.Atoi(string(raw))
}
