package oauth

import (
	"context"
	"time"
)

// Tally is how often something happened in an hour or on a day, for the charts of the back
// office.
type Tally struct {
	Period TallyPeriod // the length of the time
	// At is the beginning of the hour or of the day, in UTC; see TallyPeriod.Begin.
	At time.Time
	// Series names the events that were counted. There are few of them: a name never contains
	// a text that a client or a person has chosen.
	Series string
	N      int64 // how often it happened, or the size of something
	// Replaces is set if N replaces the stored number, because it is a size and not an
	// increment. Tallies does not return it.
	Replaces bool
}

// TallyPeriod is the length of the time that a Tally counts.
type TallyPeriod string

// The periods.
const (
	PerHour TallyPeriod = "hour"
	PerDay  TallyPeriod = "day"
)

// Begin returns the beginning of the hour or the day that contains the time, in UTC.
func (p TallyPeriod) Begin(t time.Time) time.Time {
	if p == PerDay {
		return t.UTC().Truncate(24 * time.Hour)
	}
	return t.UTC().Truncate(time.Hour)
}

// Keep returns how long after the beginning of a period a Store keeps its tallies.
func (p TallyPeriod) Keep() time.Duration {
	if p == PerDay {
		return 400 * 24 * time.Hour
	}
	return 49 * time.Hour
}

// MostTallies is the maximum number of tallies in a call of AddTallies, and of the series of
// one hour or day that a server stores.
const MostTallies = 500

// TallyBackup is the series whose number is the time of the last backup of a day, in seconds since
// 1970. The command latchkey db backup stores it.
const TallyBackup = "backup"

// TallyStore keeps tallies. Every process adds its own.
type TallyStore interface {
	// AddTallies adds each N to the stored number of the same period, time and series,
	// or replaces that number: all of them, or none. Concurrent calls are all counted. The
	// tallies must differ in their period, time or series, and be at most MostTallies.
	AddTallies(ctx context.Context, tallies []Tally) error
	// Tallies returns the tallies of a period that began at a time or later, sorted by
	// time and series.
	Tallies(ctx context.Context, p TallyPeriod, from time.Time) ([]Tally, error)
	// TableSizes returns the sizes of the tables in bytes, by their names without
	// "latchkey_", as estimated by the database. A Store that knows only the size of the
	// whole database returns that with the name "".
	TableSizes(ctx context.Context) (map[string]int64, error)
}
