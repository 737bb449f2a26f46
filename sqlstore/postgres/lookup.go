package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// finder looks up rows by their keys.
type finder struct{ connections }

// find looks up all keys at once. An error is returned to all callers: nothing was
// changed, so each of them can try again.
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
		s.found, s.err = false, nil  // this may be the second attempt
		keys[i] = s.args[0].([]byte) //nolint:forcetypeassert // Lookup puts it there
	}
	rows, err := f.query(ctx, statements[0].query, keys)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		place, err := ordinality(rows)
		if err != nil || place < 1 || place > len(statements) {
			return errors.Join(errors.New("a row belongs to no key"), err)
		}
		s := statements[place-1]
		s.Serve(func() { s.err = scan(rows, 1, s.dest) })
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
