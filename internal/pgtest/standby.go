package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Standby starts a synchronous standby of the server. From then on, each commit on
// the server waits until the standby has stored it.
func (s *Server) Standby() (*Server, error) {
	standby, err := newServer(filepath.Dir(filepath.Dir(s.data)))
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
	if err := s.exec(`ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`); err != nil {
		return nil, err
	}
	const synchronous = `DO $$ BEGIN ASSERT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync'); END $$`
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if err = s.exec(synchronous); err == nil || time.Now().After(deadline) {
			return standby, err
		}
	}
}

// Demote kills a server and starts it again as a standby that follows no server.
func (s *Server) Demote() error {
	s.Kill()
	if err := os.WriteFile(filepath.Join(s.data, "standby.signal"), nil, 0o644); err != nil { //nolint:gosec // another user must read it
		return err
	}
	return s.Restart()
}

// Promote makes a standby the primary server.
func (s *Server) Promote() error { return s.exec(`SELECT pg_promote()`) }

// exec executes statements in the database postgres.
func (s *Server) exec(statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

// Port returns the port on 127.0.0.1 on which the server listens.
func (s *Server) Port() int { return s.port }
