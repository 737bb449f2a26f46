package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-e6a88a41/latchkey/internal/ops"
)

// unixPrefix is the prefix of an address that is a Unix socket.
const unixPrefix = "unix:"

// socketMode lets the user and the group of the process connect to a Unix socket.
const socketMode = 0o660

// opsSocket is the name (FileDescriptorName= in systemd) of the socket that
// replaces --ops-addr.
const opsSocket = "ops"

// firstPassed is the first file descriptor that systemd passes: SD_LISTEN_FDS_START
// of sd_listen_fds(3).
const firstPassed = 3

// listen opens the listener of an address, or uses the socket that systemd passed
// instead. flag is the flag of the address.
func (c *command) listen(ctx context.Context, addr, flag string, logger *slog.Logger) (*ops.Listener, error) {
	l := c.passed[flag]
	if l == nil {
		var err error
		if l, err = listenAt(ctx, addr); err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w. Choose another address with %s", addr, err, flag)
		}
	}
	return ops.NewListener(l, logger), nil
}

// listenAt listens on HOST:PORT or unix:PATH.
func listenAt(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	path, isUnix := strings.CutPrefix(addr, unixPrefix)
	if !isUnix {
		return config.Listen(ctx, "tcp", addr)
	}
	if err := removeUnused(ctx, path); err != nil {
		return nil, err
	}
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// removeUnused removes the socket of a process that was killed, because no process
// could listen on it otherwise. It does not remove a socket on which a process
// listens, nor any other file.
func removeUnused(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
		return errors.New("another process listens on it")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// usePassedSockets takes the sockets that systemd passed (sd_listen_fds(3)). They
// replace the addresses in the settings.
func (c *command) usePassedSockets() error {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil
	}
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil {
		return fmt.Errorf("LISTEN_FDS: %w", err)
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	c.passed = make(map[string]net.Listener)
	for i := range n {
		flag, addr := "--addr", &c.config.Addr
		if i < len(names) && names[i] == opsSocket {
			flag, addr = "--ops-addr", &c.config.OpsAddr
		}
		if c.passed[flag] != nil {
			return fmt.Errorf("systemd passes more than one socket for %s; give the one for metrics and health checks the name: FileDescriptorName=%s", flag, opsSocket)
		}
		file := os.NewFile(uintptr(firstPassed+i), flag)
		l, err := net.FileListener(file) // a copy, which is not inherited by other programs
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("the socket %d that systemd passes cannot be used: %w", firstPassed+i, err)
		}
		if unix, ok := l.(*net.UnixListener); ok {
			unix.SetUnlinkOnClose(false) // systemd continues to listen on it
		}
		c.passed[flag], *addr = l, addressOf(l)
	}
	return nil
}

// addressOf returns the address of a listener as in the settings.
func addressOf(l net.Listener) string {
	if l.Addr().Network() == "unix" {
		return unixPrefix + l.Addr().String()
	}
	return l.Addr().String()
}
