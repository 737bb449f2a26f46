package main

import (
	"slices"
	"testing"
	"time"
)

// TestRatioOfTwoBuildsIsTheMedianOfItsPairs, not the ratio of two medians.
func TestRatioOfTwoBuildsIsTheMedianOfItsPairs(t *testing.T) {
	slice := func(cpu, rate float64) rawResult {
		const n = 1000
		return rawResult{
			Done: n, Elapsed: time.Duration(n / rate * float64(time.Second)),
			Usage: usage{CPU: time.Duration(cpu * n * float64(time.Microsecond)), Allocs: 50 * n, RoundTrips: 2 * n, Rows: 3 * n},
		}
	}
	pairs := []pair{ // the machine became slower and slower
		{slice(10, 8000), slice(11, 7000)},
		{slice(20, 4000), slice(20, 4000)},
		{slice(40, 2000), slice(36, 2200)},
	}
	want := []string{"3", "20.0", "20.0", "1.000", "0.95–1.05", "4000", "4000", "1.00", "50–50", "2.00–2.00", "3.00–3.00"}
	if got := summarize(pairs); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
