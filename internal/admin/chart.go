package admin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// A columnChart is a drawing with a column for each hour or day, and a table with the same
// numbers.
type columnChart struct {
	ID      string        // of the heading
	Heading ui.Text       // what is shown
	Label   ui.Text       // what the drawing shows, in a sentence
	Hourly  bool          // the columns are hours, not days
	Width   int           // the width of the drawing; its height is 100
	Series  []chartSeries // from the bottom to the top
	Columns []chartColumn // from the left to the right
	Axis    []time.Time   // times that are written below the drawing
	Empty   bool          // all numbers are zero
}

// A chartSeries is a part of all columns.
type chartSeries struct {
	Class string  // the class of its color
	Label ui.Text // the events that are counted
}

// A chartColumn has the numbers of one hour or day.
type chartColumn struct {
	At   time.Time  // the beginning
	N    []int64    // a number for each series
	Bars []chartBar // the parts of the column that are not empty
}

// A chartBar is a rectangle of a drawing.
type chartBar struct {
	Class      string // the class of its color
	X, Y, W, H string // its place
}

// columnWidth is the width of a column with its gap.
const columnWidth = 10

// columns returns a chart. numbers has a list for each series.
func columns(id string, heading ui.Text, times []time.Time, hourly bool, series []chartSeries, numbers ...[]int64) columnChart {
	c := columnChart{ID: id, Heading: heading, Hourly: hourly, Width: columnWidth * len(times), Series: series, Empty: true}
	var most int64
	var busiest int
	for i := range times {
		var sum int64
		for _, list := range numbers {
			sum += at(list, i)
		}
		if sum > most {
			most, busiest = sum, i
		}
	}
	c.Empty = most == 0
	for i, t := range times {
		column := chartColumn{At: t}
		below := 0.0
		for s, list := range numbers {
			n := at(list, i)
			column.N = append(column.N, n)
			if n == 0 {
				continue
			}
			height := max(1, 96*float64(n)/float64(most))
			column.Bars = append(column.Bars, chartBar{Class: series[s].Class, X: place(columnWidth*float64(i) + 1.4), Y: place(100 - below - height), W: "7.2", H: place(height)})
			below += height
		}
		c.Columns = append(c.Columns, column)
	}
	if len(times) > 0 {
		c.Axis = []time.Time{times[0], times[len(times)/2], times[len(times)-1]}
		c.Label = ui.Text{"admin.home.most", "n", int(most), "time", ui.Date(times[busiest])}
	}
	return c
}

func at(list []int64, i int) int64 {
	if i >= len(list) {
		return 0
	}
	return list[i]
}

func place(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// A bar is a line of a ranking.
type bar struct {
	Text  ui.Text // what is counted, or nil
	Code  string  // or what is counted, as a code of the protocol
	N     int64   // how often it happened
	Class string  // the class of its color
	Width int     // in percent of the longest one
	URL   string  // a page about it, or empty

	failures []string // of failed requests: each error code with its reason, as in rejections.Failure
}

// ranked returns the largest bars first, at most n.
func ranked(bars []bar, n int) []bar {
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Code, b.Code)) })
	bars = bars[:min(n, len(bars))]
	for i := range bars {
		bars[i].Width = int(max(1, 100*bars[i].N/max(1, bars[0].N)))
	}
	return bars
}

// line returns the points of a line through some numbers, for a drawing of 100 by 36.
func line(list []int64) string {
	if len(list) < 2 {
		return ""
	}
	most := max(1, slices.Max(list))
	points := make([]string, len(list))
	for i, n := range list {
		points[i] = place(100*float64(i)/float64(len(list)-1)) + "," + place(34-30*float64(n)/float64(most))
	}
	return strings.Join(points, " ")
}
