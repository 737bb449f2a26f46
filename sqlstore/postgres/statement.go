package postgres

import (
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// statement is a statement that a caller waits for.
type statement struct {
	sqlstore.Waiting
	query  string
	args   []any
	dest   []any
	insert bool // args are a row for a query that inserts many rows
	locked bool // it met a lock, and was not committed
	found  bool
	err    error
}

func fail(statements []*statement, err error) {
	for _, s := range statements {
		s.found, s.err = false, err
	}
}

// alike returns how many of the statements, from the first on, are sent as one:
// rows that the same query inserts.
func alike(statements []*statement) int {
	first, n := statements[0], 1
	for first.insert && n < len(statements) && statements[n].insert && statements[n].query == first.query {
		n++
	}
	return n
}

// insertsFirst sorts the rows to insert, which rarely meet a lock, before the
// other statements.
func insertsFirst(a, b *statement) int {
	switch {
	case a.insert == b.insert:
		return 0
	case a.insert:
		return -1
	}
	return 1
}

// columns turns rows into one array per column.
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
		values[n] = s.args[i].(T) //nolint:forcetypeassert // a column has one type
	}
	return values
}

// read reads the result of the statement. A row that cannot be scanned is an error
// of this statement alone, because the batch was carried out.
func (s *statement) read(results pgx.BatchResults) error {
	if s.insert {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.found = rows.Next(); s.found && len(s.dest) > 0 {
		s.Serve(func() { s.err = scan(rows, 0, s.dest) })
	}
	rows.Close()
	return rows.Err()
}

// scan reads the columns of a row after the first few. If pgx.Rows scanned the
// row and failed, it would drop all rows after it, which belong to others.
func scan(rows pgx.Rows, first int, dest []any) error {
	fields, values := rows.FieldDescriptions()[first:], rows.RawValues()[first:]
	if len(dest) != len(values) {
		return fmt.Errorf("%d columns, want %d", len(values), len(dest))
	}
	types := rows.Conn().TypeMap()
	for i, d := range dest {
		field := &fields[i]
		if to, ok := d.(sqlstore.Int64Scanner); ok && field.DataTypeOID == pgtype.Int8OID && field.Format == pgtype.BinaryFormatCode && len(values[i]) == 8 {
			to.ScanInt64(int64(binary.BigEndian.Uint64(values[i]))) //nolint:gosec // the bits are those of an int64
			continue
		}
		if err := types.Scan(field.DataTypeOID, field.Format, values[i], d); err != nil {
			return pgx.ScanArgError{ColumnIndex: first + i, FieldName: field.Name, Err: err} // as pgx.ScanRow does
		}
	}
	return nil
}
