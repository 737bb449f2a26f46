package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// row is one line of the table: an operation on one target with so many
// connections, its slices added up.
type row struct {
	operation   string
	target      string // a store, or a floor
	floor       bool
	connections int
	done        int
	elapsed     time.Duration
	latencies   []time.Duration
	generator   time.Duration
	usage       usage
	counted     bool      // round trips and rows are known
	rates       []float64 // one for each round
	// ofHTTP, ofStore and ofBoth are our rates as parts of those of the floors,
	// one for each round, from the lowest to the highest.
	ofHTTP, ofStore, ofBoth []float64
	// prepared is how many tokens a slice of it needs.
	prepared int
}

func (r *row) rate() float64 { return float64(r.done) / r.elapsed.Seconds() }

func (r *row) add(result rawResult) {
	r.done += result.Done
	r.elapsed += result.Elapsed
	r.latencies = append(r.latencies, result.Latencies...)
	r.generator += result.Generator
	r.usage = r.usage.plus(result.Usage)
	r.rates = append(r.rates, float64(result.Done)/result.Elapsed.Seconds())
}

// target is what a slice of load is put on.
type target struct {
	name string
	*process
	floor *answer  // set for the floors made of net/http
	kept  []string // tokens that are good for all slices
}

const (
	floorHTTP = "net/http"
	floorSign = "net/http+ES256"
)

// verbsAlone reports whether it is a store without HTTP, bare whether it is one
// below a net/http that does nothing else.
func (t *target) verbsAlone() bool { return strings.HasSuffix(t.role, alone) }
func (t *target) bare() bool       { return strings.HasSuffix(t.role, bare) }

// keeps reports whether it has a database.
func (t *target) keeps() bool {
	kind, _ := strings.CutSuffix(t.role, alone)
	kind, _ = strings.CutSuffix(kind, bare)
	return durable(kind)
}

