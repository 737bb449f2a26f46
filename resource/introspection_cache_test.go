package resource_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// slowEndpoint is an introspection endpoint as a transport.
type slowEndpoint struct {
	takes    time.Duration
	down     atomic.Bool
	revoked  atomic.Bool
	expires  time.Time
	requests atomic.Int32
}

func (e *slowEndpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	e.requests.Add(1)
	body := fmt.Sprintf(`{"active":%t,"token_type":"Bearer","sub":"ada","aud":"api","exp":%d}`, !e.revoked.Load(), e.expires.Unix())
	select {
	case <-time.After(e.takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if e.down.Load() {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (e *slowEndpoint) verifier(cacheFor time.Duration) *resource.Introspection {
	return &resource.Introspection{URL: "https://id.example/introspect", Audience: "api", CacheFor: cacheFor, Client: &http.Client{Transport: e}}
}

// TestIntrospectionIsCachedForALimitedTime: at most for CacheFor, and not after the token
// has expired. An outage is not cached, and the guard fails closed.
func TestIntrospectionIsCachedForALimitedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &slowEndpoint{takes: time.Second, expires: time.Now().Add(time.Hour)}
		v := e.verifier(30 * time.Second)
		for _, step := range []struct {
			name     string
			pass     time.Duration
			change   func()
			want     string
			requests int32 // in total
		}{
			{"the first request", 0, nil, "valid", 1},
			{"the second request", 0, nil, "valid", 1},
			{"a token that was revoked in the meantime", 28 * time.Second, func() { e.revoked.Store(true) }, "valid", 1},
			{"a revoked token after 30 s", time.Second, nil, "inactive", 2},
			{"a revoked token again", 0, nil, "inactive", 2},
			{"an outage, while the response is cached", 0, func() { e.down.Store(true) }, "inactive", 2},
			{"an outage", 30 * time.Second, nil, "unavailable", 3},
			{"an outage, again", 0, nil, "unavailable", 4},
			{"the end of the outage", 0, func() { e.down.Store(false); e.revoked.Store(false) }, "valid", 5},
			{"20 s before the token expires", time.Until(e.expires) - 84*time.Second, nil, "valid", 6},
			{"when it has expired", 20 * time.Second, func() { e.revoked.Store(true) }, "inactive", 7},
		} {
			time.Sleep(step.pass)
			if step.change != nil {
				step.change()
			}
			_, err := v.Verify(t.Context(), "token")
			if got := verdict(err); got != step.want || e.requests.Load() != step.requests {
				t.Errorf("%s: %s (%v) after %d requests, want %s after %d", step.name, got, err, e.requests.Load(), step.want, step.requests)
			}
		}
	})
}

// TestCachedIntrospectionSharesRequests: callers with the same token share one. A caller
// that gives up does not end it for the others.
func TestCachedIntrospectionSharesRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &slowEndpoint{takes: time.Second, expires: time.Now().Add(time.Hour)}
		v := e.verifier(time.Minute)
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := v.Verify(impatient, "token"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller that gives up: %v", err)
		}
		var callers sync.WaitGroup
		for i := range 64 {
			callers.Go(func() {
				if _, err := v.Verify(t.Context(), []string{"token", "other"}[i%2]); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if n := e.requests.Load(); n != 2 {
			t.Errorf("two tokens cause %d requests", n)
		}
	})
}

// TestSlowIntrospectionIsSharedForALimitedTime: a response from before a revocation is used
// for CacheFor, however long the endpoint takes.
func TestSlowIntrospectionIsSharedForALimitedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &slowEndpoint{takes: 5 * time.Second, expires: time.Now().Add(time.Hour)}
		v := e.verifier(2 * time.Second)
		var callers sync.WaitGroup
		for _, wait := range []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 6 * time.Second} {
			callers.Go(func() {
				<-time.After(wait)
				if _, err := v.Verify(t.Context(), "token"); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if n := e.requests.Load(); n != 3 {
			t.Errorf("callers after 0 to 6 seconds cause %d requests, want one for each two seconds with callers", n)
		}
	})
}

// TestIntrospectionWithoutACacheIsNotShared: otherwise a caller could get a response from
// before a revocation.
func TestIntrospectionWithoutACacheIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &slowEndpoint{takes: time.Second, expires: time.Now().Add(time.Hour)}
		v := e.verifier(0)
		var callers sync.WaitGroup
		for range 3 {
			callers.Go(func() { _, _ = v.Verify(t.Context(), "token") })
		}
		callers.Wait()
		if n := e.requests.Load(); n != 3 {
			t.Errorf("three callers cause %d requests", n)
		}
	})
}

// TestIntrospectionIsLimitedInTime whatever the HTTP client allows.
func TestIntrospectionIsLimitedInTime(t *testing.T) {
	for _, cacheFor := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			e := &slowEndpoint{takes: time.Hour, expires: time.Now()}
			begin := time.Now()
			_, err := e.verifier(cacheFor).Verify(t.Context(), "token")
			if passed := time.Since(begin); verdict(err) != "unavailable" || passed > 10*time.Second {
				t.Errorf("with a cache of %s: %v after %s", cacheFor, err, passed)
			}
		})
	}
}

// TestCachedIntrospectionIsBoundedInMemory: tokens that are not valid, which anybody can
// invent, do not displace valid ones.
func TestCachedIntrospectionIsBoundedInMemory(t *testing.T) {
	var large, small resource.Introspection
	for i := range 500 {
		large.Keep(fmt.Sprint("valid ", i), 40_000, nil)
		large.Keep(fmt.Sprint("valid ", i), 40_000, nil) // replaces the first
	}
	for i := range 1500 {
		large.Keep(fmt.Sprint("invented ", i), 0, resource.ErrInvalidToken)
	}
	valid, rejected, bytes := large.CacheSize()
	if valid < 300 || rejected != 1000 || bytes > 32<<20 {
		t.Errorf("%d valid and %d rejected tokens are cached, %d bytes", valid, rejected, bytes)
	}
	for i := range 11_000 {
		small.Keep(fmt.Sprint("valid ", i), 0, nil)
	}
	if valid, _, _ := small.CacheSize(); valid != 10_000 {
		t.Errorf("%d small tokens are cached", valid)
	}
	small.Keep("valid 10999", 0, errors.New("the endpoint is down"))
	if valid, rejected, _ := small.CacheSize(); valid != 9_999 || rejected != 0 {
		t.Errorf("after an outage %d valid and %d rejected tokens are cached", valid, rejected)
	}
}
