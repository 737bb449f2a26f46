package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// pair is a slice of another build and the slice of this build that was measured
// right before or after it.
type pair struct{ before, after rawResult }

// cpu returns the CPU time for each request, in µs.
func (r rawResult) cpu() float64 { return float64(r.Usage.CPU) / 1000 / float64(r.Done) }

func (r rawResult) rate() float64 { return float64(r.Done) / r.Elapsed.Seconds() }

func (r rawResult) allocs() float64 { return float64(r.Usage.Allocs) / float64(r.Done) }

func (r rawResult) trips() float64 { return float64(r.Usage.RoundTrips) / float64(r.Done) }

func (r rawResult) rows() float64 { return float64(r.Usage.Rows) / float64(r.Done) }

// measureAgainst compares the servers of this build with those of another build of
// this program, which can be of another version. Their slices alternate, and so
// does their order, because two runs one after the other differ by more than most
// changes of the code.
func measureAgainst(ctx context.Context, out io.Writer, p *plan) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "operation\tstore\tconns\tpairs\tCPU µs before\tafter\tratio\tquartiles\treq/s before\tafter\tratio\tallocs\ttrips\trows\t")
	for _, op := range p.operations {
		for _, kind := range p.stores {
			for _, connections := range p.connections {
				pairs, err := p.alternate(ctx, &op, kind, connections)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", op.name, kind, err)
				}
				_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\t\n", op.name, kind, connections, strings.Join(summarize(pairs), "\t"))
			}
		}
	}
	return w.Flush()
}

// alternate measures an operation on one store of both builds.
func (p *plan) alternate(ctx context.Context, op *operation, kind string, connections int) (pairs []pair, err error) {
	var targets [2]*target // of the other build and of this one
	for i, program := range []string{p.against, ""} {
		server, err := startProgram(ctx, program, kind, p.emptyDirectory(op, fmt.Sprintf("%s-%d-%d", kind, connections, i)))
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, server.stop()) }()
		targets[i] = &target{name: kind, process: server}
		if durable(kind) {
			if _, err := server.tell(command{Do: "fill", N: p.fill, Expired: p.expired}); err != nil {
				return nil, err
			}
		}
	}
	var prepared int
	for _, t := range targets {
		warm := &row{connections: connections, prepared: guess(connections, p.slice()/4)}
		if err := p.measureSlice(op, t, warm, p.slice()/4); err != nil {
			return nil, err
		}
		prepared = max(prepared, int(warm.rate()*p.slice().Seconds()*1.5)+2*connections)
	}
	for round := range p.rounds {
		var results [2]rawResult
		for n := range targets {
			i := (n + round) % 2
			slice := &row{connections: connections, prepared: prepared}
			if err := p.measureSlice(op, targets[i], slice, p.slice()); err != nil {
				return nil, err
			}
			results[i] = rawResult{Done: slice.done, Elapsed: slice.elapsed, Usage: slice.usage}
		}
		pairs = append(pairs, pair{results[0], results[1]})
	}
	return pairs, ctx.Err()
}

// summarize returns the medians of the pairs. A ratio is the median of the ratios
// of all pairs.
func summarize(pairs []pair) []string {
	before := func(value func(rawResult) float64) float64 {
		return quartile(pairs, 2, func(p pair) float64 { return value(p.before) })
	}
	after := func(value func(rawResult) float64) float64 {
		return quartile(pairs, 2, func(p pair) float64 { return value(p.after) })
	}
	cpu := func(p pair) float64 { return p.after.cpu() / p.before.cpu() }
	format := func(digits int, values ...float64) string {
		var texts []string
		for _, v := range values {
			texts = append(texts, strconv.FormatFloat(v, 'f', digits, 64))
		}
		return strings.Join(texts, "–")
	}
	return []string{
		strconv.Itoa(len(pairs)),
		format(1, before(rawResult.cpu)), format(1, after(rawResult.cpu)),
		format(3, quartile(pairs, 2, cpu)), format(2, quartile(pairs, 1, cpu), quartile(pairs, 3, cpu)),
		format(0, before(rawResult.rate)), format(0, after(rawResult.rate)),
		format(2, quartile(pairs, 2, func(p pair) float64 { return p.after.rate() / p.before.rate() })),
		format(0, before(rawResult.allocs), after(rawResult.allocs)),
		format(2, before(rawResult.trips), after(rawResult.trips)),
		format(2, before(rawResult.rows), after(rawResult.rows)),
	}
}

// quartile returns the nth quartile of a value of the pairs; the second is the
// median.
func quartile(pairs []pair, n int, value func(pair) float64) float64 {
	values := make([]float64, len(pairs))
	for i, p := range pairs {
		values[i] = value(p)
	}
	slices.Sort(values)
	at := float64(n) / 4 * float64(len(values)-1)
	low := int(at)
	high := min(low+1, len(values)-1)
	return values[low] + (at-float64(low))*(values[high]-values[low])
}
