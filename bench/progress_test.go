package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestTableFitsATerminal prints the widest rows that are likely.
func TestTableFitsATerminal(t *testing.T) {
	var out strings.Builder
	table := newTable(&out)
	for _, op := range operations {
		var rows []*row
		for _, name := range []string{floorHTTP, floorSign, floorHTTP + "+postgres", "postgres" + storeOnly, "postgres" + storeOnly + sameBatches, "memory", "postgres"} {
			rows = append(rows, &row{
				operation: op.name, target: name, connections: 1024, done: 123_456, elapsed: time.Second, latencies: []time.Duration{12_345 * time.Millisecond},
				usage: usage{CPU: 123_456 * 12_345 * time.Microsecond, Memory: 12_345 << 20}, counted: true, ofHTTP: []float64{1.234}, ofStore: []float64{12.34},
			})
		}
		table.add(rows)
		for _, r := range rows {
			if !strings.Contains(out.String(), r.printedName()) {
				t.Errorf("%s is not printed", r.target)
			}
		}
	}
	table.close()
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 82 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if len(table.lines) != 7*len(operations) || len(table.lines[0]) != len(columns) {
		t.Errorf("the CSV file has %d lines", len(table.lines))
	}
}

func TestMillisecondsHaveThreeDigits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234 * time.Microsecond: "1.23", 12_345 * time.Microsecond: "12.3", 123_456 * time.Microsecond: "123", 12 * time.Second: "12000", 56 * time.Microsecond: "0.056",
	} {
		if got := milliseconds([]time.Duration{d}, 0.5); got != want {
			t.Errorf("%s is %s, want %s", d, got, want)
		}
	}
}

// TestProgressReportsWhatIsLeft: a run that is slower than planned takes longer.
func TestProgressReportsWhatIsLeft(t *testing.T) {
	p, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	r := &progress{out: &out, begun: time.Now().Add(-10 * time.Minute), total: p.duration()}
	r.begin(p)
	if !strings.Contains(out.String(), "Stores: memory, sqlite, postgres. Connections: 1 8 64. This takes about ") || !strings.Contains(out.String(), " minutes; ") {
		t.Errorf("it begins with %s", out.String())
	}
	if got := r.left(r.begun); got != r.total {
		t.Errorf("at the start, %s of %s are left", got, r.total)
	}
	r.advance(r.total / 4)
	if left := r.left(r.begun.Add(10 * time.Minute)).Round(time.Minute); left != 30*time.Minute {
		t.Errorf("after a quarter in 10 minutes, %s are left", left)
	}
	out.Reset()
	r.report(4, 12, "refresh", 64)
	if got := out.String(); !strings.HasPrefix(got, " 25%  4 of 12: refresh, 64 connections; about ") || !strings.HasSuffix(got, " left\n") {
		t.Errorf("it reports %q", got)
	}
	var planned time.Duration
	for _, op := range p.operations {
		planned += time.Duration(p.servers(&op))*serverStart + time.Duration(len(p.connections))*p.sliceTime(&op)
	}
	if r.advance(r.total - r.done); planned != r.total || r.percent() != 100 {
		t.Errorf("%s of %s are done: %d%%", planned, r.total, r.percent())
	}
}

func TestAllSigningAlgorithmsAreMeasured(t *testing.T) {
	measured := make(map[string]bool)
	for _, op := range operations {
		measured[op.idToken] = true
	}
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		if !measured[algorithm] {
			t.Errorf("no operation signs an ID token with %s", algorithm)
		}
	}
}
