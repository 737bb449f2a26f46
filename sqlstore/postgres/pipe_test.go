package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowSend notes the size of each batch when it is sent, and holds it until it
// is let go.
type slowSend struct {
	mu    sync.Mutex
	sizes []int
	let   chan struct{}
}

func (s *slowSend) send(statements []*statement) {
	s.mu.Lock()
	s.sizes = append(s.sizes, len(statements))
	s.mu.Unlock()
	<-s.let
}

func (s *slowSend) sent(t *testing.T, want ...int) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.sizes, want) {
		t.Errorf("batches of %v were sent, want %v", s.sizes, want)
	}
}

// callers asks n times at once.
func callers(t *testing.T, p *piper, group *sync.WaitGroup, n int, query string) {
	t.Helper()
	for range n {
		group.Go(func() {
			if _, err := p.do(context.Background(), &statement{query: query}); err != nil {
				t.Error(err)
			}
		})
	}
	synctest.Wait()
}

func TestWhatManyAskForTravelsTogether(t *testing.T) {
	for name, then := range map[string]func(*testing.T, *slowSend, *piper, *sync.WaitGroup){
		"the first statement goes at once, the others with the next batch": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			callers(t, p, group, 1, "a")
			callers(t, p, group, 10, "a")
			s.sent(t, 1)
			s.let <- struct{}{}
			s.sent(t, 1, 10)
		},
		"a batch that takes long does not hold up the others": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			callers(t, p, group, 1, "a")
			callers(t, p, group, 2, "a")
			time.Sleep(pipeBusy)
			s.sent(t, 1, 2)
		},
		"nor those who come when it already takes long": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			callers(t, p, group, 1, "a")
			time.Sleep(pipeBusy)
			callers(t, p, group, 1, "a")
			s.sent(t, 1, 1)
		},
		"a full batch does not wait": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			callers(t, p, group, 1, "a")
			callers(t, p, group, pipeBatch, "a")
			s.sent(t, 1, pipeBatch)
		},
		"with all connections under way, all wait": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			for range pipeWorkers {
				callers(t, p, group, 1, "a")
				time.Sleep(pipeBusy)
			}
			callers(t, p, group, 3, "a")
			time.Sleep(patience - time.Second)
			s.sent(t, 1, 1)
			s.let <- struct{}{}
			s.sent(t, 1, 1, 3)
		},
		"what could not be sent in time is not sent late": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			for range pipeWorkers {
				callers(t, p, group, 1, "a")
				time.Sleep(pipeBusy)
			}
			late := make(chan error, 1)
			go func() {
				_, err := p.do(context.Background(), &statement{query: "a"})
				late <- err
			}()
			time.Sleep(patience + time.Second)
			s.let <- struct{}{}
			if err := <-late; !errors.Is(err, errLate) || fatal(err) || refused(err) {
				t.Errorf("it got %v", err)
			}
			callers(t, p, group, 1, "a")
			s.sent(t, 1, 1, 1)
		},
		"lookups by one query travel together, whatever is asked between them": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			p.alike = true
			for range pipeWorkers {
				callers(t, p, group, 1, "a")
				time.Sleep(pipeBusy)
			}
			for range 3 {
				callers(t, p, group, 2, "a")
				callers(t, p, group, 1, "b")
			}
			s.let <- struct{}{}
			s.let <- struct{}{}
			s.sent(t, 1, 1, 6)
			s.let <- struct{}{}
			s.sent(t, 1, 1, 6, 3)
		},
		"a lookup by another query lets those before it go": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			p.alike = true
			callers(t, p, group, 1, "a")
			callers(t, p, group, 2, "a")
			callers(t, p, group, 3, "b")
			s.sent(t, 1, 2)
			s.let <- struct{}{}
			s.let <- struct{}{}
			s.sent(t, 1, 2, 3)
		},
		"closing sends what is queued": func(t *testing.T, s *slowSend, p *piper, group *sync.WaitGroup) {
			callers(t, p, group, 1, "a")
			callers(t, p, group, 2, "a")
			group.Go(p.close)
			s.sent(t, 1, 2)
			if _, err := p.do(context.Background(), &statement{}); !errors.Is(err, errClosed) {
				t.Errorf("after closing: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &slowSend{let: make(chan struct{})}
				p := newPiper(pipeWorkers, false, s.send)
				var group sync.WaitGroup
				then(t, s, p, &group)
				close(s.let)
				p.close()
				group.Wait()
			})
		})
	}
}
