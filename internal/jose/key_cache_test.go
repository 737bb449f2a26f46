package jose_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// publisher is a server that publishes a key set. Its clock is that of synctest.
type publisher struct {
	t       *testing.T
	mu      sync.Mutex
	keys    []jose.PublicKey
	err     error
	takes   time.Duration // how long a fetch takes
	fetches int
}

func (p *publisher) publish(kids ...string) {
	p.t.Helper()
	keys, err := jose.ParseSet([]byte(jwks(p.t, kids...)), 1<<16, 32)
	if err != nil {
		p.t.Fatal(err)
	}
	p.set(keys, nil)
}

func (p *publisher) set(keys []jose.PublicKey, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys, p.err = keys, err
}

func (p *publisher) fetch(ctx context.Context, _ string) ([]jose.PublicKey, error) {
	p.mu.Lock()
	p.fetches++
	takes := p.takes
	p.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys, p.err
}

func (p *publisher) fetched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

var errDown = errors.New("the server is down")

const url = "https://app.example/jwks"

// cache returns a cache with these times that fetches from the publisher.
func (p *publisher) cache(fresh, pause time.Duration) *jose.KeyCache {
	return &jose.KeyCache{
		Fetch: p.fetch, Clock: time.Now,
		Fresh: fresh, Stale: time.Hour, Pause: pause, Timeout: 10 * time.Second, MaxSets: 3,
	}
}

func find(ctx context.Context, cache *jose.KeyCache, kid string) (bool, error) {
	keys, err := cache.Find(ctx, url, jose.Verifies(jose.ES256, kid))
	return len(keys) == 1, err
}

// TestKeySetIsFetchedOnlyWhenDue uses the times of package provider and those of
// package resource.
func TestKeySetIsFetchedOnlyWhenDue(t *testing.T) {
	for name, times := range map[string]struct{ fresh, pause time.Duration }{
		"provider": {10 * time.Minute, time.Minute},
		"resource": {5 * time.Minute, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &publisher{t: t}
				p.publish("a")
				cache := p.cache(times.fresh, times.pause)
				for _, step := range []struct {
					name   string
					pass   time.Duration
					change func()
					kid    string
					found  bool
					down   bool
					total  int // fetches
				}{
					{name: "the first time", kid: "a", found: true, total: 1},
					{name: "again", kid: "a", found: true, total: 1},
					{name: "an unknown key at once", kid: "b", total: 1},
					{name: "an unknown key after a pause", pass: times.pause, kid: "b", total: 2},
					{name: "another unknown key at once", kid: "c", total: 2},
					{name: "a new key at once", change: func() { p.publish("a", "c") }, kid: "c", total: 2},
					{name: "a new key after a pause", pass: times.pause, kid: "c", found: true, total: 3},
					{name: "a known key just before it is due", pass: times.fresh - 1, kid: "a", found: true, total: 3},
					{name: "a removed key when the set is due", pass: 1, change: func() { p.publish("c") }, kid: "a", total: 4},
					{name: "the server is down when the set is due", pass: times.fresh, change: func() { p.set(nil, errDown) }, kid: "c", found: true, total: 5},
					{name: "still down at once", kid: "c", found: true, total: 5},
					{name: "an unknown key while it is down", kid: "d", down: true, total: 5},
					{name: "an unknown key while it is down, after a pause", pass: times.pause, kid: "d", down: true, total: 6},
					{name: "a known key after an hour", pass: time.Hour, kid: "c", down: true, total: 7},
					{name: "up again, at once", change: func() { p.publish("c") }, kid: "c", down: true, total: 7},
					{name: "up again, after a pause", pass: times.pause, kid: "c", found: true, total: 8},
					{name: "a long time without a caller", pass: 24 * time.Hour, kid: "c", found: true, total: 9},
					{name: "down after a long time without a caller", pass: 24 * time.Hour, change: func() { p.set(nil, errDown) }, kid: "c", down: true, total: 10},
				} {
					time.Sleep(step.pass)
					if step.change != nil {
						step.change()
					}
					found, err := find(t.Context(), cache, step.kid)
					synctest.Wait()
					if found != step.found || errors.Is(err, errDown) != step.down || (err != nil) != step.down || p.fetched() != step.total {
						t.Errorf("%s: found %v, %v, %d fetches", step.name, found, err, p.fetched())
					}
				}
			})
		})
	}
}

func TestManyCallersShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t, takes: time.Second}
		p.publish("a")
		cache := p.cache(time.Minute, time.Minute)
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				if found, err := find(t.Context(), cache, "a"); !found {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if p.fetched() != 1 {
			t.Errorf("%d fetches", p.fetched())
		}
	})
}

func TestCallerThatGivesUpDoesNotCancelTheFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t, takes: 2 * time.Second}
		p.publish("a")
		cache := p.cache(time.Minute, time.Minute)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := find(impatient, cache, "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if found, err := find(t.Context(), cache, "a"); !found || p.fetched() != 1 || time.Since(start) != 2*time.Second {
			t.Errorf("after %s and %d fetches: %v", time.Since(start), p.fetched(), err)
		}
	})
}

