package ops

import (
	"container/list"
	"net"
	"net/http"
	"sync"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// idleConns are the connections on which no request runs, the longest idle first.
type idleConns struct {
	mu    sync.Mutex
	order list.List // of net.Conn
	found map[net.Conn]*list.Element
	// needed is how many new connections wait for a place.
	needed int
}

// ConnState is for http.Server.ConnState. Without it, a Listener does not know
// which connections are idle.
func (l *Listener) ConnState(c net.Conn, state http.ConnState) {
	i := &l.idle
	i.mu.Lock()
	if e, known := i.found[c]; known {
		i.order.Remove(e)
		delete(i.found, c)
	}
	if state == http.StateIdle {
		if i.found == nil {
			i.found = make(map[net.Conn]*list.Element)
		}
		i.found[c] = i.order.PushBack(c)
	}
	closing := i.takeOldest(0)
	i.mu.Unlock()
	closeConn(closing)
}

// takeOldest returns the connection that has been idle for longest if a new one
// needs its place, or nil. more is added to the number of those that wait.
func (i *idleConns) takeOldest(more int) net.Conn {
	i.needed += more
	oldest := i.order.Front()
	if i.needed == 0 || oldest == nil {
		return nil
	}
	c := i.order.Remove(oldest).(net.Conn) //nolint:forcetypeassert // only connections are in the list
	delete(i.found, c)
	i.needed--
	return c
}

// makeRoom closes the connection that has been idle for longest, or the next one
// that becomes idle.
func (l *Listener) makeRoom() {
	l.idle.mu.Lock()
	closing := l.idle.takeOldest(1)
	l.idle.mu.Unlock()
	closeConn(closing)
}

// noRoomNeeded records that a place was found without closing a connection.
func (l *Listener) noRoomNeeded() {
	l.idle.mu.Lock()
	defer l.idle.mu.Unlock()
	if l.idle.needed > 0 {
		l.idle.needed--
	}
}

// closeConn closes a connection in the background, because with TLS that can
// wait for the client.
func closeConn(c net.Conn) {
	if c != nil {
		go func() {
			defer crash.Log(nil)
			_ = c.Close()
		}()
	}
}
