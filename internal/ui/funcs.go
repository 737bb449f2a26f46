package ui

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// funcs are what every page may use.
func (u *UI) funcs() template.FuncMap {
	return template.FuncMap{
		"asset":    u.Asset,
		"date":     date,
		"duration": Duration,
		"join":     strings.Join,
		"words":    strings.Fields,
		"lines":    func(s []string) string { return strings.Join(s, "\n") },
	}
}

// date shows a moment; the zero time as a dash.
func date(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	t = t.UTC()
	// Both formats hold digits and punctuation only.
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2006-01-02 15:04") + ` UTC</time>`) //nolint:gosec // see above
}

// Duration says a duration in words: "1 hour", "30 days".
func Duration(d time.Duration) string {
	unit, name := time.Second, "second"
	switch {
	case d == 0:
		return ""
	case d%(24*time.Hour) == 0:
		unit, name = 24*time.Hour, "day"
	case d%time.Hour == 0:
		unit, name = time.Hour, "hour"
	case d%time.Minute == 0:
		unit, name = time.Minute, "minute"
	}
	if d != unit {
		name += "s"
	}
	return fmt.Sprintf("%d %s", d/unit, name)
}