// TestKnownKeysDoNotWait: a fetch for an unknown key, or of a server that was
// down before, does not delay the callers with a known key.
func TestKnownKeysDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t}
		p.publish("a")
		cache := p.cache(5*time.Minute, time.Minute)
		known := func(when string) {
			t.Helper()
			start := time.Now()
			if found, err := find(t.Context(), cache, "a"); !found || time.Since(start) != 0 {
				t.Errorf("%s a known key takes %s: %v", when, time.Since(start), err)
			}
		}
		known("at first")
		time.Sleep(time.Minute)
		p.takes = 5 * time.Second
		go func() { _, _ = find(t.Context(), cache, "unknown") }()
		synctest.Wait()
		known("while a set is fetched for an unknown one")

		time.Sleep(5 * time.Minute)
		p.set(nil, errDown)
		if found, err := find(t.Context(), cache, "a"); !found || p.fetched() != 3 {
			t.Errorf("the first caller of an outage, %d fetches: %v", p.fetched(), err)
		}
		time.Sleep(time.Minute)
		known("during an outage")
		synctest.Wait()
		if p.fetched() != 4 {
			t.Errorf("during an outage: %d fetches", p.fetched())
		}
		p.publish("a", "b")
		time.Sleep(10 * time.Second)
		if found, err := find(t.Context(), cache, "b"); !found || p.fetched() != 4 {
			t.Errorf("after an outage, %d fetches: %v", p.fetched(), err)
		}
	})
}

// TestServerThatHangsHardlyDelaysKnownKeys: the first caller after the set is due
// waits a moment, in which a healthy server answers, and the others do not.
func TestServerThatHangsHardlyDelaysKnownKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t}
		p.publish("a")
		cache := p.cache(time.Minute, 30*time.Second)
		if found, err := find(t.Context(), cache, "a"); !found {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		p.takes = time.Hour
		start := time.Now()
		for i, want := range []time.Duration{200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond} {
			if found, err := find(t.Context(), cache, "a"); !found || time.Since(start) != want {
				t.Errorf("caller %d waited %s: %v", i, time.Since(start), err)
			}
		}
		var callers sync.WaitGroup
		for range 50 { // nine minutes, in which several fetches time out
			time.Sleep(10 * time.Second)
			callers.Go(func() {
				began := time.Now()
				if found, err := find(t.Context(), cache, "a"); !found || time.Since(began) != 0 {
					t.Errorf("after %s a caller waited %s: %v", began.Sub(start), time.Since(began), err)
				}
			})
		}
		callers.Wait()
		// A key that is too old is not used, however long the server hangs.
		time.Sleep(time.Hour)
		if found, err := find(t.Context(), cache, "a"); found || err == nil {
			t.Errorf("after an hour: %v %v", found, err)
		}
	})
}

// TestSetThatIsTooOldIsFetchedFirst, even if the last fetch succeeded.
func TestSetThatIsTooOldIsFetchedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t}
		p.publish("a")
		cache := p.cache(time.Minute, 30*time.Second)
		if found, err := find(t.Context(), cache, "a"); !found {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		p.takes = time.Second
		p.publish("b")
		if found, err := find(t.Context(), cache, "a"); found || err != nil {
			t.Errorf("a key that was removed: %v %v", found, err)
		}
	})
}

// TestFetchesOfOneSetDoNotOverlap: a fetch may take longer than the pause.
func TestFetchesOfOneSetDoNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t, takes: 5 * time.Second}
		p.publish("a")
		cache := p.cache(time.Minute, time.Second)
		var callers sync.WaitGroup
		for range 5 {
			callers.Go(func() {
				if found, err := find(t.Context(), cache, "a"); !found {
					t.Error(err)
				}
			})
			time.Sleep(time.Second)
		}
		callers.Wait()
		if p.fetched() != 1 {
			t.Errorf("%d fetches", p.fetched())
		}
	})
}

func TestFetchIsCanceledAfterItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t, takes: time.Hour}
		cache := p.cache(time.Minute, time.Minute)
		start := time.Now()
		if _, err := find(t.Context(), cache, "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func TestNumberOfCachedSetsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t}
		cache := p.cache(time.Minute, time.Minute)
		const maxSets = 3
		get := func(i int) {
			t.Helper()
			if _, err := cache.Find(t.Context(), strconv.Itoa(i), jose.Verifies(jose.ES256, "")); err != nil {
				t.Fatal(err)
			}
		}
		for i := range maxSets {
			get(i)
		}
		get(maxSets)
		if p.fetched() != maxSets+1 {
			t.Fatalf("%d fetches of %d sets", p.fetched(), maxSets+1)
		}
		// Of the sets that were cached, exactly one had to make room. So a caller
		// for each of the four sets misses at least one of them.
		for i := range maxSets + 1 {
			time.Sleep(time.Millisecond)
			get(i)
		}
		if again := p.fetched() - (maxSets + 1); again < 1 {
			t.Errorf("%d sets are cached, want at most %d", maxSets+1, maxSets)
		}
	})
}
