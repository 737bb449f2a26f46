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

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// poolerConfig is the configuration of PgBouncer in transaction mode, in which each
// transaction may run on another connection.
const poolerConfig = `[databases]
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

// Pooler starts PgBouncer in transaction mode in front of the server. Settings are
// additional settings of PgBouncer such as "max_prepared_statements = 0". The
// function url converts the URL of a database to a URL that connects through
// PgBouncer.
func (s *Server) Pooler(settings ...string) (url func(string) string, stop func(), err error) {
	port, release, err := needs.ReservePort()
	if err != nil {
		return nil, nil, err
	}
	config := filepath.Join(filepath.Dir(s.data), "pgbouncer.ini")
	if err := os.WriteFile(config, fmt.Appendf(nil, poolerConfig, s.port, port, strings.Join(settings, "\n")), 0o644); err != nil { //nolint:gosec // another user must read it
		return nil, nil, err
	}
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // its path on Debian
	}
	cmd := exec.CommandContext(context.Background(), program, "-q", config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if cmd.SysProcAttr.Credential, err = serverUser(); err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("%w; run: make setup", err)
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); release() }
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address) //nolint:noctx // a local connection does not block
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			stop()
			return nil, nil, errors.New("PgBouncer did not start")
		}
	}
	return func(url string) string {
		return strings.Replace(url, fmt.Sprintf("127.0.0.1:%d", s.port), address, 1)
	}, stop, nil
}
