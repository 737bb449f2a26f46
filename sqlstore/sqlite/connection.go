package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// connection is a connection with its prepared statements. It calls the driver
// itself: database/sql would cost as much as a short statement. Only one goroutine
// may use it at a time.
type connection struct {
	*sql.Conn
	driver     driver.Conn           // while use runs
	statements map[string]*statement // by their SQL
	args       []driver.NamedValue   // of the current statement
	values     []driver.Value        // of the current row
}

func newConnection(conn *sql.Conn) *connection {
	return &connection{Conn: conn, statements: make(map[string]*statement)}
}

// use calls f, which can run statements.
func (c *connection) use(f func()) error {
	return c.Raw(func(conn any) error {
		c.driver = conn.(driver.Conn) //nolint:forcetypeassert // database/sql says so
		f()
		return nil
	})
}

// statement is a prepared statement.
type statement struct {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
	order []int // for each parameter, the number of its argument
}

// prepared prepares a statement once.
func (c *connection) prepared(query string) (*statement, error) {
	if s, known := c.statements[query]; known {
		return s, nil
	}
	text, order := positional(query)
	prepared, err := c.driver.Prepare(text)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	exec, canExec := prepared.(driver.StmtExecContext)
	find, canFind := prepared.(driver.StmtQueryContext)
	if !canExec || !canFind {
		return nil, errors.Join(fmt.Errorf("the driver of %T is not supported", prepared), prepared.Close())
	}
	s := &statement{prepared, exec, find, order}
	c.statements[query] = s
	return s, nil
}

// positional returns a statement with ? instead of $1, and for each of them the
// number of its argument, counted from 0. The driver looks up the names of
// parameters one by one, each time a statement runs.
func positional(query string) (text string, order []int) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
		case c == '?' && !quoted:
			order = append(order, len(order))
		case c == '$' && !quoted:
			n := 0
			for ; i+1 < len(query) && '0' <= query[i+1] && query[i+1] <= '9'; i++ {
				n = 10*n + int(query[i+1]-'0')
			}
			order = append(order, n-1)
			b.WriteByte('?')
			continue
		}
		b.WriteByte(query[i])
	}
	return b.String(), order
}

// bind returns the arguments of a statement for the driver.
func (c *connection) bind(s *statement, args []any) ([]driver.NamedValue, error) {
	c.args = c.args[:0]
	for i, n := range s.order {
		if n < 0 || n >= len(args) {
			return nil, fmt.Errorf("a statement with %d arguments has a parameter $%d", len(args), n+1)
		}
		value, err := args[n], error(nil)
		switch value.(type) {
		case int64, string, []byte:
		default:
			if value, err = driver.DefaultParameterConverter.ConvertValue(value); err != nil {
				return nil, err
			}
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return c.args, nil
}

// count runs a statement and returns how many rows it changed.
func (c *connection) count(query string, args []any) (int64, error) {
	s, err := c.prepared(query)
	if err != nil {
		return 0, err
	}
	values, err := c.bind(s, args)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// scan runs a statement and scans the first row that it returns.
func (c *connection) scan(query string, args, dest []any) error {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	values, err := c.bind(s, args)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), values)
	if err != nil {
		return err
	}
	err = c.scanFirst(rows, dest)
	return errors.Join(err, rows.Close())
}

func (c *connection) scanFirst(rows driver.Rows, dest []any) error {
	n := len(rows.Columns())
	if n != len(dest) {
		return fmt.Errorf("sql: Scan error: %d columns for %d values", n, len(dest))
	}
	for len(c.values) < n {
		c.values = append(c.values, nil)
	}
	row := c.values[:n]
	defer clear(row)
	if err := rows.Next(row); err != nil {
		if errors.Is(err, io.EOF) {
			err = sql.ErrNoRows
		}
		return err
	}
	for i, value := range row {
		if err := assign(dest[i], value); err != nil {
			return fmt.Errorf("sql: Scan error on column index %d: %w", i, err)
		}
	}
	return nil
}

// assign stores the value of a column.
func assign(dest any, value driver.Value) error {
	switch dest := dest.(type) {
	case sql.Scanner:
		return dest.Scan(value)
	case *string:
		if v, ok := value.(string); ok {
			*dest = v
			return nil
		}
	case *int64:
		if v, ok := value.(int64); ok {
			*dest = v
			return nil
		}
	case *int:
		if v, ok := value.(int64); ok {
			*dest = int(v)
			return nil
		}
	case *[]byte:
		if v, ok := value.([]byte); ok || value == nil {
			*dest = v
			return nil
		}
	}
	return fmt.Errorf("%T cannot be stored in %T", value, dest)
}

// row is a row that is read when it is scanned.
type row struct {
	c     *connection
	query string
	args  []any
}

func (r row) Scan(dest ...any) error { return r.c.scan(r.query, r.args, dest) }

// close closes the statements and the connection, which may be closed already.
func (c *connection) close() {
	_ = c.use(func() {
		for _, s := range c.statements {
			_ = s.Close()
		}
	})
	discard(c.Conn)
}

// discard closes a connection. It is not returned to its pool, where the host program
// would get it with the settings of this package.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close() // it is already closed
}
