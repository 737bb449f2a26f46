package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// now is the time of the pages in these tests.
var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// dated renders content in Dutch, Urdu (of which only the date is translated) or English.
func dated(t *testing.T, accept, content string, data any) string {
	t.Helper()
	host := fstest.MapFS{
		"texts/nl.json": {Data: []byte(`{"date.exact": "{day} {month} {year} om {hour}:{minute} UTC", "date.march": "maart", "date.ago_minutes": {"one": "{n} minuut geleden", "other": "{n} minuten geleden"}, "home.logged_in": "{user}!"}`)},
		"texts/ur.json": {Data: []byte(`{"date.exact": "{day} {month} {year} {hour}:{minute} UTC", "date.march": "مارس"}`)},
	}
	u, err := ui.New(ui.Options{Templates: host, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Name: "test", Files: page(`{{define "content"}}|` + content + `|{{end}}`)})
	if err != nil {
		t.Fatal(err)
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", accept)
	if err := pages.Render(w, r, http.StatusOK, "hello", ui.View{Data: data}); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(w.Body.String(), "|")
	text, _, _ := strings.Cut(rest, "|")
	return text
}

func TestDatesAreInTheLanguageOfThePage(t *testing.T) {
	at := now.In(time.FixedZone("", 3600))
	for accept, want := range map[string]string{
		"en": "4 March 2026, 05:06 UTC", "nl": "4 maart 2026 om 05:06 UTC", "ur": "4 مارس 2026 05:06 UTC", "de": "4. März 2026 um 05:06 UTC",
	} {
		if got := dated(t, accept, `{{date .Data}}`, at); got != `<time datetime="2026-03-04T05:06:07Z">`+want+`</time>` {
			t.Errorf("%s: got %s", accept, got)
		}
		if got := dated(t, accept, `{{text "home.logged_in" "user" .Data}}`, ui.Date(at)); !strings.Contains(got, want) {
			t.Errorf("%s: got %s", accept, got)
		}
	}
	for zone, want := range map[string]string{
		"Europe/Berlin": "4. März 2026 um 06:06 Europe/Berlin", "America/New_York": "4. März 2026 um 00:06 America/New York", "Local": "4. März 2026 um 05:06 UTC",
	} {
		zoned := at.Local()
		if in, err := time.LoadLocation(zone); zone != "Local" && err == nil {
			zoned = at.In(in)
		} else if err != nil {
			t.Fatal(err)
		}
		if got := dated(t, "de", `{{date .Data}}`, zoned); got != `<time datetime="2026-03-04T05:06:07Z">`+want+`</time>` {
			t.Errorf("in the zone %s: %s", zone, got)
		}
	}
	if got := dated(t, "en", `{{day .Data}}`, at); got != `<time datetime="2026-03-04T05:06:07Z">4 March 2026</time>` {
		t.Errorf("got %s", got)
	}
	for _, content := range []string{`{{date .Data}}`, `{{ago .Data}}`, `{{day .Data}}`} {
		if got := dated(t, "nl", content, time.Time{}); got != "–" {
			t.Errorf("%s: got %s", content, got)
		}
	}
	if got := ui.Date(time.Time{}).String(); got != "–" {
		t.Errorf("got %s", got)
	}
}

func TestTimesAreRelativeWithTheExactOneInTheTitle(t *testing.T) {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	for after, want := range map[time.Duration]string{
		0: "in less than a minute", -time.Second: "just now", -minute: "1 minute ago", -119 * minute: "119 minutes ago", -2 * hour: "2 hours ago",
		-47 * hour: "47 hours ago", -2 * day: "2 days ago", -30 * day: "30 days ago", -31 * day: "", 59 * time.Second: "in less than a minute", 5 * minute: "in 5 minutes", 3 * hour: "in 3 hours", 9 * day: "in 9 days", 400 * day: "",
	} {
		got := dated(t, "en", `{{ago .Data}}`, now.Add(after))
		exact := now.Add(after).Format("2 January 2006, 15:04 UTC")
		if want == "" && !strings.Contains(got, `Z">`+exact+`</time>`) || want != "" && !strings.Contains(got, ` title="`+exact+`">`+want+`</time>`) {
			t.Errorf("%s: got %s", after, got)
		}
	}
	if got := dated(t, "nl", `{{ago .Data}}`, now.Add(-minute)); !strings.Contains(got, ` title="4 maart 2026 om 05:05 UTC">1 minuut geleden</time>`) {
		t.Errorf("got %s", got)
	}
}

// Unicode Technical Standard 35, part 3.
func TestNumbersAreInTheLanguageOfTheirText(t *testing.T) {
	for accept, want := range map[string]string{"en": "12,345 days", "nl": "12,345 days", "ur": "\u206612,345 days\u2069"} { // not translated
		if got := dated(t, accept, `{{text "duration.days" "n" 12345}}`, nil); got != want {
			t.Errorf("%s: got %s", accept, got)
		}
	}
	if got := dated(t, "nl", `{{text "date.ago_minutes" "n" 12345}}`, nil); got != "12.345 minuten geleden" {
		t.Errorf("got %s", got)
	}
}

// Unicode Technical Standard 35, part 3 §5 (plural rules) and §2 (digits): French and
// Portuguese use the singular for 0, Japanese and Chinese have one form, and Persian has
// digits of its own.
func TestNumbersSelectTheFormOfTheLanguage(t *testing.T) {
	forms, one := `{"duration.days": {"one": "{n} one", "other": "{n} other"}}`, `{"duration.days": "{n} other"}`
	host := make(fstest.MapFS)
	for tag, texts := range map[string]string{"de": forms, "fr": forms, "es": forms, "pt-BR": forms, "it": forms, "ja": one, "zh-Hans": one, "fa": forms} {
		host["texts/"+tag+".json"] = &fstest.MapFile{Data: []byte(texts)}
	}
	for accept, want := range map[string]string{
		"en": "0 days 1 day 2 days 1,234,567 days", "de": "0 other 1 one 2 other 1.234.567 other", "fr-CA": "0 one 1 one 2 other 1\u00a0234\u00a0567 other",
		"es": "0 other 1 one 2 other 1.234.567 other", "pt-BR": "0 one 1 one 2 other 1.234.567 other", "it-CH": "0 other 1 one 2 other 1.234.567 other",
		"ja": "0 other 1 other 2 other 1,234,567 other", "zh-CN": "0 other 1 other 2 other 1,234,567 other", "fa-IR": "۰ one ۱ one ۲ other ۱٬۲۳۴٬۵۶۷ other",
	} {
		const all = `{{range .Data}}{{text "duration.days" "n" .}} {{end}}|`
		body := inLanguage(t, host, accept, "|"+all, []int{0, 1, 2, 1234567}).Body.String()
		if _, got, _ := strings.Cut(body, "|"); !strings.HasPrefix(got, want+" |") {
			got, _, _ = strings.Cut(got, "|")
			t.Errorf("%s: got  %q\nwant %q", accept, got, want)
		}
	}
}
