package settings

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// longestDuration is longer than any duration that a person could mean.
const longestDuration = 200 * 366 * 24 * time.Hour

// ErrNoUnit is the error of a duration that is a number without a unit.
var ErrNoUnit = errors.New("the unit is missing")

// ParseDuration parses a duration, such as 90s, 15m, 1h30m or 30d, or in words, such as
// 30 days. It rejects a number without a unit, apart from 0, with ErrNoUnit. It parses the
// durations of settings, of applications and of the flags of commands.
func ParseDuration(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil && d <= longestDuration {
		return d, nil
	}
	number := strings.TrimRight(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz ")
	unit := unitOf(strings.TrimSpace(strings.ToLower(text)[len(number):]))
	n, err := strconv.ParseInt(number, 10, 64)
	if err == nil && unit > 0 && max(n, -n) <= int64(longestDuration/unit) {
		return time.Duration(n) * unit, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q is not a duration like 90s, 15m, 1h or 30d: %w", text, ErrNoUnit)
	}
	return 0, fmt.Errorf("%q is not a duration like 90s, 15m, 1h or 30d", text)
}

// unitOf returns the length of a unit, or zero. time.ParseDuration does not accept days, or a
// space before the unit.
func unitOf(name string) time.Duration {
	const day = 24 * time.Hour
	switch name {
	case "s", "second", "seconds":
		return time.Second
	case "m", "minute", "minutes":
		return time.Minute
	case "h", "hour", "hours":
		return time.Hour
	case "d", "day", "days":
		return day
	case "w", "week", "weeks":
		return 7 * day
	}
	return 0
}
