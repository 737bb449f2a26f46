package sqlite

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestReadsAreServedInTheOrderOfTheirArrival: a pool of database/sql serves one of
// those that wait at random, so that some wait for much longer than others.
func TestReadsAreServedInTheOrderOfTheirArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &readers{free: make(chan struct{}, 1)}
		if err := r.acquire(time.Second); err != nil {
			t.Fatal(err)
		}
		const reads = 100
		order := make(chan int, reads)
		for i := range reads {
			go func() {
				if err := r.acquire(time.Minute); err != nil {
					t.Error(err)
				}
				order <- i
				r.release()
			}()
			synctest.Wait()
		}
		if err := r.acquire(time.Second); !errors.Is(err, sqlstore.ErrTooLate) {
			t.Errorf("a read that waited too long: %v", err)
		}
		r.release()
		for i := range reads {
			if got := <-order; got != i {
				t.Fatalf("read %d was served as number %d", got, i)
			}
		}
		if waits := r.waits.Load(); waits != reads+1 {
			t.Errorf("%d reads waited, want %d", waits, reads+1)
		}
	})
}
