package sqlite

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestParametersWithoutNamesKeepTheirArguments: SQLite numbers ? itself, so each
// use of an argument is a parameter of its own.
func TestParametersWithoutNamesKeepTheirArguments(t *testing.T) {
	for query, want := range map[string]struct {
		text  string
		order []int
	}{
		`SELECT 1`:                       {`SELECT 1`, nil},
		`SELECT $2, $1, $2`:              {`SELECT ?, ?, ?`, []int{1, 0, 1}},
		`VALUES ($1,$12)`:                {`VALUES (?,?)`, []int{0, 11}},
		`VALUES (?,?)`:                   {`VALUES (?,?)`, []int{0, 1}},
		`SELECT '$1', '?', '''$2', $3`:   {`SELECT '$1', '?', '''$2', ?`, []int{2}},
		`x LIKE '%openid%' AND CAST($2)`: {`x LIKE '%openid%' AND CAST(?)`, []int{1}},
	} {
		if text, order := positional(query); text != want.text || !slices.Equal(order, want.order) {
			t.Errorf("%s: %s %v, want %s %v", query, text, order, want.text, want.order)
		}
	}
}

// TestARowThatCannotBeScannedIsAPermanentError: a wrong statement is not an outage.
func TestARowThatCannotBeScannedIsAPermanentError(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(t.Context(), pools{write: db, read: db}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	var (
		text   string
		number int64
		small  int
		blob   []byte
	)
	scan := func(query string, args []any, dest ...any) error {
		return e.Do(t.Context(), func(c sqlstore.Conn) error { return c.Row(query, args...).Scan(dest...) })
	}
	if err := scan(`SELECT $2, $1, $3, $1`, []any{int64(7), "text", []byte("blob")}, &text, &number, &blob, &small); err != nil || text != "text" || number != 7 || string(blob) != "blob" || small != 7 {
		t.Errorf("%q, %d, %q and %d: %v", text, number, blob, small, err)
	}
	for query, dest := range map[string][]any{
		`SELECT 1, 2`:   {&number},
		`SELECT NULL`:   {&text},
		`SELECT 1`:      {&text},
		`SELECT 'a'`:    {&number},
		`SELECT x'01'`:  {&small},
		`SELECT 'text'`: {&blob},
	} {
		if err := scan(query, nil, dest...); !permanent(err) {
			t.Errorf("%s: %v", query, err)
		}
	}
	if err := scan(`SELECT $2`, []any{int64(1)}, &number); err == nil || !strings.Contains(err.Error(), "$2") {
		t.Errorf("a parameter without an argument: %v", err)
	}
}