// measure gives all rows of an operation. Every target gets a process of its
// own, new for each operation.
func (p *plan) measure(ctx context.Context, op operation) (rows []*row, err error) {
	targets, err := p.start(ctx, &op)
	defer func() {
		for _, t := range targets {
			if t.name != floorSign { // it is the process of floorHTTP
				err = errors.Join(err, t.stop())
			}
		}
	}()
	if err != nil {
		return nil, err
	}
	for _, connections := range p.connections {
		some, err := p.compare(ctx, &op, targets, connections)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// start starts the servers of an operation, and teaches the floor the answer.
func (p *plan) start(ctx context.Context, op *operation) ([]*target, error) {
	var targets []*target
	for _, role := range append([]string{roleFloor}, p.stores...) {
		server, err := start(ctx, role, p.emptyDirectory(op, role))
		if err != nil {
			return targets, err
		}
		targets = append(targets, &target{name: role, process: server})
	}
	probed, err := probe(op, targets[len(targets)-1].process)
	if err != nil {
		return targets, err
	}
	targets[0].name, targets[0].floor = floorHTTP, probed
	targets[0].basic = targets[len(targets)-1].basic
	if op.jwt {
		signing := *probed
		signing.Sign = true
		targets = slices.Insert(targets, 1, &target{name: floorSign, process: targets[0].process, floor: &signing})
	}
	for _, kind := range p.stores {
		if !op.engine || !durable(kind) {
			continue
		}
		for _, floor := range []*target{{name: kind + alone}, {name: floorHTTP + "+" + kind, floor: probed}} {
			role := kind + alone
			if floor.floor != nil {
				role = kind + bare
			}
			if floor.process, err = start(ctx, role, p.emptyDirectory(op, role)); err != nil {
				return targets, err
			}
			floor.basic = targets[0].basic
			targets = slices.Insert(targets, 1, floor)
		}
	}
	for _, t := range targets {
		if !t.keeps() {
			continue
		}
		if _, err := t.tell(command{Do: "fill", N: p.fill, Expired: p.expired}); err != nil {
			return targets, err
		}
	}
	return targets, nil
}

func (p *plan) emptyDirectory(op *operation, role string) string {
	directory := filepath.Join(p.directory, strings.ReplaceAll(op.name+"-"+role, " ", "-"))
	_ = os.Mkdir(directory, 0o711) //nolint:gosec // starting there reports what is wrong; PostgreSQL may have a user of its own
	return directory
}

// probe asks once and keeps the answer for the floor to repeat.
func probe(op *operation, server *process) (*answer, error) {
	ready, err := server.tell(command{Do: "prepare", Op: op.name, N: 1})
	if err != nil {
		return nil, err
	}
	server.basic = ready.Basic
	conn, err := dial(server.address, time.Now().Add(10*time.Second))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	token := strings.Join(ready.Texts, "")
	conn.request = op.request(server.address, ready.Basic, len(token))
	copy(conn.request[len(conn.request)-len(token):], token)
	head, body, err := conn.exchange()
	if err != nil {
		return nil, err
	}
	if !op.check(body) {
		return nil, fmt.Errorf("unexpected answer %q", body)
	}
	kept := &answer{Body: slices.Clone(body), Header: make(http.Header)}
	for line := range strings.SplitSeq(string(head), "\r\n") {
		name, value, found := strings.Cut(line, ": ")
		if found && name != "Date" && name != "Content-Length" {
			kept.Header[name] = append(kept.Header[name], value)
		}
	}
	return kept, nil
}

// compare measures all targets in turn, a slice each, round after round.
func (p *plan) compare(ctx context.Context, op *operation, targets []*target, connections int) ([]*row, error) {
	rows := make([]*row, len(targets))
	for i, t := range targets {
		rows[i] = &row{
			operation: op.name, target: t.name, connections: connections,
			floor: t.floor != nil || t.verbsAlone(), counted: t.keeps(),
		}
		warm := &row{connections: connections, prepared: guess(connections, p.slice()/4)}
		if err := p.measureSlice(op, t, warm, p.slice()/4); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		rows[i].prepared = int(warm.rate()*p.slice().Seconds()*1.5) + 2*connections
		if err := p.profile(op, t, connections); err != nil {
			return nil, err
		}
	}
	for range p.rounds {
		for i, t := range targets {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := p.measureSlice(op, t, rows[i], p.slice()); err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	for i, t := range targets {
		if err := p.profile(op, t, connections); err != nil {
			return nil, err
		}
		if !rows[i].floor {
			rows[i].compare(rows)
		}
	}
	return rows, nil
}

// guess is how many prepared tokens a first short slice may need.
func guess(connections int, slice time.Duration) int {
	return int(slice.Seconds()*float64(min(10_000*connections, 60_000))) + 2*connections
}

// compare compares a row with its floors, round by round.
func (r *row) compare(rows []*row) {
	part := func(floor *row) (parts []float64) {
		for i := range r.rates {
			parts = append(parts, r.rates[i]/floor.rates[i])
		}
		slices.Sort(parts)
		return parts
	}
	for _, floor := range rows {
		switch floor.target {
		case floorHTTP:
			r.ofHTTP = part(floor)
		case r.target + alone:
			r.ofStore = part(floor)
		case floorHTTP + "+" + r.target, floorSign:
			r.ofBoth = part(floor)
		}
	}
}

// maxPrepared bounds the tokens prepared for one slice.
const maxPrepared = 150_000

func (p *plan) measureSlice(op *operation, t *target, r *row, length time.Duration) error {
	n := min(r.prepared, maxPrepared)
	switch op.supply {
	case cycle:
		n = 10_000
	case chain:
		n = 1024 // one for each connection
	}
	if t.verbsAlone() {
		done, err := t.tell(command{Do: "run", Op: op.name, N: n, Callers: r.connections, For: length})
		if err == nil {
			r.add(*done.Result)
		}
		return err
	}
	l := &load{op: op, address: t.address, basic: t.basic, connections: r.connections, time: length}
	if t.floor != nil {
		if _, err := t.tell(command{Do: "answer", Answer: t.floor}); err != nil {
			return err
		}
		l.op, l.tokens = repeating(op, r.connections)
		if t.bare() {
			if _, err := t.tell(command{Do: "prepare", Op: op.name, N: n, Callers: r.connections}); err != nil {
				return err
			}
			if op.supply == each { // it ends when what was prepared is used up
				l.op, l.tokens = op, slices.Repeat(l.tokens[:1], n)
			}
		}
	} else {
		l.tokens = t.kept
		if l.tokens == nil {
			ready, err := t.tell(command{Do: "prepare", Op: op.name, N: n})
			if err != nil {
				return err
			}
			l.basic, l.tokens, t.basic = ready.Basic, ready.Texts, ready.Basic
		}
		if op.supply == cycle {
			t.kept = l.tokens
		}
	}
	before, err := t.usage()
	if err != nil {
		return err
	}
	result, err := l.generate()
	if err != nil {
		return err
	}
	after, err := t.usage()
	result.Usage = after.minus(before)
	r.add(result)
	return err
}

// tokenLength is that of every token of Latchkey.
const tokenLength = 77

// repeating is the operation as the floor gets it, which knows no tokens.
func repeating(op *operation, connections int) (*operation, []string) {
	if op.supply == none {
		return op, nil
	}
	same := *op
	if same.supply == each {
		same.supply = cycle
	}
	return &same, slices.Repeat([]string{strings.Repeat("x", tokenLength)}, connections)
}

// profile switches the profiles of a server on or off.
func (p *plan) profile(op *operation, t *target, connections int) error {
	if p.profiles == "" || t.name == floorSign { // which is floorHTTP's process
		return nil
	}
	directory, err := filepath.Abs(p.profiles)
	if err == nil {
		err = os.MkdirAll(directory, 0o755)
	}
	if err == nil {
		name := fmt.Sprintf("%s-%s-%d", op.name, t.name, connections)
		_, err = t.tell(command{Do: "profile", File: filepath.Join(directory, strings.NewReplacer(" ", "-", "/", "-").Replace(name))})
	}
	return err
}
