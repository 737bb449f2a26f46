package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/loadtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// progress shows how far a long operation is. On a terminal it overwrites one
// line. Elsewhere it writes a line now and then, or nothing.
type progress struct {
	to       io.Writer
	terminal bool
	now      func() time.Time
	width    int       // of the longest line on the terminal so far
	last     time.Time // when the last line was written

	table string    // the table that is being copied
	start time.Time // when that began
	rows  int64     // how many of its rows had been copied at that time
}

// How often progress is shown.
const (
	terminalInterval = 100 * time.Millisecond
	lineInterval     = 10 * time.Second
)

// maxColumns keeps the terminal from wrapping a line: a wrapped line cannot be
// overwritten.
const maxColumns = 79

func newProgress(to io.Writer) *progress {
	p := &progress{to: to, now: time.Now}
	if file, ok := to.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// showCopy shows how far a copy is: with a bar on a terminal. Elsewhere it writes
// nothing about a table that is copied before the first line is due.
func (p *progress) showCopy(at copy.Progress) {
	table := "copy " + at.Table
	if at.Verifying {
		table = "compare " + at.Table
	}
	now := p.now()
	if table != p.table {
		p.table, p.start, p.rows, p.last = table, now, at.Rows, time.Time{}
		if !p.terminal {
			p.last = now
		}
	}
	done := at.Rows >= at.Of
	switch {
	case p.terminal && !done && now.Sub(p.last) < terminalInterval,
		!p.terminal && !done && now.Sub(p.last) < lineInterval,
		!p.terminal && done && now.Sub(p.start) < lineInterval:
		return
	}
	p.last = now
	speed := ""
	if seconds := now.Sub(p.start).Seconds(); seconds > 0 && at.Rows > p.rows {
		speed = fmt.Sprintf("  %.0f/s", float64(at.Rows-p.rows)/seconds)
	}
	if !p.terminal {
		_, _ = fmt.Fprintf(p.to, "%s: %d of %d rows%s\n", table, at.Rows, at.Of, speed)
		return
	}
	const full = 8
	part := full
	if at.Of > 0 {
		part = int(min(at.Rows*full/at.Of, full))
	}
	p.overwrite(fmt.Sprintf("%-29s [%s%s] %d of %d rows%s", table, strings.Repeat("=", part), strings.Repeat(" ", full-part), at.Rows, at.Of, speed))
}

// showLoadTest returns a function that shows how far a load test is, or nil if
// this is not a terminal.
func (p *progress) showLoadTest(perOperation time.Duration) func(loadtest.Progress) {
	if !p.terminal {
		return nil
	}
	return func(at loadtest.Progress) {
		p.overwrite(fmt.Sprintf("measure %-18s  %d requests, %.1f s of %s", at.Operation, at.Requests, at.Elapsed.Seconds(), perOperation))
	}
}

// overwrite replaces the line on the terminal.
func (p *progress) overwrite(text string) {
	text = text[:min(len(text), maxColumns)]
	_, _ = fmt.Fprintf(p.to, "\r%-*s", p.width, text)
	p.width = max(p.width, len(text))
}

// end erases the line on the terminal.
func (p *progress) end() {
	if p.terminal {
		_, _ = fmt.Fprintf(p.to, "\r%*s\r", p.width, "")
	}
}
