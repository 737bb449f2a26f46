package account_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestSixFilesAreReadAtTheSameTime: the files are in memory. The seventh person waits for one of the
// others to finish, for at most 15 seconds, and nobody uploads two files at once.
func TestSixFilesAreReadAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeople(t)
		var ends []func()
		for i := range 6 {
			end, err := p.BeginUpload(ctx, fmt.Sprint("person", i))
			if err != nil {
				t.Fatalf("upload %d: %v", i, err)
			}
			ends = append(ends, end)
		}
		var throttled *account.ThrottledError
		if _, err := p.BeginUpload(ctx, "person0"); !errors.As(err, &throttled) {
			t.Errorf("a second file of a person: %v", err)
		}
		begun := time.Now()
		if _, err := p.BeginUpload(ctx, "person6"); !errors.Is(err, account.ErrUnavailable) || time.Since(begun) != 15*time.Second {
			t.Errorf("the seventh upload, after %s: %v", time.Since(begun), err)
		}
		waits := make(chan error)
		go func() {
			_, err := p.BeginUpload(ctx, "person7")
			waits <- err
		}()
		synctest.Wait()
		ends[0]()
		if err := <-waits; err != nil {
			t.Errorf("an upload after another one has ended: %v", err)
		}
	})
}
