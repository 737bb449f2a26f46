package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Standby starts a server that repeats this one, and from then on lets every
// commit here wait until it is safe there.
func (s *Server) Standby() (*Server, error) {
	standby, err := place()
	if err != nil {
		return nil, err
	}
	standby.settings = s.settings
	if out, err := s.run("pg_basebackup", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", "latchkey",
		"-D", standby.data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	if err := standby.Restart(); err != nil {
		return nil, err
	}
	if err := s.do(`ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`); err != nil {
		return nil, err
	}
	const synchronous = `DO $$ BEGIN ASSERT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync'); END $$`
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if err = s.do(synchronous); err == nil || time.Now().After(deadline) {
			return standby, err
		}
	}
}

// Promote makes a standby the one that takes writes.
func (s *Server) Promote() error { return s.do(`SELECT pg_promote()`) }

// do runs statements.
func (s *Server) do(statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return errors.Join(err, conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// Port is where the server listens, on 127.0.0.1.
func (s *Server) Port() int { return s.port }
