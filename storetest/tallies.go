package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testTallies tests that numbers are added or replaced, each in its own hour or day.
func testTallies(t *testing.T, h *house) {
	hour, day := oauth.PerHour.Begin(h.now), oauth.PerDay.Begin(h.now)
	must(t, h.AddTallies(ctx, nil))
	must(t, h.AddTallies(ctx, []oauth.Tally{
		{Period: oauth.PerHour, At: hour, Series: "b", N: 2},
		{Period: oauth.PerHour, At: hour, Series: "a", N: 1},
		{Period: oauth.PerHour, At: hour.Add(-time.Hour), Series: "a", N: 7},
		{Period: oauth.PerDay, At: day, Series: "a", N: 9},
		{Period: oauth.PerDay, At: day, Series: "size", N: 10, Replaces: true},
	}))
	must(t, h.AddTallies(ctx, []oauth.Tally{
		{Period: oauth.PerHour, At: hour, Series: "a", N: 40},
		{Period: oauth.PerDay, At: day, Series: "a", N: 1},
		{Period: oauth.PerDay, At: day, Series: "size", N: 4, Replaces: true},
	}))
	want := func(p oauth.TallyPeriod, from time.Time, want ...oauth.Tally) {
		t.Helper()
		got, err := h.Tallies(ctx, p, from)
		if must(t, err); !slices.Equal(got, want) {
			t.Errorf("%s from %s: %v, want %v", p, from, got, want)
		}
	}
	hourly := []oauth.Tally{
		{Period: oauth.PerHour, At: hour.Add(-time.Hour), Series: "a", N: 7},
		{Period: oauth.PerHour, At: hour, Series: "a", N: 41},
		{Period: oauth.PerHour, At: hour, Series: "b", N: 2},
	}
	want(oauth.PerHour, hour.Add(-time.Hour), hourly...)
	want(oauth.PerHour, hour, hourly[1:]...)
	want(oauth.PerHour, hour.Add(time.Millisecond))
	want(oauth.PerDay, day, oauth.Tally{Period: oauth.PerDay, At: day, Series: "a", N: 10}, oauth.Tally{Period: oauth.PerDay, At: day, Series: "size", N: 4})
	if _, err := h.TableSizes(ctx); err != nil {
		t.Error(err)
	}
}

// testTallyContention tests that no increment is lost if processes add to the same rows, in
// any order.
func testTallyContention(t *testing.T, h *house) {
	const callers, series = 20, 30
	at := oauth.PerHour.Begin(h.now)
	var calls sync.WaitGroup
	for caller := range callers {
		calls.Go(func() {
			var add []oauth.Tally
			for i := range series {
				add = append(add, oauth.Tally{Period: oauth.PerHour, At: at, Series: string(rune('a' + (i*(caller+1))%31)), N: 1})
			}
			if err := h.AddTallies(ctx, add); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	all, err := h.Tallies(ctx, oauth.PerHour, at)
	must(t, err)
	var sum int64
	for _, tally := range all {
		sum += tally.N
	}
	if sum != callers*series {
		t.Errorf("%d increments are stored, want %d", sum, callers*series)
	}
}
