package counts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Chart has the numbers of the charts, by period and series.
type Chart struct {
	Times  []time.Time        // the beginnings of the periods, oldest first
	Series map[string][]int64 // for each series, a number for each of the Times
}

// Chart returns the numbers of the last n hours or days, including the current one. It first
// stores what this process has counted, if that is possible.
func (c *Counter) Chart(ctx context.Context, p oauth.TallyPeriod, n int) (*Chart, error) {
	if err := c.Flush(ctx); err != nil && !errors.Is(err, oauth.ErrUnavailable) {
		return nil, err
	}
	step := 24 * time.Hour
	if p == oauth.PerHour {
		step = time.Hour
	}
	from := p.Begin(c.Clock()).Add(-step * time.Duration(n-1))
	tallies, err := c.Store.Tallies(ctx, p, from)
	if err != nil {
		return nil, err
	}
	chart := &Chart{Times: make([]time.Time, n), Series: make(map[string][]int64)}
	for i := range chart.Times {
		chart.Times[i] = from.Add(step * time.Duration(i))
	}
	for _, t := range tallies {
		i := int(t.At.Sub(from) / step)
		if i < 0 || i >= n { // the clock of another process is ahead
			continue
		}
		if chart.Series[t.Series] == nil {
			chart.Series[t.Series] = make([]int64, n)
		}
		chart.Series[t.Series][i] += t.N
	}
	return chart, nil
}

// Below returns the names of the series that begin with some parts, without these parts, in
// alphabetical order.
func (c *Chart) Below(parts ...string) (names []string) {
	prefix := strings.Join(parts, "/") + "/"
	for series := range c.Series {
		if name, found := strings.CutPrefix(series, prefix); found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Sum returns the sum of all numbers of a series.
func (c *Chart) Sum(series string) (sum int64) {
	for _, n := range c.Series[series] {
		sum += n
	}
	return sum
}

// Add returns the sum of some series for each of the Times.
func (c *Chart) Add(series ...string) []int64 {
	sums := make([]int64, len(c.Times))
	for _, name := range series {
		for i, n := range c.Series[name] {
			sums[i] += n
		}
	}
	return sums
}

// AddBelow returns the sum of all series that begin with some parts.
func (c *Chart) AddBelow(parts ...string) []int64 {
	names := c.Below(parts...)
	for i := range names {
		names[i] = strings.Join(parts, "/") + "/" + names[i]
	}
	return c.Add(names...)
}

// Split returns the first and the second half of the times.
func (c *Chart) Split() (first, second *Chart) {
	n := len(c.Times) / 2
	first, second = &Chart{Times: c.Times[:n], Series: make(map[string][]int64)}, &Chart{Times: c.Times[n:], Series: make(map[string][]int64)}
	for series, list := range c.Series {
		first.Series[series], second.Series[series] = list[:n], list[n:]
	}
	return first, second
}
