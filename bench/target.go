package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// row is one line of the table: the sum of all slices of an operation on one
// target with a number of connections.
type row struct {
	operation   string
	target      string // a store, or a floor
	floor       bool
	connections int
	callers     int // of a store alone
	done        int
	elapsed     time.Duration
	latencies   []time.Duration
	generator   time.Duration
	usage       usage
	counted     bool      // round trips and rows are known
	rates       []float64 // one for each round
	// ofHTTP and the following are the ratios of Latchkey's rate to that of a
	// floor, one for each round, sorted.
	ofHTTP, ofStore, ofSame, ofBoth []float64
	// prepared is how many tokens a slice needs.
	prepared int
}

// perCommit returns how many operations shared a commit, or 0.
func (r *row) perCommit() float64 {
	if r.usage.Commits == 0 {
		return 0
	}
	return float64(r.usage.Committed) / float64(r.usage.Commits)
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

// target is a server that is measured.
type target struct {
	name string
	*process
	floor *answer  // set for the floors of net/http
	kept  []string // tokens that all slices can use
	// like is set for a store without HTTP. It is the server whose commits it
	// imitates: with as many operations in each commit, from fewer callers.
	like *target
	// shared is set if the process also belongs to another target, which stops it.
	shared bool
}

const (
	floorHTTP = "net/http"
	floorSign = "net/http+ES256"
)

// isStoreOnly reports whether the target is a store without HTTP, and bare whether
// it is a store behind a bare net/http server.
func (t *target) isStoreOnly() bool { return strings.HasSuffix(t.role, storeOnly) }
func (t *target) bare() bool        { return strings.HasSuffix(t.role, bare) }

// keeps reports whether the target has a database.
func (t *target) keeps() bool {
	kind, _ := strings.CutSuffix(t.role, storeOnly)
	kind, _ = strings.CutSuffix(kind, bare)
	return durable(kind)
}

// measure returns all rows of an operation. Every target runs in its own process,
// which is new for each operation.
func (p *plan) measure(ctx context.Context, number int, op operation) (rows []*row, err error) {
	p.progress.report(number, len(p.operations), op.name, 0)
	targets, err := p.start(ctx, &op)
	defer func() {
		for _, t := range targets {
			if !t.shared {
				err = errors.Join(err, t.stop())
			}
		}
	}()
	if err != nil {
		return nil, err
	}
	p.progress.advance(time.Duration(len(targets)) * serverStart)
	for _, connections := range p.connections {
		p.progress.report(number, len(p.operations), op.name, connections)
		some, err := p.compare(ctx, &op, targets, connections)
		if err != nil {
			return nil, err
		}
		p.progress.advance(p.sliceTime(&op))
		rows = append(rows, some...)
	}
	return rows, nil
}

// start starts the servers of an operation, and copies the response to the floor.
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
	if op.signs {
		signing := *probed
		signing.Sign = true
		targets = slices.Insert(targets, 1, &target{name: floorSign, process: targets[0].process, floor: &signing, shared: true})
	}
	for _, kind := range p.stores {
		if !op.engine || !durable(kind) {
			continue
		}
		i := slices.IndexFunc(targets, func(t *target) bool { return t.name == kind })
		floors, err := p.startFloors(ctx, op, targets[i], probed)
		targets = slices.Insert(targets, i, floors...)
		if err != nil {
			return targets, err
		}
	}
	for _, t := range targets {
		if !t.keeps() || t.shared {
			continue
		}
		if _, err := t.tell(command{Do: "fill", N: p.fill, Expired: p.expired}); err != nil {
			return targets, err
		}
	}
	return targets, nil
}

// startFloors starts the floors of a server that writes.
func (p *plan) startFloors(ctx context.Context, op *operation, of *target, probed *answer) (floors []*target, err error) {
	begin := func(role string) (*process, error) { return start(ctx, role, p.emptyDirectory(op, role)) }
	both, err := begin(of.role + bare)
	if err != nil {
		return nil, err
	}
	both.basic = of.basic
	floors = append(floors, &target{name: floorHTTP + "+" + of.role, process: both, floor: probed})
	verbs, err := begin(of.role + storeOnly)
	if err != nil {
		return floors, err
	}
	return append(floors,
		&target{name: of.role + storeOnly, process: verbs},
		&target{name: of.role + storeOnly + sameBatches, process: verbs, like: of, shared: true},
	), nil
}

// sameBatches returns a store without HTTP with commits as large as those of a server.
const sameBatches = ", same batches"

func (p *plan) emptyDirectory(op *operation, role string) string {
	directory := filepath.Join(p.directory, strings.ReplaceAll(op.name+"-"+role, " ", "-"))
	_ = os.Mkdir(directory, 0o711) //nolint:gosec // starting there reports an error; PostgreSQL may run as another user
	return directory
}

// probe sends one request and returns the response for the floor.
func probe(op *operation, server *process) (*answer, error) {
	ready, err := server.tell(command{Do: "prepare", Op: op.name, N: 1})
	if err != nil {
		return nil, err
	}
	server.basic = ready.Basic
	conn, err := dial(server.address, time.Now().Add(patience))
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
	if !op.check(body) || !bytes.Contains(head, op.head) {
		return nil, fmt.Errorf("unexpected response %q", body)
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

// compare measures one slice of each target, round after round.
func (p *plan) compare(ctx context.Context, op *operation, targets []*target, connections int) ([]*row, error) {
	rows := make([]*row, len(targets))
	warm := make(map[*target]*row)
	// Targets that imitate the commits of another target come last.
	for _, later := range []bool{false, true} {
		for i, t := range targets {
			if (t.like != nil) != later {
				continue
			}
			r := &row{
				operation: op.name, target: t.name, connections: connections, callers: connections,
				floor: t.floor != nil || t.isStoreOnly(), counted: t.keeps(),
			}
			if later {
				// Half of the callers wait for one commit, and half for the next.
				r.callers = min(connections, max(1, int(math.Round(2*warm[t.like].perCommit()))))
			}
			first := &row{connections: connections, callers: r.callers, prepared: guess(connections, p.slice()/4)}
			if err := p.measureSlice(op, t, first, p.slice()/4); err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
			r.prepared = int(first.rate()*p.slice().Seconds()*1.5) + 2*connections
			rows[i], warm[t] = r, first
			if err := p.profile(op, t, connections); err != nil {
				return nil, err
			}
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

// guess returns how many prepared tokens the first short slice may need.
func guess(connections int, slice time.Duration) int {
	return int(slice.Seconds()*float64(min(10_000*connections, 60_000))) + 2*connections
}

// compare computes the ratios of a row to its floors, round by round.
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
		case r.target + storeOnly:
			r.ofStore = part(floor)
		case r.target + storeOnly + sameBatches:
			r.ofSame = part(floor)
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
		n = max(1024, r.connections) // one for each connection
	}
	if t.isStoreOnly() {
		done, err := t.tell(command{Do: "run", Op: op.name, N: n, Callers: r.callers, For: length})
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
			if op.supply == each { // the slice ends when the prepared tokens are used up
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

// tokenLength is the length of every token of Latchkey.
const tokenLength = 77

// repeating returns the operation for the floor, which does not check tokens.
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

// profile starts or stops the profiles of a server.
func (p *plan) profile(op *operation, t *target, connections int) error {
	if p.profiles == "" || t.shared {
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
