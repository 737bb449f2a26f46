package postgres

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The tables of tokens are cut by time into partitions: an id begins with its
// time (RFC 9562 §5.7), so each holds a range of ids. They are made ahead, and
// dropped whole when all in them is over. What none takes, because it is of
// another time or none was made, goes to the default partition of the table,
// which is swept row by row.

// partitioned is a table and how it is cut.
type partitioned struct {
	table string
	width time.Duration
	keep  bool // what is over is still recognised for a while
}

const day = 24 * time.Hour

// A family lives for months: fewer and wider partitions.
var partitionedTables = [...]partitioned{
	{"latchkey_access_token", day, false},
	{"latchkey_ticket", day, true},
	{"latchkey_family", 28 * day, true},
}

const (
	// madeAhead is how long new tokens find a partition though nobody sweeps.
	madeAhead = 3 * day
	// settled is how long after its time a partition still gets rows: a code
	// has the id of the request that it answers, and clocks differ.
	settled = day
	// briefly is how long others may be kept waiting.
	briefly = 100 * time.Millisecond
)

// partition is one of a table, with the time at which it ends.
type partition struct {
	name string
	ends time.Time
	// expires is when the last row in it does, if that is known already.
	expires time.Time
}

// partitioner keeps the partitions; it implements sqlstore.Partitions.
type partitioner struct {
	pool *pgxpool.Pool
	wait time.Duration // how long others may be kept waiting
}

