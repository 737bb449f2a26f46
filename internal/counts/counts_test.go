package counts_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

var now = time.Date(2026, 11, 29, 10, 30, 0, 0, time.UTC)

func clock() time.Time { return now }

func counter(s oauth.TallyStore) *counts.Counter {
	return counts.New(counts.Config{Store: s, Clock: clock, Logger: slog.New(slog.DiscardHandler)})
}

func chart(t *testing.T, c *counts.Counter) *counts.Chart {
	t.Helper()
	found, err := c.Chart(t.Context(), oauth.PerHour, 24)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEventsOfAllProcessesAreInOneChart(t *testing.T) {
	store := memstore.New(clock)
	first, second := counter(store), counter(store)
	for _, c := range []*counts.Counter{first, second} {
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeOK})
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantAuthorizationCode, Outcome: oauth.CodeInvalidGrant, Reason: "expired"})
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeSecondFactor})
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK})
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantDeviceCode, Outcome: oauth.CodeAuthorizationPending})
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventAdministration, Kind: "applications/{id}", Outcome: oauth.OutcomeOK})
		c.TokenTook(3 * time.Millisecond)
		c.TokenTook(time.Minute)
		chart(t, c)
	}
	got := chart(t, first)
	want := map[string]int64{
		"token/refresh_token": 2, "failure/token/invalid_grant/expired": 2, "login/ok": 2, "latency/5ms": 2, "latency/slower": 2,
	}
	for series, n := range want {
		if got.Sum(series) != n {
			t.Errorf("%s: %d, want %d", series, got.Sum(series), n)
		}
	}
	if len(got.Series) != len(want) {
		t.Errorf("%v", got.Series)
	}
	if last := got.Times[23]; !last.Equal(now.Truncate(time.Hour)) || got.Series["login/ok"][23] != 2 {
		t.Errorf("the last hour is %s: %v", last, got.Series["login/ok"])
	}
	if names := got.Below(counts.Token); !slices.Equal(names, []string{"refresh_token"}) {
		t.Errorf("grants: %v", names)
	}
	days, err := second.Chart(t.Context(), oauth.PerDay, 7)
	if err != nil || days.Sum("login/ok") != 2 {
		t.Errorf("by day: %v, %v", days, err)
	}
}

// TestInventedOutcomesCannotFillTheTable: even if labels had many values, the rows of an hour
// would be bounded.
func TestInventedOutcomesCannotFillTheTable(t *testing.T) {
	c := counter(memstore.New(clock))
	for i := range 5000 {
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventToken, Kind: "k", Outcome: fmt.Sprint("code", i)})
	}
	if n := len(chart(t, c).Series); n > oauth.MostTallies/2 || n < 100 {
		t.Errorf("%d series", n)
	}
}

// failing is a Store that fails, or has no answer.
type failing struct {
	*memstore.Store
	mu  sync.Mutex
	err error
}

func (f *failing) AddTallies(ctx context.Context, all []oauth.Tally) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	return f.Store.AddTallies(ctx, all)
}

func TestEventsDuringAnOutageAreCountedAfterIt(t *testing.T) {
	store := &failing{Store: memstore.New(clock), err: oauth.ErrUnavailable}
	c := counter(store)
	for range 3 {
		c.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK})
		if err := c.Flush(t.Context()); !errors.Is(err, oauth.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if n := chart(t, c).Sum("login/ok"); n != 0 {
		t.Errorf("%d during the outage", n)
	}
	store.err = nil
	if n := chart(t, c).Sum("login/ok"); n != 3 {
		t.Errorf("%d after the outage, want 3", n)
	}
}

func TestRunStoresWhatIsLeftWhenItEnds(t *testing.T) {
	store := memstore.New(clock)
	c := counter(store)
	var events sync.WaitGroup
	for range 50 {
		events.Go(func() { c.OnEvent(context.Background(), oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK}) })
	}
	events.Wait()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Run(stopped); err != nil {
		t.Fatal(err)
	}
	if n := chart(t, counter(store)).Sum("login/ok"); n != 50 {
		t.Errorf("%d are stored, want 50", n)
	}
}

// TestCountingAllocatesNothing: the token endpoint counts every request.
func TestCountingAllocatesNothing(t *testing.T) {
	c := counter(memstore.New(clock))
	e := oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeOK}
	c.OnEvent(t.Context(), e)
	if n := testing.AllocsPerRun(100, func() { c.OnEvent(context.Background(), e); c.TokenTook(3 * time.Millisecond) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
