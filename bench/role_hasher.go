package main

import (
	"log/slog"
	"os"
	"os/exec"
	"runtime"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey/internal/hasher"
)

// rolePasswords is the role of the process in which the measured server hashes passwords, as
// "latchkey serve" does.
const rolePasswords = "passwords"

// passwordProcess returns that process. It is started when the first password is hashed.
func passwordProcess() *hasher.Process {
	return &hasher.Process{Logger: slog.Default(), Command: func() (*exec.Cmd, error) {
		program, err := os.Executable()
		return &exec.Cmd{Path: program, Args: []string{program}, Env: []string{roleVariable + "=" + rolePasswords}, Stderr: os.Stderr}, err
	}}
}

// roleHasher is the role of a process that hashes passwords, one after the other. It is the floor
// of the logins: no server that hashes passwords can disturb other requests less.
const roleHasher = "hasher"

type hashing struct{ stop, stopped chan struct{} }

func newHashing() *hashing {
	h := &hashing{make(chan struct{}), make(chan struct{})}
	runtime.GOMAXPROCS(1)
	go func() {
		defer close(h.stopped)
		for {
			select {
			case <-h.stop:
				return
			default:
			}
			_, _ = argon2id.CreateHash(loginPassword, loginCost)
		}
	}()
	return h
}

// loginCost is the cost of the hashes of people's passwords.
var loginCost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func (*hashing) obey(command) (reply, error) { return reply{}, nil }
func (*hashing) count(*usage)                {}

func (h *hashing) close() error {
	close(h.stop)
	<-h.stopped
	return nil
}
