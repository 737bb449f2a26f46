package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/seed-e6a88a41/latchkey/internal/hasher"
)

// hashPasswordsArgument is the argument with which a server starts the process that hashes passwords.
// It is no command for people.
const hashPasswordsArgument = "hash-passwords"

// newHasher returns the process that hashes passwords.
func newHasher(logger *slog.Logger) *hasher.Process {
	return &hasher.Process{Logger: logger, Command: func() (*exec.Cmd, error) {
		path, err := thisProgram()
		return &exec.Cmd{Path: path, Args: []string{os.Args[0], hashPasswordsArgument}, Env: []string{}, Stderr: os.Stderr}, err // no secrets
	}}
}

// thisProgram returns the path of the program that runs, even if its file was replaced by another
// version. Where /proc is missing, it is the path with which the program was started.
func thisProgram() (string, error) {
	const linux = "/proc/self/exe"
	if _, err := os.Stat(linux); err == nil {
		return linux, nil
	}
	if filepath.IsAbs(os.Args[0]) {
		return os.Args[0], nil
	}
	return os.Executable()
}

// hashPasswords hashes passwords for the server that started this process, until the server ends or
// closes standard input. Signals to a group of processes, such as Ctrl-C, are for the server: it
// finishes its requests first.
func hashPasswords(s streams) int {
	if isTerminal(s.out) {
		_, _ = fmt.Fprintln(s.err, "latchkey:", hashPasswordsArgument, "is started by the server, and is of no use by itself")
		return exitUsage
	}
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if err := hasher.Serve(hasher.Pipes{ReadCloser: os.Stdin, WriteCloser: os.Stdout}); err != nil {
		_, _ = fmt.Fprintln(s.err, "latchkey:", err)
		return exitFailed
	}
	return exitOK
}
