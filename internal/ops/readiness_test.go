package ops

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestUnreadyAnswerCountsForThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last lastReadiness
		for _, step := range []struct {
			ready   bool
			after   time.Duration
			unready bool
		}{{false, 0, true}, {true, 0, false}, {false, readinessLifetime - 1, true}, {false, readinessLifetime, false}} {
			last.set(step.ready)
			time.Sleep(step.after)
			if last.recentlyUnready() != step.unready {
				t.Errorf("%+v", step)
			}
		}
	})
}

// hangingStore is a database that does not answer until the test sends an
// answer.
type hangingStore struct {
	calls  atomic.Int64
	answer chan error
}

func (s *hangingStore) Writable(context.Context) error {
	s.calls.Add(1)
	return <-s.answer
}

func (s *hangingStore) SigningKeys(context.Context) ([]oauth.SigningKey, error) {
	s.calls.Add(1)
	return make([]oauth.SigningKey, 1), nil
}

// TestHangingDatabaseIsReportedUnreadyAfterTwoSeconds also checks that
// simultaneous and later requests share one check, and that a check that failed
// calls the database no further.
func TestHangingDatabaseIsReportedUnreadyAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &hangingStore{answer: make(chan error)}
		handler := newHandler(&readinessCheck{process: new(Process), store: store}, NewMetrics("test"))
		request := func() *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
			return w
		}
		var all sync.WaitGroup
		start := time.Now()
		for range 5 {
			all.Go(func() {
				if w := request(); w.Code != 503 || !strings.Contains(w.Body.String(), `"database":"does not answer","signing_keys":"not checked"`) {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		_ = request()
		if took := time.Since(start); took != 2*readinessTimeout || store.calls.Load() != 1 {
			t.Errorf("two rounds took %s and %d calls", took, store.calls.Load())
		}
		store.answer <- errors.New("gone")
		synctest.Wait()
		if store.calls.Load() != 1 {
			t.Error("a failed check went on")
		}
		close(store.answer)
		if w := request(); w.Code != 200 || store.calls.Load() != 3 {
			t.Errorf("when the database answers again: %d %s after %d calls", w.Code, w.Body, store.calls.Load())
		}
	})
}
