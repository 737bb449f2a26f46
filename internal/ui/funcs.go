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
		"browser":  Browser,
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

// Browser names the browser and the system of a User-Agent, as people would.
func Browser(userAgent string) string {
	first := func(names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(userAgent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	// Each pretends to be the ones after it.
	browser := first("Edg", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "CriOS/", "Chrome", "Safari/", "Safari")
	system := first("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser == "" && len(userAgent) > 40:
		return userAgent[:40] + "…"
	case browser == "":
		return userAgent
	case system == "":
		return browser
	}
	return browser + " on " + system
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
