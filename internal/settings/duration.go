package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// longestDuration is longer than any duration that a person could mean.
const longestDuration = 200 * 366 * 24 * time.Hour

// ParseDuration parses a duration, such as 90s, 15m, 1h30m or 30d. It rejects a number
// without a unit, apart from 0.
func ParseDuration(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil && d <= longestDuration {
		return d, nil
	}
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.Atoi(days); err == nil && max(n, -n) < int(longestDuration/(24*time.Hour)) {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q is not a duration like 90s, 15m, 12h or 30d: the unit is missing", text)
	}
	return 0, fmt.Errorf("%q is not a duration like 90s, 15m, 12h or 30d", text)
}
