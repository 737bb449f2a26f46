package ui

import (
	"html/template"
	"maps"
	"strings"
	"time"
)

// funcs returns the functions that every template can use.
func (u *UI) funcs(l *Language) template.FuncMap {
	funcs := template.FuncMap{
		"asset":   u.Asset,
		"icon":    u.icon,
		"tile":    tile,
		"isolate": Isolate,
		"join":    strings.Join,
		"words":   strings.Fields,
		"lines":   func(s []string) string { return strings.Join(s, "\n") },
	}
	maps.Copy(funcs, l.textFuncs())
	maps.Copy(funcs, u.dateFuncs(l))
	return funcs
}

// Browser returns a readable name for a User-Agent, such as "Firefox on Linux". If
// it does not recognize the browser, it returns the start of the User-Agent.
func Browser(userAgent string) string {
	known := KnownBrowser(userAgent)
	switch {
	case known == "" && len(userAgent) > 40:
		return userAgent[:40] + "…"
	case known == "":
		return userAgent
	}
	return known
}

// KnownBrowser returns a readable name for a User-Agent, such as "Firefox on
// Linux", or "" if it does not recognize the browser. It returns no text that a
// client can choose.
func KnownBrowser(userAgent string) string {
	first := func(partsAndNames ...string) string {
		for i := 0; i < len(partsAndNames); i += 2 {
			if strings.Contains(userAgent, partsAndNames[i]) {
				return partsAndNames[i+1]
			}
		}
		return ""
	}
	// The order matters: a User-Agent also contains the names of browsers that come
	// later in this list.
	browser := first("Edg", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "CriOS/", "Chrome", "Safari/", "Safari")
	system := first("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	if browser == "" || system == "" {
		return browser
	}
	return browser + " on " + system
}

// Duration returns a duration in English words, such as "1 hour" or "30 days". The
// zero duration is an empty string.
func Duration(d time.Duration) string { return DurationText(d).String() }

// DurationText returns a duration in words. The zero duration is an empty text.
func DurationText(d time.Duration) Text {
	unit, key := time.Second, "duration.seconds"
	switch {
	case d == 0:
		return nil
	case d%(24*time.Hour) == 0:
		unit, key = 24*time.Hour, "duration.days"
	case d%time.Hour == 0:
		unit, key = time.Hour, "duration.hours"
	case d%time.Minute == 0:
		unit, key = time.Minute, "duration.minutes"
	}
	return Text{key, "n", int(d / unit)}
}

// BrowserText returns the text for a name that Browser or KnownBrowser returned.
func BrowserText(name string) Text {
	if browser, system, known := strings.Cut(name, " on "); known {
		return Text{"browser.on", "browser", browser, "system", system}
	}
	return Plain(name)
}

// browser returns the text for a User-Agent. It has the direction of the language, and
// isolates names in it.
func (l *Language) browser(userAgent string) string {
	name := Browser(userAgent)
	if KnownBrowser(userAgent) == "" {
		return l.isolate(name)
	}
	return l.Plain(BrowserText(name))
}
