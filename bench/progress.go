package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress reports how much of a run is done and how long the rest will take. At
// first it estimates this from the plan, and later from the time that the finished
// part took.
type progress struct {
	out io.Writer
	// inPlace is set if a line replaces the one before, as on a terminal.
	inPlace     bool
	begun       time.Time
	total, done time.Duration // planned
}

// newProgress reports to stderr, so that stdout has only the table.
func newProgress(p *plan) *progress {
	info, err := os.Stderr.Stat()
	return &progress{
		out: os.Stderr, inPlace: err == nil && info.Mode()&os.ModeCharDevice != 0,
		begun: time.Now(), total: p.duration(),
	}
}

// serverStart is roughly how long it takes to start a server and fill its database.
const serverStart = 2 * time.Second

// duration returns about how long all measurements take.
func (p *plan) duration() (total time.Duration) {
	for _, op := range p.operations {
		total += time.Duration(p.servers(&op))*serverStart + time.Duration(len(p.connections))*p.sliceTime(&op)
	}
	return total
}

// sliceTime returns how long an operation is measured with a number of
// connections. Each target is also warmed up for a quarter of a slice.
func (p *plan) sliceTime(op *operation) time.Duration {
	return time.Duration(p.servers(op)) * (p.time + p.slice()/4)
}

// servers returns how many targets an operation has, as start starts them.
func (p *plan) servers(op *operation) int {
	n := 1 + len(p.stores) // with net/http
	if op.signs {
		n++
	}
	for _, kind := range p.stores {
		if op.engine && durable(kind) {
			n += 3
		}
	}
	return n
}

// begin reports the duration of the run.
func (r *progress) begin(p *plan) {
	_, _ = fmt.Fprintf(r.out, "Operations: %d. Stores: %s. Connections: %s. This takes about %s; Ctrl-C stops it.\n\n",
		len(p.operations), strings.Join(p.stores, ", "), strings.Trim(fmt.Sprint(p.connections), "[]"), roughly(r.total))
}

// report reports that the operation is measured next, with a number of
// connections, or that its servers are started.
func (r *progress) report(number, operations int, name string, connections int) {
	what := "starting servers"
	if connections > 0 {
		what = fmt.Sprintf("%d connections", connections)
	}
	line := fmt.Sprintf("%3d%%  %d of %d: %s, %s; about %s left", r.percent(), number, operations, name, what, roughly(r.left(time.Now())))
	if r.inPlace {
		_, _ = fmt.Fprintf(r.out, "\r\033[K%s", line)
		return
	}
	_, _ = fmt.Fprintln(r.out, line)
}

// advance records that a part of the plan has been carried out.
func (r *progress) advance(planned time.Duration) { r.done += planned }

// clear removes the line from a terminal.
func (r *progress) clear() {
	if r.inPlace {
		_, _ = fmt.Fprint(r.out, "\r\033[K")
	}
}

func (r *progress) percent() int {
	if r.total == 0 {
		return 100
	}
	return int(100 * r.done / r.total)
}

// left returns about how long the rest takes.
func (r *progress) left(now time.Time) time.Duration {
	rest := r.total - r.done
	if r.done < r.total/50 {
		return rest
	}
	return time.Duration(float64(rest) * float64(now.Sub(r.begun)) / float64(r.done))
}

// roughly formats a duration roughly.
func roughly(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case d < 90*time.Second:
		return fmt.Sprintf("%d seconds", max(1, int(d.Round(time.Second).Seconds())))
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	default:
		return fmt.Sprintf("%.1f hours", d.Hours())
	}
}
