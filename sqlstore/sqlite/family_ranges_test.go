package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

const (
	// idle is after how long an unused family of these tests expires. A family that
	// has expired is kept for a day.
	idle = 16 * time.Hour
	kept = oauth.KeepTicket
)

// addFamilies writes families with the ids of one hour.
func addFamilies(t *testing.T, s *sqlstore.Store, from time.Time, n int, idle time.Duration) {
	t.Helper()
	err := s.Engine.Do(t.Context(), func(c sqlstore.Conn) error {
		for i := range n {
			issued := from.Add(time.Duration(i) * time.Hour / time.Duration(n))
			id := oauth.NewID(issued)
			row := []any{id[:], "c", fmt.Sprint(i), "", "", int64(0), "", []byte{}, []byte{}, int64(0), int64(0), "", int64(0), issued.UnixMilli(), issued.Add(idle).UnixMilli(), issued.Add(90 * 24 * time.Hour).UnixMilli(), int64(0), "", ""}
			if err := c.Insert(`INSERT INTO latchkey_family VALUES`, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// useFamilies uses one in so many families, as a refresh does.
func useFamilies(t *testing.T, s *sqlstore.Store, now time.Time, which, oneIn int) {
	t.Helper()
	err := s.Engine.Do(t.Context(), func(c sqlstore.Conn) error {
		_, err := c.Count(`UPDATE latchkey_family SET rotated_at = $1, idle_expires_at = $2 WHERE subject % $3 = $4`, now.UnixMilli(), now.Add(idle).UnixMilli(), int64(oneIn), int64(which))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sweepCounted sweeps, checks how many rows are deleted, and returns how often the
// sweep wrote. Each range that a sweep reads is one write.
func sweepCounted(t *testing.T, s *sqlstore.Store, now time.Time, want int64) uint64 {
	t.Helper()
	before := s.Stats().Engine.Commits.Batches
	if deleted, err := s.Sweep(t.Context(), now); deleted != want || err != nil {
		t.Errorf("%d rows are deleted, want %d: %v", deleted, want, err)
	}
	return s.Stats().Engine.Commits.Batches - before
}

// TestASweepReadsUsedFamiliesABoundedNumberOfTimes: a family is first read a day
// after the time of its id. Even if its neighbors are used just before they expire,
// it is read at most 16 times in the time after which it expires if it is not used.
// A family that has expired remains at most a sixteenth of that time longer.
func TestASweepReadsUsedFamiliesABoundedNumberOfTimes(t *testing.T) {
	const ranges, step = 3, 10 * time.Minute
	s, begin := openAt(t, filepath.Join(t.TempDir(), "latchkey.db")), time.Now().Truncate(time.Millisecond)
	addFamilies(t, s, begin.Add(-time.Hour), 1200, idle)
	useFamilies(t, s, begin, 0, 1)
	for _, after := range []time.Duration{0, kept - time.Hour} {
		if n := sweepCounted(t, s, begin.Add(after), 0); n != 0 || rangesOf(t, s, "latchkey_family") != "" {
			t.Errorf("%s after the families were issued, a sweep writes %d times, and there are the ranges %s", after, n, rangesOf(t, s, "latchkey_family"))
		}
	}
	if n := sweepCounted(t, s, begin.Add(kept), 0); n != 1+ranges || rangesOf(t, s, "latchkey_family") != "500 500 200" {
		t.Errorf("the first sweep of the families writes %d times, and there are the ranges %s", n, rangesOf(t, s, "latchkey_family"))
	}
	// From here on, now is the time by which the swept families have expired.
	now, read := begin, uint64(0)
	for now.Before(begin.Add(idle - step)) {
		now = now.Add(step)
		read += sweepCounted(t, s, now.Add(kept), 0)
	}
	if read != 0 {
		t.Errorf("families of which none may have expired are read %d times", read)
	}
	// Each family is used one step before it expires, and at each step one is.
	const steps = int(idle/step) - 1
	for i := range steps {
		useFamilies(t, s, now.Add(-time.Duration(i)*step), i, steps)
	}
	const lifetimes = 2
	for i := range lifetimes * int(idle/step) {
		now = now.Add(step)
		useFamilies(t, s, now, (steps-1-i%steps+steps)%steps, steps)
		read += sweepCounted(t, s, now.Add(kept), 0)
	}
	if most := uint64(16 * lifetimes * ranges); read > most || read < most/2 {
		t.Errorf("in %d times %s, the ranges of used families are read %d times, want at most %d", lifetimes, idle, read, most)
	}
	// Most families are used for the last time.
	useFamilies(t, s, now, 0, 1)
	now = now.Add(idle - step)
	useFamilies(t, s, now, 0, 400)
	if n := sweepCounted(t, s, now.Add(kept), 0); n > ranges {
		t.Errorf("a sweep writes %d times", n)
	}
	sweepCounted(t, s, now.Add(kept+step+idle/16), 1197)
	if got := rangesOf(t, s, "latchkey_family"); got != "1 1 1" && got != "2 1" {
		t.Errorf("there are the ranges %s", got)
	}
	sweepCounted(t, s, now.Add(kept+idle+idle/16), 3)
	if got := rangesOf(t, s, "latchkey_family"); got != "" {
		t.Errorf("in the end, there are the ranges %s", got)
	}
}

// TestAFamilyThatIsWrittenLateIsDeletedInTime: the family of a device has the id of
// the code that the person entered up to three hours before.
func TestAFamilyThatIsWrittenLateIsDeletedInTime(t *testing.T) {
	s, now := openAt(t, filepath.Join(t.TempDir(), "latchkey.db")), time.Now()
	addFamilies(t, s, now.Add(-time.Hour), 10, 30*24*time.Hour)
	sweepCounted(t, s, now, 0)
	addFamilies(t, s, now.Add(-oauth.LongestTicket), 1, time.Hour)
	sweepCounted(t, s, now.Add(time.Hour), 0)
	addFamilies(t, s, now.Add(-oauth.LongestTicket), 1, 4*time.Hour)
	sweepCounted(t, s, now.Add(kept+time.Hour), 2)
}
