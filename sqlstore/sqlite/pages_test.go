package sqlite

import (
	"context"
	"database/sql"

	"modernc.org/sqlite"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// PagesRead returns how many pages the connections of a Store have read, from the
// cache or the file. It takes each connection, so that no other goroutine uses it.
func PagesRead(s *sqlstore.Store) (n int, err error) {
	e := s.Engine.(*engine)
	count := func(conn any) error {
		for _, op := range []sqlite.DBStatusOp{sqlite.DBStatusCacheHit, sqlite.DBStatusCacheMiss} {
			read, _, err := conn.(sqlite.DBStatus).Status(op, false)
			if err != nil {
				return err
			}
			n += read
		}
		return nil
	}
	conns := []*sql.Conn{e.writer.connection.Conn}
	if e.watch != nil {
		conns = append(conns, e.watch)
	}
	for range cap(e.readers.free) {
		c, err := e.readers.take(context.Background())
		if err != nil {
			return 0, err
		}
		defer e.readers.put(c)
		conns = append(conns, c.Conn)
	}
	for _, conn := range conns {
		if err := conn.Raw(count); err != nil {
			return 0, err
		}
	}
	return n, nil
}
