package main

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/loadtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// TestProgressBarFitsOnOneLine expects at most 79 columns: a terminal cannot
// overwrite a line that it has wrapped.
func TestProgressBarFitsOnOneLine(t *testing.T) {
	var out strings.Builder
	now := time.Now()
	p := &progress{to: &out, terminal: true, now: func() time.Time { return now }}
	for _, verifying := range []bool{false, true} {
		for _, table := range copy.Tables() {
			for _, rows := range []int64{0, 100_000, 999_999_999, 9_999_999_999} {
				now = now.Add(time.Hour)
				p.showCopy(copy.Progress{Table: table, Verifying: verifying, Rows: rows, Of: 9_999_999_999})
			}
		}
	}
	lines := strings.Split(out.String(), "\r")[1:]
	if len(lines) != 8*len(copy.Tables()) {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if len(line) > maxColumns || strings.Contains(line, "\n") || !strings.Contains(line, " of 9999999999 rows") {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	p.showCopy(copy.Progress{Table: "latchkey_access_token", Rows: 0, Of: 9_999_999_999})
	now = now.Add(terminalInterval / 10_000)
	out.Reset()
	p.showCopy(copy.Progress{Table: "latchkey_access_token", Rows: 9_999_999_999, Of: 9_999_999_999}) // at any speed
	if len(out.String()) != maxColumns+1 {
		t.Errorf("%d columns: %q", len(out.String())-1, out.String())
	}
	out.Reset()
	if p.end(); len(out.String()) > maxColumns+2 || strings.Trim(out.String(), " \r") != "" {
		t.Errorf("the bar is erased by %q", out.String())
	}
}

func TestProgressOutsideATerminalIsALineEveryTenSeconds(t *testing.T) {
	var out strings.Builder
	now := time.Now()
	p := &progress{to: &out, now: func() time.Time { return now }}
	for _, step := range []struct {
		after time.Duration
		at    copy.Progress
		want  string
	}{
		{0, copy.Progress{Table: "latchkey_account", Of: 5}, ""},
		{time.Second, copy.Progress{Table: "latchkey_account", Rows: 5, Of: 5}, ""},
		{time.Minute, copy.Progress{Table: "latchkey_session"}, ""},
		{time.Second, copy.Progress{Table: "latchkey_access_token", Of: 9000}, ""},
		{9 * time.Second, copy.Progress{Table: "latchkey_access_token", Rows: 900, Of: 9000}, ""},
		{time.Second, copy.Progress{Table: "latchkey_access_token", Rows: 1000, Of: 9000}, "copy latchkey_access_token: 1000 of 9000 rows  100/s\n"},
		{9 * time.Second, copy.Progress{Table: "latchkey_access_token", Rows: 2000, Of: 9000}, ""},
		{time.Second, copy.Progress{Table: "latchkey_access_token", Rows: 9000, Of: 9000}, "copy latchkey_access_token: 9000 of 9000 rows  450/s\n"},
		{0, copy.Progress{Table: "latchkey_access_token", Verifying: true, Of: 9000}, ""},
		{10 * time.Second, copy.Progress{Table: "latchkey_access_token", Verifying: true, Rows: 9000, Of: 9000}, "compare latchkey_access_token: 9000 of 9000 rows  900/s\n"},
	} {
		now = now.Add(step.after)
		out.Reset()
		if p.showCopy(step.at); out.String() != step.want {
			t.Errorf("%+v: %q", step.at, out.String())
		}
	}
	out.Reset()
	if p.end(); out.String() != "" {
		t.Errorf("at the end: %q", out.String())
	}
}

func TestProgressOfALoadTestIsShownOnlyOnATerminal(t *testing.T) {
	var out strings.Builder
	p := &progress{to: &out, terminal: true}
	p.showLoadTest(time.Second)(loadtest.Progress{Operation: "keys", Requests: 7, Elapsed: time.Second / 2})
	if p.end(); !strings.HasPrefix(out.String(), "\rmeasure keys                7 requests, 0.5 s of 1s") || !strings.HasSuffix(out.String(), " \r") {
		t.Errorf("on a terminal: %q", &out)
	}
	if (&progress{to: &out}).showLoadTest(time.Second) != nil {
		t.Error("progress is shown outside a terminal")
	}
}
