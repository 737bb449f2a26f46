package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestInspectionFindsFaults shows one fault at a time.
func TestInspectionFindsFaults(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, true)
	v := &guest{browser: b}
	for body, want := range map[string]string{
		`<p>Nothing is wrong. <a href="/">A small link</a> in a sentence.`:                                                           "",
		`<div style="width: 400px">A wide block.`:                                                                                    "the page is",
		`<p style="overflow: hidden; width: 60px; white-space: nowrap">A text that is cut`:                                           "cut",
		`<div style="overflow: hidden; height: 12px">A text<br>of two lines</div>`:                                                   "cut at the bottom",
		`<div style="overflow: hidden"><p style="margin-left: -80px">A text that begins outside`:                                     "outside of the screen",
		`<p>The first text<p style="margin-top: -2em">The second text`:                                                               "overlap",
		`<button style="width: 60px; white-space: nowrap">A wide label</button>`:                                                     "wider than its box",
		`<button style="width: 9px; height: 9px; padding: 0"></button><button style="width: 9px; height: 9px; padding: 0"></button>`: "beside another",
		`<button style="outline: none; padding: 1em">Button</button>`:                                                                "no ring",
	} {
		b.open("data:text/html," + url.PathEscape(`<!doctype html><meta name="viewport" content="width=device-width"><style>body { margin: 0 } :focus { outline: 2px solid }</style>`+body))
		b.do(chromedp.EmulateViewport(320, 900))
		found := v.faults(true)
		if got := strings.Join(found, "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s\ngot %q, want %q", body, got, want)
		}
	}
}
