package main

import (
	"runtime"

	"github.com/alexedwards/argon2id"
)

// roleHasher is the role of a process that hashes passwords, one after the other. It is the floor
// of the logins: no server that hashes passwords can disturb other requests less.
const roleHasher = "hasher"

type hasher struct{ stop, stopped chan struct{} }

func newHasher() *hasher {
	h := &hasher{make(chan struct{}), make(chan struct{})}
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

func (*hasher) obey(command) (reply, error) { return reply{}, nil }
func (*hasher) count(*usage)                {}

func (h *hasher) close() error {
	close(h.stop)
	<-h.stopped
	return nil
}
