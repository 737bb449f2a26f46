package sqlstore_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

const (
	groupWorkers  = 2
	groupBusy     = 5 * time.Millisecond
	groupPatience = 5 * time.Second
)

// slowGroup is a group that notes the size of each batch when it is sent, and
// holds the batch until the test releases it.
type slowGroup struct {
	*sqlstore.Group[string]
	t       *testing.T
	callers sync.WaitGroup
	mu      sync.Mutex
	sizes   []int
	release chan struct{}
	// abandoned are the operations whose callers stopped waiting.
	abandoned []string
}

func (s *slowGroup) abandon(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned = append(s.abandoned, operation)
}

func (s *slowGroup) send(batch []string) {
	s.mu.Lock()
	s.sizes = append(s.sizes, len(batch))
	s.mu.Unlock()
	<-s.release
}

// sent compares the batches that were sent so far.
func (s *slowGroup) sent(want ...int) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.sizes, want) {
		s.t.Errorf("batches of %v were sent, want %v", s.sizes, want)
	}
}

// ask makes n calls at the same time.
func (s *slowGroup) ask(n int, operation string) {
	s.t.Helper()
	for range n {
		s.callers.Go(func() {
			if err := s.Do(s.t.Context(), operation, time.Hour); err != nil {
				s.t.Error(err)
			}
		})
	}
	synctest.Wait()
}

// occupy keeps all workers busy.
func (s *slowGroup) occupy() {
	s.t.Helper()
	for range groupWorkers {
		s.ask(1, "a")
		time.Sleep(groupBusy)
	}
}

func sameOperation(first, other string) bool { return first == other }

func TestOperationsOfConcurrentCallersShareBatches(t *testing.T) {
	for name, test := range map[string]struct {
		together func(first, other string) bool
		then     func(*testing.T, *slowGroup)
	}{
		"the first operation is sent at once, and the others with the next batch": {then: func(_ *testing.T, s *slowGroup) {
			s.ask(1, "a")
			s.ask(10, "a")
			s.sent(1)
			s.release <- struct{}{}
			s.sent(1, 10)
		}},
		"a batch that takes long does not delay the next one": {then: func(_ *testing.T, s *slowGroup) {
			s.ask(1, "a")
			s.ask(2, "a")
			time.Sleep(groupBusy)
			s.sent(1, 2)
		}},
		"nor an operation that comes when it has already taken long": {then: func(_ *testing.T, s *slowGroup) {
			s.ask(1, "a")
			time.Sleep(groupBusy)
			s.ask(1, "a")
			s.sent(1, 1)
		}},
		"a full batch does not wait": {then: func(_ *testing.T, s *slowGroup) {
			s.ask(1, "a")
			s.ask(sqlstore.MaxBatch, "a")
			s.sent(1, sqlstore.MaxBatch)
		}},
		"while all workers are busy, all operations wait": {then: func(_ *testing.T, s *slowGroup) {
			s.occupy()
			s.ask(3, "a")
			time.Sleep(groupPatience - time.Second)
			s.sent(1, 1)
			s.release <- struct{}{}
			s.sent(1, 1, 3)
		}},
		"an operation that could not be sent in time is not sent late": {then: func(t *testing.T, s *slowGroup) {
			s.occupy()
			late := make(chan error, 1)
			begun := time.Now()
			go func() { late <- s.Do(t.Context(), "late", groupPatience) }()
			s.ask(1, "a")
			if err := <-late; !errors.Is(err, sqlstore.ErrTooLate) || time.Since(begun) != groupPatience {
				t.Errorf("after %s its error is %v", time.Since(begun), err)
			}
			s.release <- struct{}{}
			s.sent(1, 1, 1)
			if len(s.abandoned) > 0 {
				t.Errorf("%v were abandoned, and none was sent", s.abandoned)
			}
		}},
		"a caller does not wait longer for an operation that was sent": {then: func(t *testing.T, s *slowGroup) {
			begun := time.Now()
			if err := s.Do(t.Context(), "slow", groupPatience); !errors.Is(err, sqlstore.ErrNoResult) || time.Since(begun) != groupPatience {
				t.Errorf("after %s its error is %v", time.Since(begun), err)
			}
			if !slices.Equal(s.abandoned, []string{"slow"}) {
				t.Errorf("%v were abandoned", s.abandoned)
			}
			s.ask(1, "a")
			s.sent(1, 1)
		}},
		"operations of one kind share a batch, whatever comes between them": {sameOperation, func(_ *testing.T, s *slowGroup) {
			s.occupy()
			for range 3 {
				s.ask(2, "a")
				s.ask(1, "b")
			}
			s.release <- struct{}{}
			s.release <- struct{}{}
			s.sent(1, 1, 6)
			s.release <- struct{}{}
			s.sent(1, 1, 6, 3)
		}},
		"an operation of another kind makes the batch before it due": {sameOperation, func(_ *testing.T, s *slowGroup) {
			s.ask(1, "a")
			s.ask(2, "a")
			s.ask(3, "b")
			s.sent(1, 2)
			s.release <- struct{}{}
			s.release <- struct{}{}
			s.sent(1, 2, 3)
		}},
		"closing sends what is queued": {then: func(t *testing.T, s *slowGroup) {
			s.ask(1, "a")
			s.ask(2, "a")
			s.callers.Go(s.Close)
			s.sent(1, 2)
			if err := s.Do(t.Context(), "a", time.Hour); !errors.Is(err, sqlstore.ErrClosed) {
				t.Errorf("after closing: %v", err)
			}
		}},
	} {
		for timers, patience := range map[string]time.Duration{"own timers": 0, "shared timers": groupPatience} {
			t.Run(name+", "+timers, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &slowGroup{t: t, release: make(chan struct{})}
					s.Group = sqlstore.NewGroup(sqlstore.GroupOptions[string]{
						Workers: groupWorkers, Send: s.send, Together: test.together, Busy: groupBusy, Patience: patience, Abandon: s.abandon,
					})
					test.then(t, s)
					close(s.release)
					s.Close()
					s.callers.Wait()
				})
			})
		}
	}
}
