package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// transactionMode is PgBouncer's configuration: every transaction may run on
// another connection.
const transactionMode = `[databases]
* = host=127.0.0.1 port=%d user=latchkey
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 500
%s
`

// Pooler starts PgBouncer in transaction mode before the server, with further
// settings of it, as name = value. URL turns a database's URL into one that
// leads there.
func (s *Server) Pooler(settings ...string) (url func(string) string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	config := filepath.Join(filepath.Dir(s.data), "pgbouncer.ini")
	if err := os.WriteFile(config, fmt.Appendf(nil, transactionMode, s.port, port, strings.Join(settings, "\n")), 0o644); err != nil { //nolint:gosec // another user reads it
		return nil, nil, err
	}
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // where Debian has it
	}
	cmd := exec.CommandContext(context.Background(), program, "-q", config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if cmd.SysProcAttr.Credential, err = account(); err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("%w; run: make setup", err)
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	to := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", to) //nolint:noctx // it answers at once
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			stop()
			return nil, nil, errors.New("PgBouncer does not start")
		}
	}
	return func(url string) string {
		return strings.Replace(url, fmt.Sprintf("127.0.0.1:%d", s.port), to, 1)
	}, stop, nil
}