// MakeAhead makes the partitions of now and of the next days that are missing.
// That others are in the way is worth a word only where tokens will soon have
// no partition: there are some sweeps yet to make the later ones.
func (p partitioner) MakeAhead(ctx context.Context, now time.Time) error {
	var faults []error
	for _, table := range partitionedTables {
		for at := now; !at.After(now.Add(madeAhead + table.width - 1)); at = at.Add(table.width) {
			err := p.make(ctx, table, at)
			if inTheWay(err) && table.begins(at) > now.Add(day).UnixMilli() {
				continue
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// begins is when the partition of a time does, in milliseconds.
func (t partitioned) begins(at time.Time) int64 {
	return at.UnixMilli() / t.width.Milliseconds() * t.width.Milliseconds()
}

// make makes the partition of a time, unless it is there, or the default one
// has rows of that time already: then it stays their place. An error may be
// inTheWay.
func (p partitioner) make(ctx context.Context, table partitioned, at time.Time) error {
	from := table.begins(at)
	name := table.table + "_" + time.UnixMilli(from).UTC().Format("20060102")
	var exists bool
	if err := p.pool.QueryRow(ctx, `SELECT pg_catalog.to_regclass($1) IS NOT NULL`, name).Scan(&exists); err != nil || exists {
		return err
	}
	err := p.alone(ctx,
		fmt.Sprintf(`CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING INDEXES)`, name, table.table),
		fmt.Sprintf(`ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')`, table.table, name, bound(from), bound(from+table.width.Milliseconds())),
	)
	switch code(err) {
	case "23514", // the default partition has such rows
		"42P17", // what was there before partitions came has such rows
		"42P07": // another process was faster
		return nil
	}
	if inTheWay(err) {
		return fmt.Errorf("others hold the locks to make the partition %s: %w", name, err)
	}
	return err
}

// inTheWay reports whether others held the locks that a change needed: the
// next sweep tries again.
func inTheWay(err error) bool { return lockedOut(err) || code(err) == "57014" }

// bound is the least id of a time in milliseconds, as a literal.
func bound(ms int64) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(ms)<<16) //nolint:gosec // not before 1970
	return `\x` + hex.EncodeToString(id[:])
}

// DropOver drops the partitions whose rows are all over, and tells how many.
// Those that others hold are left to the next sweep.
// The time of the last row's end is looked up once for each, when it gets no
// more rows, and kept as its comment.
func (p partitioner) DropOver(ctx context.Context, now, recognised time.Time) (dropped int, err error) {
	for _, table := range partitionedTables {
		over := now
		if table.keep {
			over = recognised
		}
		parts, err := p.list(ctx, table.table)
		if err != nil {
			return dropped, err
		}
		for _, part := range parts {
			if part.ends.Add(settled).After(now) {
				continue
			}
			if part.expires.IsZero() {
				part.expires, err = p.lookUp(ctx, part.name)
				if inTheWay(err) { // VACUUM, for one
					continue
				}
				if err != nil {
					return dropped, err
				}
			}
			if part.expires.After(over) {
				continue
			}
			switch err := p.drop(ctx, table.table, part.name); {
			case err == nil:
				dropped++
			case !inTheWay(err):
				return dropped, err
			}
		}
	}
	return dropped, p.dropDetached(ctx)
}

// list tells the partitions of a table but the default one.
func (p partitioner) list(ctx context.Context, table string) ([]partition, error) {
	rows, err := p.pool.Query(ctx, `SELECT c.relname,
		substring(pg_catalog.pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''\\x([0-9a-f]{12})'),
		coalesce(substring(pg_catalog.obj_description(c.oid, 'pg_class') FROM '^expires ([0-9]+)$'), '0')::bigint
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass::oid
		AND pg_catalog.pg_get_expr(c.relpartbound, c.oid) LIKE '%TO (%' ORDER BY 1`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (partition, error) {
		var (
			part    partition
			ends    string
			expires int64
		)
		if err := row.Scan(&part.name, &ends, &expires); err != nil {
			return part, err
		}
		raw, err := hex.DecodeString("0000" + ends)
		if err != nil {
			return part, err
		}
		part.ends = time.UnixMilli(int64(binary.BigEndian.Uint64(raw))) //nolint:gosec // 48 bits
		if expires > 0 {
			part.expires = time.UnixMilli(expires)
		}
		return part, nil
	})
}

// lookUp reads a partition once, to know when the last row in it ends.
func (p partitioner) lookUp(ctx context.Context, name string) (time.Time, error) {
	var expires int64
	err := p.pool.QueryRow(ctx, `SELECT coalesce(max(expires_at), 1) FROM `+pgx.Identifier{name}.Sanitize()).Scan(&expires)
	if err == nil {
		err = p.alone(ctx, fmt.Sprintf(`COMMENT ON TABLE %s IS 'expires %d'`, pgx.Identifier{name}.Sanitize(), expires))
	}
	return time.UnixMilli(expires), err
}

// detached marks what is no partition any more and may go.
const detached = "latchkey: over"

// drop takes a partition away in two steps: the first changes the catalogue
// only, the second frees the disk when nobody looks there any more.
func (p partitioner) drop(ctx context.Context, table, name string) error {
	name = pgx.Identifier{name}.Sanitize()
	return p.alone(ctx, fmt.Sprintf(`ALTER TABLE %s DETACH PARTITION %s`, table, name), fmt.Sprintf(`COMMENT ON TABLE %s IS '%s'`, name, detached))
}

func (p partitioner) dropDetached(ctx context.Context) error {
	rows, err := p.pool.Query(ctx, `SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition
		AND relnamespace = pg_catalog.current_schema()::regnamespace::oid AND pg_catalog.obj_description(oid, 'pg_class') = $1`, detached)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		if _, err := p.pool.Exec(ctx, `DROP TABLE IF EXISTS `+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
	}
	return err
}

// alone runs statements that lock tables as one transaction, one process at a
// time. It gives up rather than keep others waiting.
func (p partitioner) alone(ctx context.Context, statements ...string) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		const wait = `SET LOCAL lock_timeout = %[1]d; SET LOCAL statement_timeout = %[1]d`
		statements = append([]string{
			fmt.Sprintf(wait, patience.Milliseconds()),
			`SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('latchkey partitions'))`,
			fmt.Sprintf(wait, p.wait.Milliseconds()),
		}, statements...)
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// code is what PostgreSQL calls the error (its Appendix A), or empty.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
