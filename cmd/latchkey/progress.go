package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// progress tells how far long work is: on a terminal on one line that is
// written over, elsewhere on a line now and then, if at all.
type progress struct {
	to       io.Writer
	terminal bool
	now      func() time.Time
	width    int // of what stands on the line
	last     time.Time
	table    string    // that is copied
	begun    time.Time // with it
	from     int64     // its rows at that time
}

// Between two signs of life.
const (
	drawEvery = 100 * time.Millisecond
	lineEvery = 10 * time.Second
)

// columns are those of a line, so that no terminal wraps it: a bar is drawn
// over the one before.
const columns = 79

func newProgress(to io.Writer) *progress {
	p := &progress{to: to, now: time.Now}
	if file, ok := to.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// show tells how far a copy is, with a bar on a terminal; elsewhere nothing is
// said of a table that is done before a line is due.
func (p *progress) show(at sqlstore.CopyProgress) {
	table := "copy " + at.Table
	if at.Verifying {
		table = "compare " + at.Table
	}
	now := p.now()
	if table != p.table {
		p.table, p.begun, p.from, p.last = table, now, at.Rows, time.Time{}
		if !p.terminal {
			p.last = now
		}
	}
	done := at.Rows >= at.Of
	switch {
	case p.terminal && !done && now.Sub(p.last) < drawEvery,
		!p.terminal && !done && now.Sub(p.last) < lineEvery,
		!p.terminal && done && now.Sub(p.begun) < lineEvery:
		return
	}
	p.last = now
	speed := ""
	if seconds := now.Sub(p.begun).Seconds(); seconds > 0 && at.Rows > p.from {
		speed = fmt.Sprintf("  %.0f/s", float64(at.Rows-p.from)/seconds)
	}
	if !p.terminal {
		_, _ = fmt.Fprintf(p.to, "%s: %d of %d rows%s\n", table, at.Rows, at.Of, speed)
		return
	}
	const full = 12
	part := full
	if at.Of > 0 {
		part = int(min(at.Rows*full/at.Of, full))
	}
	line := fmt.Sprintf("%-22s [%s%s] %d of %d rows%s", table, strings.Repeat("=", part), strings.Repeat(" ", full-part), at.Rows, at.Of, speed)
	p.line(line[:min(len(line), columns)])
}

// line writes over what stands on the terminal.
func (p *progress) line(text string) {
	_, _ = fmt.Fprintf(p.to, "\r%-*s", p.width, text)
	p.width = max(p.width, len(text))
}

// end takes the bar away.
func (p *progress) end() {
	if p.terminal {
		_, _ = fmt.Fprintf(p.to, "\r%*s\r", p.width, "")
	}
}
