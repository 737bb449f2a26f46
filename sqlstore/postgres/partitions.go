package postgres

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The tables of tokens are partitioned by time: an id begins with its time (RFC
// 9562 §5.7), so a partition holds a range of ids. Partitions are created ahead,
// and dropped as a whole when everything in them has expired. A row of a time
// that has no partition goes to the default partition of its table, which is
// swept row by row.

// partitioned describes how a table is partitioned.
type partitioned struct {
	table string
	width time.Duration
	keep  bool // expired rows are kept for a while
}

const day = 24 * time.Hour

// A family is valid for months, so it has fewer and wider partitions.
var partitionedTables = [...]partitioned{
	{"latchkey_access_token", day, false},
	{"latchkey_ticket", day, true},
	{"latchkey_family", 28 * day, true},
}

const (
	// createdAhead is how long new tokens find a partition if nobody sweeps.
	createdAhead = 3 * day
	// settled is how long after its time a partition can still get rows: a ticket
	// has the ID of the request that it answers, and clocks differ.
	settled = day
	// briefly is how long a change of the catalogue may wait for a lock, because
	// requests wait behind it.
	briefly = 40 * time.Millisecond
	// changing is how long it may take when it has the lock. Usually it takes a few
	// milliseconds.
	changing = 100 * time.Millisecond
)

// sizesQuery selects the sizes of the tables with their indexes. The size of a partition
// belongs to its table.
const sizesQuery = `SELECT pg_catalog.substr(coalesce(whole.relname, part.relname)::text, 10), coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(part.oid)), 0)::bigint
	FROM pg_class part LEFT JOIN pg_inherits i ON i.inhrelid = part.oid LEFT JOIN pg_class whole ON whole.oid = i.inhparent
	WHERE part.relkind = 'r' AND part.relname LIKE 'latchkey\_%'::text AND pg_catalog.pg_table_is_visible(part.oid) GROUP BY 1`

// partition is a partition, with the time at which its range ends.
type partition struct {
	name string
	ends time.Time
	// expires is when the last row in it expires, or zero if that is not known
	// yet.
	expires time.Time
}

// partitioner creates and drops partitions; it implements sqlstore.Partitions.
type partitioner struct {
	pool *pgxpool.Pool
	wait time.Duration // how long a change waits for a lock
}

// CreateAhead creates the partitions for the current time and the next days that do
// not exist. If others hold the locks, that is reported only for a partition that
// will be needed soon. For the later ones, other sweeps will come in time.
func (p partitioner) CreateAhead(ctx context.Context, now time.Time) error {
	var faults []error
	for _, table := range partitionedTables {
		for at := now; !at.After(now.Add(createdAhead + table.width - 1)); at = at.Add(table.width) {
			err := p.create(ctx, table, at)
			if inTheWay(err) && table.begins(at) > now.Add(day).UnixMilli() {
				continue
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// begins returns when the partition of a time begins, in milliseconds.
func (t partitioned) begins(at time.Time) int64 {
	return at.UnixMilli() / t.width.Milliseconds() * t.width.Milliseconds()
}

// create creates the partition of a time, unless it exists, or the default
// partition has rows of that time: then they stay there. An error may be inTheWay.
func (p partitioner) create(ctx context.Context, table partitioned, at time.Time) error {
	from := table.begins(at)
	name := table.table + "_" + time.UnixMilli(from).UTC().Format("20060102")
	var exists bool
	if err := p.pool.QueryRow(ctx, `SELECT pg_catalog.to_regclass($1) IS NOT NULL`, name).Scan(&exists); err != nil || exists {
		return err
	}
	err := p.exclusively(ctx,
		fmt.Sprintf(`CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING INDEXES)`, name, table.table),
		fmt.Sprintf(`ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')`, table.table, name, bound(from), bound(from+table.width.Milliseconds())),
	)
	switch code(err) {
	case "23514", // the default partition has such rows
		"42P17", // the partition of a converted database that was older than the partitions has them
		"42P07": // another process was faster
		return nil
	}
	if inTheWay(err) {
		return fmt.Errorf("other transactions hold the locks that are needed to create the partition %s: %w", name, err)
	}
	return err
}

// bound returns the lowest id of a time in milliseconds, as a literal.
func bound(ms int64) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(ms)<<16) //nolint:gosec // not before 1970
	return `\x` + hex.EncodeToString(id[:])
}

// DropExpired drops the partitions in which every row has expired, and returns
// their number. Partitions that others hold are left to the next sweep. The time
// at which the last row expires is read once, when the partition gets no more
// rows, and stored as a comment of the partition.
func (p partitioner) DropExpired(ctx context.Context, now, keepUntil time.Time) (dropped int, err error) {
	for _, table := range partitionedTables {
		by := now
		if table.keep {
			by = keepUntil
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
				part.expires, err = p.readExpiry(ctx, part.name)
				if inTheWay(err) { // of VACUUM, for example
					continue
				}
				if err != nil {
					return dropped, err
				}
			}
			if part.expires.After(by) {
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

// list returns the partitions of a table, except the default one.
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

// readExpiry reads a partition once, and stores when its last row expires.
func (p partitioner) readExpiry(ctx context.Context, name string) (time.Time, error) {
	var expires int64
	err := p.pool.QueryRow(ctx, `SELECT coalesce(max(expires_at), 1) FROM `+pgx.Identifier{name}.Sanitize()).Scan(&expires)
	if err == nil {
		err = p.exclusively(ctx, fmt.Sprintf(`COMMENT ON TABLE %s IS 'expires %d'`, pgx.Identifier{name}.Sanitize(), expires))
	}
	return time.UnixMilli(expires), err
}

// detached is the comment of a table that was a partition and may be dropped.
const detached = "latchkey: over"

// drop detaches a partition. That changes only the catalogue. The table is dropped
// later, when it is no longer read.
func (p partitioner) drop(ctx context.Context, table, name string) error {
	name = pgx.Identifier{name}.Sanitize()
	return p.exclusively(ctx, fmt.Sprintf(`ALTER TABLE %s DETACH PARTITION %s`, table, name), fmt.Sprintf(`COMMENT ON TABLE %s IS '%s'`, name, detached))
}

// dropDetached drops the tables that were partitions. Those that others hold are left
// to the next sweep.
func (p partitioner) dropDetached(ctx context.Context) error {
	rows, err := p.pool.Query(ctx, `SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition
		AND relnamespace = pg_catalog.current_schema()::regnamespace::oid AND pg_catalog.obj_description(oid, 'pg_class') = $1`, detached)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		if _, err := p.pool.Exec(ctx, `DROP TABLE IF EXISTS `+pgx.Identifier{name}.Sanitize()); err != nil && !inTheWay(err) {
			return err
		}
	}
	return err
}

// exclusively runs statements that lock tables as one transaction, in one process
// at a time. It fails rather than keep requests waiting.
func (p partitioner) exclusively(ctx context.Context, statements ...string) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		const wait = `SET LOCAL lock_timeout = %d; SET LOCAL statement_timeout = %d`
		statements = append([]string{
			fmt.Sprintf(wait, patience.Milliseconds(), patience.Milliseconds()),
			`SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('latchkey partitions'))`,
			fmt.Sprintf(wait, p.wait.Milliseconds(), max(p.wait, changing).Milliseconds()),
		}, statements...)
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}
