package ui

import (
	"html"
	"html/template"
	"strings"
	"time"

	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
	"golang.org/x/text/number"
)

// NoValue is shown for a value that does not exist, in every language.
const NoValue = "–"

// number returns a number with the digits and the separators of the language of a text,
// which is English if the text is not translated.
func (l *Language) number(in language.Tag, n int64) string {
	return l.printerFor(in).Sprint(number.Decimal(n))
}

// digits returns a number without separators, with zeros at the beginning.
func (l *Language) digits(in language.Tag, n, width int) string {
	return l.printerFor(in).Sprint(number.Decimal(n, number.NoSeparator(), number.MinIntegerDigits(width)))
}

func (l *Language) printerFor(in language.Tag) *textmessage.Printer {
	if in == language.English {
		return l.texts().english
	}
	return l.texts().printer
}

// A dateText is the only element of a Text that is a day and a time.
type dateText time.Time

// Date returns a day and a time, as the function date of templates shows it.
func Date(t time.Time) Text {
	if t.IsZero() {
		return Plain(NoValue)
	}
	return Text{dateText(t)}
}

// zoned returns a time for a page, and the name of its time zone: that of the time (time.Time.In),
// or UTC. The time zone of this computer means nothing to people.
func zoned(t time.Time) (_ time.Time, zone string) {
	if zone = t.Location().String(); zone == "" || t.Location() == time.Local {
		t, zone = t.UTC(), time.UTC.String()
	}
	return t, strings.ReplaceAll(zone, "_", " ")
}

// date returns a day and a time, in the words of the language. The zone of the time is shown.
func (l *Language) date(t time.Time) string {
	t, zone := zoned(t)
	key := "date.exact"
	if zone != time.UTC.String() {
		key = "date.zoned"
	}
	in := l.message(key).tag
	day, month, year := l.digits(in, t.Day(), 1), months()[t.Month()-1], l.digits(in, t.Year(), 1)
	hour, minute := l.digits(in, t.Hour(), 2), l.digits(in, t.Minute(), 2)
	if key == "date.exact" {
		return l.Plain(Text{"date.exact", "day", day, "month", month, "year", year, "hour", hour, "minute", minute})
	}
	return l.Plain(Text{"date.zoned", "day", day, "month", month, "year", year, "hour", hour, "minute", minute, "zone", Plain(zone)})
}

// day is date without the time of the day.
func (l *Language) day(t time.Time) string {
	in := l.message("date.day").tag
	t, _ = zoned(t)
	return l.Plain(Text{"date.day", "day", l.digits(in, t.Day(), 1), "month", months()[t.Month()-1], "year", l.digits(in, t.Year(), 1)})
}

// months are the names of the months in a date.
func months() [12]Text {
	return [12]Text{
		{"date.january"},
		{"date.february"},
		{"date.march"},
		{"date.april"},
		{"date.may"},
		{"date.june"},
		{"date.july"},
		{"date.august"},
		{"date.september"},
		{"date.october"},
		{"date.november"},
		{"date.december"},
	}
}

// ago returns how long ago a time was, or how far in the future it is. It returns nil for
// a time that is more than about a month away, for which people need the date.
func ago(t, now time.Time) Text {
	const day = 24 * time.Hour
	distance := now.Sub(t).Abs()
	past := t.Before(now)
	unit, key := time.Minute, "minutes"
	switch {
	case distance < time.Minute && past:
		return Text{"date.just_now"}
	case distance < time.Minute:
		return Text{"date.soon"}
	case distance >= 31*day:
		return nil
	case distance >= 2*day:
		unit, key = day, "days"
	case distance >= 2*time.Hour:
		unit, key = time.Hour, "hours"
	}
	prefix := "date.in_"
	if past {
		prefix = "date.ago_"
	}
	return Text{prefix + key, "n", int(distance / unit)}
}

// dateFuncs returns the functions with which templates show times.
func (u *UI) dateFuncs(l *Language) template.FuncMap {
	return template.FuncMap{
		"date": func(t time.Time) template.HTML { return l.timeElement(t, l.date(t), "") },
		"day":  func(t time.Time) template.HTML { return l.timeElement(t, l.day(t), "") },
		"ago": func(t time.Time) template.HTML {
			if text := ago(t, u.Clock()); text != nil {
				return l.timeElement(t, l.Plain(text), l.date(t))
			}
			return l.timeElement(t, l.date(t), "")
		},
	}
}

// timeElement returns a <time> element, or a dash for the zero time.
func (l *Language) timeElement(t time.Time, text, title string) template.HTML {
	if t.IsZero() {
		return NoValue
	}
	if title != "" {
		title = ` title="` + html.EscapeString(title) + `"`
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `"` + title + `>` + html.EscapeString(text) + `</time>`) //nolint:gosec // escaped
}
