package testdb

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// Fill inserts rows into every table: so many as rows says, or 20. Among them are
// all kinds of values that a column can have.
func Fill(t *testing.T, d copy.Database, rows map[string]int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // values, not secrets
	if err := d.Write(t.Context(), []copy.Statement{{SQL: `DELETE FROM latchkey_config_version`}}, "", nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range copy.Tables() {
		columns, err := d.Columns(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range columns {
			names = append(names, c.Name)
		}
		n := rows[table]
		if n == 0 {
			n = 20
		}
		all := make([][]any, n)
		for i := range all {
			for _, c := range columns {
				all[i] = append(all[i], value(random, c, i))
			}
		}
		for batch := range slices.Chunk(all, 5000) {
			if err := d.Write(t.Context(), nil, table, names, batch); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
	}
}

// value returns a value for a column. Keys are different in each row.
func value(random *rand.Rand, c copy.Column, row int) any {
	unique := c.Key > 0 || c.Name == "canonical" || c.Name == "external_id"
	switch c.Kind {
	case copy.KindInteger:
		if unique {
			return int64(row)
		}
		return []int64{0, 1, -1, 1 << 62, -1 << 63, time.Now().UnixMilli()}[random.IntN(6)]
	case copy.KindText:
		text := []string{"", "ada", "Grüße, 世界", `{"a": "b\"c"}`, "line\nline\ttab 'quoted' \\N", strings.Repeat("x", 1000)}[random.IntN(6)]
		if unique {
			return fmt.Sprintf("%s %d", []string{"b", "B", "_", "-", "ä", "a"}[random.IntN(6)], row) // engines sort these in different ways
		}
		return text
	default:
		if !unique {
			return [][]byte{{}, {0}, []byte("\x00\xff\\x00"), make([]byte, 32)}[random.IntN(4)]
		}
		id := make([]byte, 16)
		binary.BigEndian.PutUint64(id, uint64(time.Now().Add(-time.Duration(random.IntN(96))*time.Hour).UnixMilli())<<16)
		binary.BigEndian.PutUint64(id[8:], uint64(row))
		return id
	}
}

// Count returns the number of rows of a table.
func Count(t *testing.T, d copy.Database, table string) (n int64) {
	t.Helper()
	rows, err := d.Query(t.Context(), `SELECT count(*) FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
