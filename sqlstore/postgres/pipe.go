package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

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
	held  bool // a lock has held it up, and nothing of it was kept
	found bool
	err   error
}

// batch is the statements that travel together.
type batch struct {
	statements []*statement
	begun      time.Time // to be filled
	done       chan struct{}
}

func fail(statements []*statement, err error) {
	for _, s := range statements {
		s.found, s.err = false, err
	}
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

var (
	errClosed = errors.New("the database is closed")
	errLate   = errors.New("the database had no time for it, and was not asked")
)

func newPiper(workers int, alike bool, send func([]*statement)) *piper {
	p := &piper{alike: alike, send: send}
	p.due = sync.NewCond(&p.mu)
	p.watch = time.AfterFunc(pipeBusy, p.isLate)
	for range workers {
		p.working.Go(p.work)
	}
	return p
}

// do queues a statement and waits for its answer. Once sent it is not given up.
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
		b = &batch{begun: time.Now(), done: make(chan struct{})}
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
	for {
		for !p.isDue() {
			if p.closed {
				return nil
			}
			p.due.Wait()
		}
		b := p.batches[0]
		p.batches = slices.Delete(p.batches, 0, 1)
		if time.Since(b.begun) > patience { // its callers are, or soon will be, gone
			fail(b.statements, errLate)
			close(b.done)
			continue
		}
		p.sending++
		p.late = false
		p.watch.Reset(pipeBusy)
		return b
	}
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
type committer struct {
	connections
	met atomic.Pointer[time.Time] // when a lock was last waited for in vain
}

// commit sends a batch. Where one lock is held for long there are often more:
// then the next batches wait for none, and leave that to insist.
func (c *committer) commit(statements []*statement) {
	wait := lockPatience
	if met := c.met.Load(); met != nil && time.Since(*met) < lockWariness {
		wait = lockProbe
	}
	c.share(statements, wait, lockProbe)
}

// insist is commit for statements that a lock has held up. It waits for the
// locks where nobody else has to: for the first as long as for all the others.
func (c *committer) insist(statements []*statement) {
	c.share(statements, lockPatience, max(lockPatience/time.Duration(len(statements)), lockProbe))
}

func (c *committer) share(statements []*statement, wait, further time.Duration) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	slices.SortStableFunc(statements, rowsFirst)
	c.try(ctx, statements, wait, further)
}

// rowsFirst orders statements so that the rows to insert, which seldom meet a
// lock, come before those that do.
func rowsFirst(a, b *statement) int {
	switch {
	case a.row == b.row:
		return 0
	case a.row:
		return -1
	}
	return 1
}

// try sends statements as one transaction. If the server refuses it, it is
// certain that nothing was kept, because a statement must not run twice, and
// known which one was to blame: that one is tried alone, and the others without
// it, so that it cannot spoil them. They wait less for further locks, because as
// many waits as there are locks add up. One that a lock held up is not tried
// alone at first, but left to insist.
func (c *committer) try(ctx context.Context, statements []*statement, wait, further time.Duration) {
	if len(statements) == 0 {
		return
	}
	at, err := c.send(ctx, statements, wait)
	if err == nil {
		return
	}
	if wait == lockPatience && lockedOut(err) {
		now := time.Now()
		c.met.Store(&now)
	}
	n := together(statements[at:])
	blamed, before, behind := statements[at:at+n], statements[:at], statements[at+n:]
	switch {
	case !refused(err):
		fail(statements, err)
		return
	case lockedOut(err) && !blamed[0].held:
		fail(blamed, err)
		for _, s := range blamed {
			s.held = true
		}
	case len(statements) == 1:
		fail(blamed, err)
	case n == len(statements):
		before, behind = blamed[:n/2], blamed[n/2:]
	default:
		c.try(ctx, blamed, further, further)
	}
	c.try(ctx, before, further, further)
	c.try(ctx, behind, further, further)
}

// together is how many of the statements, from the first on, are sent as one:
// rows that the same query inserts.
func together(statements []*statement) int {
	first, n := statements[0], 1
	for first.row && n < len(statements) && statements[n].row && statements[n].query == first.query {
		n++
	}
	return n
}

// send tells with an error which statement it is about; the first, if that is
// not known.
func (c *committer) send(ctx context.Context, statements []*statement, wait time.Duration) (at int, err error) {
	err = c.again(ctx, func() (err error) {
		at, err = c.sendOnce(ctx, statements, wait)
		return err
	})
	return at, err
}

// sendOnce makes one round trip and one transaction: without a BEGIN the
// statements between two syncs are one.
func (c *committer) sendOnce(ctx context.Context, statements []*statement, wait time.Duration) (at int, err error) {
	var b pgx.Batch
	unset := c.pooled || wait != lockPatience // the connections of a pooler are not ours to set
	if unset {
		b.Queue(`SELECT pg_catalog.set_config('lock_timeout', $1, true)`, strconv.FormatInt(wait.Milliseconds(), 10))
	}
	for _, s := range statements {
		s.found, s.err = false, nil // it may be the second try
	}
	for rest := statements; len(rest) > 0; {
		n, args := together(rest), rest[0].args
		if rest[0].row {
			args = columns(rest[:n])
		}
		b.Queue(rest[0].query, args...)
		rest = rest[n:]
	}
	results := c.pool.SendBatch(ctx, &b)
	defer func() { err = errors.Join(err, results.Close()) }()
	if unset {
		if _, err := results.Exec(); err != nil {
			return 0, err
		}
	}
	for i := 0; i < len(statements); i += together(statements[i:]) {
		if err := statements[i].read(results); err != nil {
			return i, err
		}
	}
	return 0, nil
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

// read reads the answer to the statement. What of its row cannot be read is its
// own failure, and not that of the batch, which has been done.
func (s *statement) read(results pgx.BatchResults) error {
	if s.row {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.found = rows.Next(); s.found && len(s.dest) > 0 {
		s.err = scan(rows, 0, s.dest)
	}
	rows.Close()
	return rows.Err()
}

// scan reads the columns of a row after the first few. Scanning by rows itself
// would give up all that come after one that cannot be read, those of others.
func scan(rows pgx.Rows, first int, dest []any) error {
	return pgx.ScanRow(rows.Conn().TypeMap(), rows.FieldDescriptions()[first:], rows.RawValues()[first:], dest...)
}

// finder looks keys up.
type finder struct{ connections }

// find asks for all keys at once. A failure is everybody's: nothing was
// changed, and who wants may ask again.
func (f finder) find(statements []*statement) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	if err := f.again(ctx, func() error { return f.ask(ctx, statements) }); err != nil {
		fail(statements, err)
	}
}

func (f finder) ask(ctx context.Context, statements []*statement) error {
	keys := make([][]byte, len(statements))
	for i, s := range statements {
		s.found, s.err = false, nil  // it may be the second try
		keys[i] = s.args[0].([]byte) //nolint:forcetypeassert // Find puts it there
	}
	rows, err := f.query(ctx, statements[0].query, keys)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		place, err := ordinality(rows)
		if err != nil || place < 1 || place > len(statements) {
			return errors.Join(errors.New("a row of no key"), err)
		}
		s := statements[place-1]
		s.err = scan(rows, 1, s.dest)
		s.found = s.err == nil
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
