// Package pgtest starts a PostgreSQL server for tests, from the programs that
// are installed on the machine.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// Server is a PostgreSQL server.
type Server struct {
	bin, data string
	port      int
	release   func() // the port
	process   *exec.Cmd
	exited    chan struct{} // closed when the process has exited
	log, lock *os.File
	databases atomic.Int64
	settings  []string // name=value
	// prepared reports whether the template for PreparedFor exists.
	prepared  bool
	preparing sync.Mutex
	shared    bool // by all tests of a package
}

// Start starts a server with an empty database cluster in a temporary directory.
// Settings are PostgreSQL settings such as "log_statement=all". fsync is off by
// default, which loses no data if only the process is killed.
func Start(settings ...string) (*Server, error) { return startIn(os.TempDir(), settings) }

// startIn starts a server whose data is below a directory.
func startIn(parent string, settings []string) (*Server, error) {
	s, err := newServer(parent)
	if err != nil {
		return nil, err
	}
	s.settings = append([]string{"fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"}, settings...)
	if err := s.initialize(parent); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

// newServer returns a server that has a directory below parent and a port, but no data.
func newServer(parent string) (*Server, error) {
	bin, err := programDir()
	if err != nil {
		return nil, err
	}
	removeLeftovers(parent)
	folder, err := os.MkdirTemp(parent, folderPattern)
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, data: filepath.Join(folder, "data")}
	if s.lock, err = own(folder); err != nil {
		return nil, err
	}
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	if owner != nil {
		if err := os.Chown(folder, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, err
		}
	}
	if s.port, s.release, err = needs.ReservePort(); err != nil {
		return nil, err
	}
	s.log, err = os.Create(filepath.Join(folder, "log"))
	return s, err
}

// programDir returns the directory that contains initdb and postgres.
func programDir() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path) // the other programs are beside the target of the link
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("no PostgreSQL found; run: make setup")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// serverUser returns the system user that runs the server, or nil for the current
// user. PostgreSQL refuses to run as root.
func serverUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
	}
	return nil, errors.New("PostgreSQL cannot run as root, and there is neither a user postgres nor a user nobody")
}

// run returns a command that runs a program of PostgreSQL as the server's user. The
// program is killed if the test process exits.
func (s *Server) run(program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.bin, program), args...) //nolint:gosec // the arguments come from tests
	cmd.Dir = filepath.Dir(s.data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if owner, err := serverUser(); err == nil {
		cmd.SysProcAttr.Credential = owner
	}
	return cmd
}

// launch starts the server process.
func (s *Server) launch() error {
	args := []string{"-D", s.data, "-p", strconv.Itoa(s.port)}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	s.process = s.run("postgres", args...)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if err := s.process.Start(); err != nil {
		return err
	}
	s.exited = make(chan struct{})
	go func(process *exec.Cmd, exited chan struct{}) {
		_ = process.Wait()
		close(exited)
	}(s.process, s.exited)
	return nil
}

// Restart starts a server that was killed, with its data and its port.
func (s *Server) Restart() error {
	if err := s.launch(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			text, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("PostgreSQL did not start: %w: %s", err, bytes.TrimSpace(text))
		}
		select {
		case <-s.exited: // a child of the killed process still used the shared memory
			if err := s.launch(); err != nil {
				return err
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Log returns the log of the server.
func (s *Server) Log() (string, error) {
	text, err := os.ReadFile(s.log.Name())
	return string(text), err
}

// Kill kills all processes of the server at once, as if the power failed. The
// processes that serve connections must be killed too, because they could send
// another response.
func (s *Server) Kill() {
	_ = s.process.Process.Signal(syscall.SIGSTOP) // so that it starts no new child
	children := childrenOf(s.process.Process.Pid)
	_ = s.process.Process.Kill()
	for _, child := range children {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	<-s.exited
	_ = os.Remove(filepath.Join(s.data, "postmaster.pid"))
}

// childrenOf returns the child processes of a process. On systems without /proc it
// returns none; the children then exit by themselves soon after their parent.
func childrenOf(parent int) (children []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is valid
	for _, name := range stats {
		text, err := os.ReadFile(name) //nolint:gosec // the name comes from the kernel
		if err != nil {
			continue // it has just exited
		}
		var (
			state string
			ppid  int
		)
		if _, err := fmt.Sscan(string(text[bytes.LastIndexByte(text, ')')+1:]), &state, &ppid); err != nil || ppid != parent {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			children = append(children, child)
		}
	}
	return children
}

// Stop stops the server and removes its data.
func (s *Server) Stop() {
	_ = s.process.Process.Signal(syscall.SIGINT)
	<-s.exited
	_ = os.RemoveAll(filepath.Dir(s.data))
	_ = s.lock.Close()
	s.release()
}

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://latchkey@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// patience is how long a program may take to start. It is not a measure of
// speed: a program that takes longer is assumed to hang.
const patience = 5 * time.Minute

// NewDatabase creates an empty database and returns its URL.
func (s *Server) NewDatabase() (string, error) {
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	return s.url(name), s.create(name, "")
}

// create creates a database.
func (s *Server) create(name, options string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" "+options)
	return errors.Join(err, conn.Close(ctx))
}

// Size returns the size of a table in bytes, including its partitions and indexes.
func Size(url, table string) (size int64, err error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	err = conn.QueryRow(ctx, "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree($1::text::regclass)", table).Scan(&size)
	return size, errors.Join(err, conn.Close(ctx))
}

// Hang stops all processes of the server until Resume. Its connections stay
// open, and nothing answers on them.
func (s *Server) Hang() { s.signalAll(syscall.SIGSTOP) }

// Resume lets a server that hangs run again.
func (s *Server) Resume() { s.signalAll(syscall.SIGCONT) }

func (s *Server) signalAll(signal syscall.Signal) {
	_ = s.process.Process.Signal(signal)
	for _, child := range childrenOf(s.process.Process.Pid) {
		_ = syscall.Kill(child, signal)
	}
}
