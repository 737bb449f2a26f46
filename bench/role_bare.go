package main

import (
	"context"
	"sync/atomic"
)

// bare is the suffix of a role: a net/http server that calls the method of the
// store and then returns the same bytes for every request. No server that writes
// as much can be faster.
const bare = " bare"

type bareServer struct {
	*engine
	*floor
	calls atomic.Pointer[calls]
}

// calls is a method of the store with the numbers of its free callers.
type calls struct {
	verb
	idle chan int
}

func newBare(kind string) (*bareServer, error) {
	e, err := newEngine(kind)
	if err != nil {
		return nil, err
	}
	b := &bareServer{engine: e}
	b.floor, err = newFloor(b.write)
	return b, err
}

func (b *bareServer) write(context.Context) error {
	c := b.calls.Load()
	caller := <-c.idle
	defer func() { c.idle <- caller }()
	return c.verb(caller)
}

func (b *bareServer) obey(c command) (reply, error) {
	switch c.Do {
	case "prepare":
		op, err := find(c.Op)
		if err != nil {
			return reply{}, err
		}
		call, err := b.verb(op, c)
		if err != nil {
			return reply{}, err
		}
		ready := &calls{call, make(chan int, c.Callers)}
		for caller := range c.Callers {
			ready.idle <- caller
		}
		b.calls.Store(ready)
		return reply{}, nil
	case "fill":
		return b.engine.obey(c)
	}
	return b.floor.obey(c)
}

func (b *bareServer) count(u *usage) { b.engine.count(u) }

func (b *bareServer) close() error {
	_ = b.server.Close()
	return b.engine.close()
}
