package main

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// rawResult holds the measurements of one slice.
type rawResult struct {
	Done      int
	Elapsed   time.Duration
	Latencies []time.Duration `json:",omitempty"`
	// Generator is the CPU time of the load generator.
	Generator time.Duration
	Usage     usage
}

// load is a slice of load on one server.
type load struct {
	op          *operation
	address     string
	basic       string
	tokens      []string // for chain, one for each connection
	connections int
	time        time.Duration
}

// loader is the state that the connections of a slice share.
type loader struct {
	*load
	next   atomic.Int64 // index into tokens
	ending atomic.Bool
	begin  chan struct{}
}

// generate sends requests on all connections. Each connection waits for the
// response, checks it, and sends the next request. It ends when the time has
// passed, or earlier if the prepared tokens are used up.
func (l *load) generate() (rawResult, error) {
	run := &loader{load: l, begin: make(chan struct{})}
	defer keepTo(generatorThreads)()
	deadline := time.Now().Add(l.time + patience)
	var (
		group     sync.WaitGroup
		latencies = make([][]time.Duration, l.connections)
		faults    = make([]error, l.connections)
	)
	for i := range l.connections {
		conn, err := dial(l.address, deadline)
		if errors.Is(err, syscall.EMFILE) {
			err = fmt.Errorf("%w. Raise the limit of open files (ulimit -Hn), or use fewer than %d connections", err, l.connections)
		}
		if err != nil {
			return rawResult{}, err
		}
		defer func() { _ = conn.Close() }()
		group.Go(func() {
			latencies[i], faults[i] = run.repeat(conn, i)
			run.ending.Store(true)
		})
	}
	before, err := processUsage()
	if err != nil {
		return rawResult{}, err
	}
	begun := time.Now()
	close(run.begin)
	stop := time.AfterFunc(l.time, func() { run.ending.Store(true) })
	defer stop.Stop()
	group.Wait()
	result := rawResult{Elapsed: time.Since(begun)}
	after, err := processUsage()
	if err := errors.Join(append(faults, err)...); err != nil {
		return rawResult{}, err
	}
	result.Generator = after.CPU - before.CPU
	for _, list := range latencies {
		result.Latencies = append(result.Latencies, list...)
	}
	result.Done = len(result.Latencies)
	if result.Done == 0 {
		return rawResult{}, errors.New("no request was answered")
	}
	return result, nil
}

func (l *loader) repeat(conn *connection, index int) ([]time.Duration, error) {
	length := 0
	if len(l.tokens) > 0 {
		length = len(l.tokens[0])
	}
	conn.request = l.op.request(l.address, l.basic, length)
	place := conn.request[len(conn.request)-length:]
	if l.op.supply == chain {
		copy(place, l.tokens[index])
	}
	latencies := make([]time.Duration, 0, 1<<14)
	<-l.begin
	then := time.Now()
	for first := true; first || !l.ending.Load(); first = false { // at least one, on a slow machine too
		if l.op.supply == each || l.op.supply == cycle {
			next := int(l.next.Add(1) - 1)
			if next >= len(l.tokens) && l.op.supply == each {
				break
			}
			copy(place, l.tokens[next%len(l.tokens)])
		}
		head, body, err := conn.exchange()
		if err != nil {
			return nil, err
		}
		if !l.op.check(body) || !bytes.Contains(head, l.op.head) {
			return nil, fmt.Errorf("unexpected response %q", body)
		}
		now := time.Now()
		latencies = append(latencies, now.Sub(then))
		then = now
		if l.op.supply == chain && copy(place, refreshToken(body)) != length {
			return nil, fmt.Errorf("refresh token of a different length in %q", body)
		}
	}
	return latencies, nil
}
