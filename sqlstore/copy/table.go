package copy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// table is a table that both databases have.
type table struct {
	name      string
	columns   []Column // sorted by their names
	key       []int    // the places of the columns of the primary key
	batchRows int
}

// commonTable returns a table, which must have the same columns in both
// databases.
func (c *copier) commonTable(ctx context.Context, name string) (table, error) {
	var both [2][]Column
	for i, db := range []Database{c.from, c.to} {
		columns, err := db.Columns(ctx, name)
		if err != nil {
			return table{}, err
		}
		slices.SortFunc(columns, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
		for _, column := range columns {
			if column.Null || !slices.Contains([]string{KindInteger, KindText, KindBlob}, column.Kind) {
				return table{}, fmt.Errorf("the column %s of %s cannot be copied: it is %s, and must be %s, %s or %s and NOT NULL",
					column.Name, db.Name(), column.describe(), KindInteger, KindText, KindBlob)
			}
		}
		both[i] = columns
	}
	if len(both[0]) == 0 {
		return table{}, fmt.Errorf("it is not in %s", c.from.Name())
	}
	if differences := c.differences(both[0], both[1]); len(differences) > 0 {
		return table{}, fmt.Errorf("its columns differ: %s. Run latchkey migrate of the same release on both databases", strings.Join(differences, "; "))
	}
	t := table{name: name, columns: both[0], batchRows: c.BatchRows}
	for place := 1; ; place++ {
		i := slices.IndexFunc(t.columns, func(column Column) bool { return column.Key == place })
		if i < 0 {
			break
		}
		t.key = append(t.key, i)
	}
	if len(t.key) == 0 {
		return t, errors.New("there is no primary key")
	}
	return t, nil
}

// differences returns one text per column that differs.
func (c *copier) differences(from, to []Column) (sentences []string) {
	find := func(columns []Column, name string) (Column, bool) {
		i := slices.IndexFunc(columns, func(column Column) bool { return column.Name == name })
		if i < 0 {
			return Column{}, false
		}
		return columns[i], true
	}
	for _, column := range from {
		switch other, found := find(to, column.Name); {
		case !found:
			sentences = append(sentences, fmt.Sprintf("%s exists only in %s", column.Name, c.from.Name()))
		case other != column:
			sentences = append(sentences, fmt.Sprintf("%s is %s in %s and %s in %s", column.Name, column.describe(), c.from.Name(), other.describe(), c.to.Name()))
		}
	}
	for _, column := range to {
		if _, found := find(from, column.Name); !found {
			sentences = append(sentences, fmt.Sprintf("%s exists only in %s", column.Name, c.to.Name()))
		}
	}
	return sentences
}

// describe describes a column.
func (c Column) describe() string {
	words := c.Kind
	if c.Null {
		words += " that can be NULL"
	}
	if c.Key > 0 {
		words += fmt.Sprintf(", number %d of the primary key", c.Key)
	}
	return words
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, column := range t.columns {
		names[i] = column.Name
	}
	return names
}

// query returns the statement that reads the rows after a key, in the order in
// which the database sorts keys.
func (t table) query(first bool) string {
	var keys, args []string
	for i, k := range t.key {
		keys, args = append(keys, t.columns[k].Name), append(args, fmt.Sprintf("$%d", i+1))
	}
	where := fmt.Sprintf(" WHERE (%s) > (%s)", strings.Join(keys, ", "), strings.Join(args, ", "))
	if first {
		where = ""
	}
	return fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d", strings.Join(t.names(), ", "), t.name, where, strings.Join(keys, ", "), t.batchRows)
}

// batches reads the rows after a key, each batch while the one before it is
// handled.
func (t table) batches(ctx context.Context, db Database, after []any, handle func([][]any) error) error {
	type batch struct {
		rows [][]any
		err  error
	}
	read := make(chan batch)
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	reading.Go(func() {
		defer close(read)
		for {
			rows, err := t.batch(ctx, db, after)
			if err == nil && len(rows) == 0 {
				return
			}
			select {
			case read <- batch{rows, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			after = t.keyOf(rows[len(rows)-1])
		}
	})
	for b := range read {
		if b.err != nil {
			return b.err
		}
		if err := handle(b.rows); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (t table) keyOf(row []any) []any {
	key := make([]any, len(t.key))
	for i, k := range t.key {
		key[i] = row[k]
	}
	return key
}

// batch reads the rows after a key; nil is before the first.
func (t table) batch(ctx context.Context, db Database, after []any) (batch [][]any, err error) {
	rows, err := db.Query(ctx, t.query(after == nil), after...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	fields := make([]field, len(t.columns))
	dest := make([]any, len(fields))
	for i, column := range t.columns {
		fields[i].column = column
		dest[i] = &fields[i]
	}
	for size := 0; size < batchBytes && rows.Next(); {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make([]any, len(fields))
		for i, f := range fields {
			row[i] = f.value
			size += f.size
		}
		batch = append(batch, row)
	}
	return batch, rows.Err()
}

// field scans a value of a column, so that the value is the same from every
// engine.
type field struct {
	column Column
	value  any
	size   int
}

var _ sql.Scanner = (*field)(nil)

func (f *field) Scan(value any) error {
	f.size = 8
	switch v := value.(type) {
	case int64:
		f.value = v
		if f.column.Kind == KindInteger {
			return nil
		}
	case string:
		f.value, f.size = v, len(v)
		if f.column.Key == 0 {
			f.value = readable(v)
		}
		if f.column.Kind == KindText {
			return nil
		}
	case []byte:
		f.value, f.size = append([]byte{}, v...), len(v)
		if f.column.Kind == KindBlob {
			return nil
		}
	}
	return fmt.Errorf("the column %s contains %T and must be %s", f.column.Name, value, f.column.Kind)
}

// readable replaces what not every database can store in a text: a User-Agent may
// contain bytes that are not UTF-8.
func readable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// formatKey returns the key of a row as a text.
func (t table) formatKey(row []any) (string, error) {
	text, err := json.Marshal(t.keyOf(row)) // blobs in base64
	return string(text), err
}

// parseKey is the inverse of formatKey.
func (t table) parseKey(text string) ([]any, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal([]byte(text), &parts); err != nil || len(parts) != len(t.key) {
		return nil, fmt.Errorf("the key %q at which the copy stopped cannot be read", text)
	}
	key := make([]any, len(parts))
	for i, k := range t.key {
		var (
			number int64
			text   string
			blob   []byte
			err    error
		)
		switch t.columns[k].Kind {
		case KindInteger:
			err = json.Unmarshal(parts[i], &number)
			key[i] = number
		case KindText:
			err = json.Unmarshal(parts[i], &text)
			key[i] = text
		default:
			err = json.Unmarshal(parts[i], &blob)
			key[i] = blob
		}
		if err != nil {
			return nil, err
		}
	}
	return key, nil
}
