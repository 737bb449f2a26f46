package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// printedColumns are the columns of the table on a terminal, which is 80 characters
// wide, after the name and the connections. The CSV file has all columns.
var printedColumns = []string{"req/s", "p50 ms", "p99 ms", "CPU µs", "MB", "% http", "% store"}

// columns are those of the CSV file.
var columns = []string{
	"operation", "on", "conns", "req/s", "p50 ms", "p99 ms", "CPU µs/req", "allocs/req", "bytes/req",
	"trips/req", "rows/req", "reqs/commit", "disk B/req", "MB", "% of net/http", "% of store", "% same batches", "% of both", "generator µs/req",
}

// table is printed row by row.
type table struct {
	out   io.Writer
	lines [][]string
}

func newTable(out io.Writer) *table { return &table{out: out} }

func (t *table) add(rows []*row) {
	if len(rows) == 0 {
		return
	}
	_, _ = fmt.Fprintln(t.out, rows[0].operation)
	w := tabwriter.NewWriter(t.out, 0, 0, 1, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, fmt.Sprintf("%-*s%5s\t", nameWidth, "", "conns")+strings.Join(printedColumns, "\t")+"\t")
	for _, r := range rows {
		t.lines = append(t.lines, r.line())
		_, _ = fmt.Fprintln(w, fmt.Sprintf("%-*s%5d\t", nameWidth, r.printedName(), r.connections)+strings.Join(r.printed(), "\t")+"\t")
	}
	_ = w.Flush()
	_, _ = fmt.Fprintln(t.out)
}

// nameWidth is the width of the column with the name of a server.
const nameWidth = 20

// printedName returns the name of the server. A floor that follows its counterpart
// is named only by the difference.
func (r *row) printedName() string {
	if strings.HasSuffix(r.target, sameBatches) {
		return "    " + strings.TrimPrefix(sameBatches, ", ")
	}
	return "  " + r.target
}

// printed returns the printedColumns.
func (r *row) printed() []string {
	slices.Sort(r.latencies)
	return []string{
		strconv.FormatFloat(r.rate(), 'f', 0, 64), milliseconds(r.latencies, 0.50), milliseconds(r.latencies, 0.99),
		strconv.FormatFloat(float64(r.usage.CPU)/1000/float64(r.done), 'f', 1, 64), strconv.FormatInt(r.usage.Memory>>20, 10),
		median(r.ofHTTP), median(r.ofStore),
	}
}

// milliseconds returns a quantile with three significant digits.
func milliseconds(sorted []time.Duration, q float64) string {
	if len(sorted) == 0 {
		return "–"
	}
	ms := float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]) / float64(time.Millisecond)
	digits := 3
	for limit := 1.0; digits > 0 && ms >= limit; limit *= 10 {
		digits--
	}
	return strconv.FormatFloat(ms, 'f', digits, 64)
}

// median formats the median of sorted ratios in percent.
func median(parts []float64) string {
	if len(parts) == 0 {
		return ""
	}
	return strconv.FormatFloat(50*(parts[(len(parts)-1)/2]+parts[len(parts)/2]), 'f', 0, 64)
}

func (t *table) close() {
	_, _ = fmt.Fprint(t.out, `The floors: "net/http" returns the same bytes for the same requests and does
nothing else. "sqlite alone" and "postgres alone" call the method of the store
without HTTP, with one caller per connection, and wait until each change is
durable. "same batches" does this with fewer callers, so that its commits are as
large as those of Latchkey. "net/http+sqlite" and "net/http+postgres" do both and
nothing else: no server that writes as much can be faster. "net/http+ES256"
computes one signature instead.

"CPU µs" is the CPU time of the server for each request. "MB" is its memory after
the measurement. Neither includes PostgreSQL. "% http" and "% store" are the
median ratios of Latchkey's rate to that of net/http and of the store alone. All
servers use the garbage collector settings of "latchkey serve". The file that
-csv writes has more: allocations, round trips, rows and bytes for each request,
and the lowest and the highest ratio.
`)
}

func (t *table) writeCSV(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	return errors.Join(w.Write(columns), w.WriteAll(t.lines), file.Close())
}

func (r *row) line() []string {
	perRequest := func(total float64) float64 { return total / float64(r.done) }
	micros := func(d time.Duration) string {
		return strconv.FormatFloat(perRequest(float64(d)/1000), 'f', 1, 64)
	}
	slices.Sort(r.latencies)
	line := []string{
		r.operation, r.target, strconv.Itoa(r.connections), strconv.FormatFloat(r.rate(), 'f', 0, 64),
		quantile(r.latencies, 0.50), quantile(r.latencies, 0.99), micros(r.usage.CPU),
		strconv.FormatFloat(perRequest(float64(r.usage.Allocs)), 'f', 1, 64),
		strconv.FormatFloat(perRequest(float64(r.usage.Bytes)), 'f', 0, 64),
	}
	if r.counted {
		line = append(line, strconv.FormatFloat(perRequest(float64(r.usage.RoundTrips)), 'f', 2, 64),
			strconv.FormatFloat(perRequest(float64(r.usage.Rows)), 'f', 2, 64),
			strconv.FormatFloat(r.perCommit(), 'f', 1, 64),
			strconv.FormatFloat(perRequest(float64(r.usage.Disk)), 'f', 0, 64))
	} else {
		line = append(line, "–", "–", "–", "–")
	}
	line = append(line, strconv.FormatInt(r.usage.Memory>>20, 10))
	line = append(line, percent(r.ofHTTP), percent(r.ofStore), percent(r.ofSame), percent(r.ofBoth))
	if r.generator > 0 {
		return append(line, micros(r.generator))
	}
	return append(line, "–")
}

// percent formats the median of sorted ratios and their range.
func percent(parts []float64) string {
	n := len(parts)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f (%.0f–%.0f)", 50*(parts[(n-1)/2]+parts[n/2]), 100*parts[0], 100*parts[n-1])
}

// quantile returns a quantile of sorted durations, in milliseconds.
func quantile(sorted []time.Duration, q float64) string {
	if len(sorted) == 0 {
		return "–"
	}
	d := sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 3, 64)
}

// describeMachine describes the machine, including the duration of an fsync in
// the directory of the databases.
func describeMachine(directory string) (string, error) {
	file, err := os.Create(filepath.Join(directory, "sync"))
	if err != nil {
		return "", err
	}
	page := make([]byte, 4096)
	var costs []time.Duration
	for range 51 {
		if _, err = file.Write(page); err != nil {
			break
		}
		begun := time.Now()
		if err = file.Sync(); err != nil {
			break
		}
		costs = append(costs, time.Since(begun))
	}
	if err := errors.Join(err, file.Close(), os.Remove(file.Name())); err != nil {
		return "", err
	}
	slices.Sort(costs)
	return fmt.Sprintf("%s, %s on %s/%s, %d processors (%d for the load generator), fsync of 4 kB %s ms\n",
		time.Now().UTC().Format("2006-01-02"), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), generatorThreads, quantile(costs, 0.5)), nil
}
