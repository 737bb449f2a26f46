package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/seed-e6a88a41/latchkey/internal/pseudo"
)

// inspect is a function that returns the faults of the layout of a page.
//
//go:embed inspect.js
var inspect string

// soak is set for the tests that take long.
var soak = os.Getenv("LATCHKEY_SOAK") != ""

// TestEveryPage visits every page of the list, in several browsers at the same time: in
// English, without scripts, and from right to left with the longest texts of all languages.
// The HTML of the server is the page without scripts, and the English visit compares it with
// the page that scripts have changed. So the browser without scripts visits only the pages
// that take more than one step, or that depend on scripts.
// A page that has space for the longest texts has space for every language, and the style
// sheets have no left and right, so "make soak" visits the pages in Persian, and from left to
// right with the longest texts, too.
// Many pages are another state of a page before them: they have the same address, and most of
// the same content. Only "make soak" checks all states in dark colors and with the longest texts,
// the parts of a page around the content, the back office with the longest texts, and other states
// of its pages with axe-core.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, marked(t, bracketed(t)))
	t.Cleanup(func() { w.showsEveryTemplate(t) })
	scripted := make(seen)
	t.Run("in English", func(t *testing.T) {
		scripted.expect(selected())
		t.Parallel()
		w.enter(t, true, "en").each(func(v *guest, p page) {
			found := sight{steps: true}
			defer func() { scripted.put(p, found) }()
			v.reach(p)
			v.isComplete(p)
			found.steps = p.scripted || v.notices.steps() > 1
			if !p.scripted {
				found.facts = v.facts("document")
			}
			if !found.steps {
				v.contain(found.facts, v.facts(v.served()))
			}
			scripted.put(p, found)
			if !p.plain {
				v.conforms(p)
			}
		})
	})
	t.Run("without scripts", func(t *testing.T) {
		t.Parallel()
		w.enter(t, false, "en").each(func(v *guest, p page) {
			found := scripted.take(p)
			if found.steps {
				v.reach(p)
				v.isComplete(p)
				v.contain(found.facts, v.facts("document"))
			}
		})
	})
	w.walkAsRoles(t)
	w.fitsIn(t, pseudo.LongestRightToLeft, "rtl", 320, 1280)
	if soak {
		w.fitsIn(t, "fa", "rtl", 320)
		w.fitsIn(t, pseudo.LongestLeftToRight, "ltr", 320, 1280)
	}
}

// fitsIn visits every page in a language, and checks the layout at some widths.
func (w *world) fitsIn(t *testing.T, language, direction string, widths ...int64) {
	t.Run("in "+language, func(t *testing.T) {
		t.Parallel()
		w.enter(t, true, language).each(func(v *guest, p page) {
			if (p.another || strings.Contains(p.route, "/admin/")) && !soak {
				return // the texts of the back office itself exist only in English
			}
			v.reach(p)
			if got := evaluate[string](v.browser, `document.documentElement.lang + " " + document.documentElement.dir`); got != language+" "+direction && !p.plain {
				v.t.Errorf("the language and the direction are %s", got)
			}
			if p.name == "components" {
				return // it is only in English
			}
			for _, width := range widths {
				v.fits(width, false)
			}
		})
	})
}

// A sight is what a browser with scripts has seen: the facts of a page, and whether it took
// more than one step to reach it.
type sight struct {
	facts []string
	steps bool
}

// seen are the pages that one browser has seen, for another one.
type seen map[string]chan sight

// expect adds the pages that a browser with scripts will see.
func (s seen) expect(pages []page) {
	for _, p := range pages {
		if !p.scriptless {
			s[p.name] = make(chan sight, 1)
		}
	}
}

// put stores what was seen of a page, if nothing is stored.
func (s seen) put(p page, found sight) {
	select {
	case s[p.name] <- found:
	default:
	}
}

// take waits for what is seen of a page, if that is expected.
func (s seen) take(p page) sight {
	found, expected := s[p.name]
	if !expected {
		return sight{steps: true}
	}
	return <-found
}

// selected are the pages that the environment variable LATCHKEY_PAGES selects, or all.
func selected() []page {
	only := regexp.MustCompile(os.Getenv("LATCHKEY_PAGES"))
	pages := slices.DeleteFunc(allPages(), func(p page) bool { return !only.MatchString(p.name) })
	known := make(map[string]bool)
	for i := range pages {
		p := &pages[i]
		p.another, known[p.route] = known[p.route], true
	}
	return pages
}

// enter returns a visitor whose browser is in a language.
func (w *world) enter(t *testing.T, scripts bool, language string) *guest {
	t.Helper()
	v := &guest{newBrowser(t, scripts), w}
	v.notices = &notices{frame: cdp.FrameID(chromedp.FromContext(v.ctx).Target.TargetID)}
	v.do(
		call(cdplog.Enable, cdp.Empty{}, nil), call(network.Enable, network.EnableParams{}, nil), call(runtime.Enable, cdp.Empty{}, nil),
		call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: userAgent(w.entered.Add(1)), AcceptLanguage: language}, nil))
	if err := chromedp.Listen(v.ctx, v.notices.listen); err != nil {
		t.Fatal(err)
	}
	v.scheme("light")
	return v
}

// each calls check for all pages that the browser can show.
func (v *guest) each(check func(*guest, page)) {
	t := v.t
	for _, p := range selected() {
		if !p.scriptless || !v.scripts {
			t.Run(p.name, func(t *testing.T) { check(v.in(t), p) })
		}
	}
}

// in returns the guest for a subtest.
func (v *guest) in(t *testing.T) *guest {
	b, w := *v.browser, *v.w
	b.t, w.t = t, t
	return &guest{&b, &w}
}

// reach opens a page, and reports errors of its scripts and policies.
func (v *guest) reach(p page) {
	v.t.Helper()
	v.become(p)
	v.notices.take()
	v.notices.depart()
	p.open(v)
	v.notices.check(v.t, p)
	v.note(p)
}

// isComplete checks that the page is the one that the list describes.
func (v *guest) isComplete(p page) {
	v.t.Helper()
	if p.scripted && !v.scripts {
		v.says("JavaScript")
	} else {
		v.says(p.sees)
	}
	at, err := url.Parse(v.address())
	if err != nil {
		v.t.Fatal(err)
	}
	if strings.HasPrefix(p.name, "forward-auth") || strings.HasSuffix(p.name, "not-found") {
		return // the address is that of the protected host, or of no route
	}
	pattern := "^" + regexp.MustCompile(`\\{[a-z]+\\}`).ReplaceAllString(regexp.QuoteMeta(p.route), "[^/]+") + "$"
	if !regexp.MustCompile(pattern).MatchString(at.EscapedPath()) {
		v.t.Errorf("the page has the address %s, want %s", at.Path, p.route)
	}
}

// contain reports the facts of a page that it does not show without scripts.
func (v *guest) contain(facts, shown []string) {
	v.t.Helper()
	for _, fact := range facts {
		if !slices.Contains(shown, fact) {
			v.t.Errorf("without scripts, the page does not show %q", fact)
		}
	}
}

// served returns an expression for the document as the server has sent it, which no script
// has changed.
func (v *guest) served() string {
	v.t.Helper()
	var body network.GetResponseBodyResult
	v.do(call(network.GetResponseBody, network.GetResponseBodyParams{RequestID: v.notices.latest()}, &body))
	text, err := json.Marshal(string(body.Body))
	if err != nil {
		v.t.Fatal(err)
	}
	return `new DOMParser().parseFromString(` + string(text) + `, "text/html")`
}

// facts returns the lines of a document, without the parts that only scripts can offer, and
// without the latest records of the audit log and the latest attempts to log in: the visits of
// other browsers add some.
func (v *guest) facts(of string) []string {
	v.t.Helper()
	var lines []string
	text := evaluate[string](v.browser, `((page) => {
		const shown = (page.querySelector("main") ?? page.body).cloneNode(true)
		for (const extra of shown.querySelectorAll("[data-copy], .history, [aria-labelledby=others], [data-show], [data-keys], [data-passkey], [data-passkey-button], [data-passkey-unsupported], [data-caps-lock], [data-live] button, #forgotten, noscript, .codes, #secret, [hidden]")) extra.remove()
		const lines = []
		const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT)
		while (walker.nextNode()) lines.push(walker.currentNode.data.trim())
		return JSON.stringify(lines)
	})(`+of+`)`)
	if err := json.Unmarshal([]byte(text), &lines); err != nil {
		v.t.Fatal(err)
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" || strings.Contains(line, "client_id=") })
	for i, line := range lines {
		lines[i] = repeated.ReplaceAllString(changing.ReplaceAllString(line, "…"), "…")
	}
	return lines
}

var repeated = regexp.MustCompile(`[…_-]*…[…_-]*`)

// changing matches ids, codes, secrets and counts.
var changing = regexp.MustCompile(`\d+|[A-Za-z0-9_-]{12,}|[A-Z0-9]{4}-[A-Z0-9]{4}|\b[a-z2-7]{10}\b|…[A-Za-z0-9]+`)

// conforms checks that a page conforms to WCAG 2.2 AA, and that it fits a narrow screen.
func (v *guest) conforms(p page) {
	v.t.Helper()
	v.unfold()
	widths := []int64{360, 1280}
	if !soak {
		widths = widths[:1]
		if strings.Contains(p.route, "/admin/") || strings.Contains(p.route, "/account/") || strings.Contains(p.route, "/consumer/") {
			widths[0] = 1280 // where the navigation is visible
		}
	}
	part, schemes := "document", []string{"dark", "light"}
	if p.another && !soak {
		part, schemes = `document.querySelector("main") ?? document`, schemes[1:]
	}
	if !p.another || !strings.Contains(p.route, "/admin/") || soak {
		v.accessibleIn(p.name, part, schemes, widths)
	}
	if p.name == "components" {
		return // the bar of the selected rows has to cover the toolbar of the table
	}
	v.fits(320, true)
	if soak {
		for _, width := range []int64{360, 768, 1280, 1920} {
			v.fits(width, true)
		}
	}
}

// unfold opens what a person can open.
func (v *guest) unfold() {
	v.t.Helper()
	v.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach((d) => { d.open = true })`))
}

// fits checks the layout at a width.
func (v *guest) fits(width int64, touch bool) {
	v.t.Helper()
	v.unfold()
	v.do(chromedp.EmulateViewport(width, 900))
	v.do(chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`)) // the header covers what is scrolled
	for _, fault := range v.faults(touch) {
		v.t.Errorf("%d px wide: %s", width, fault)
	}
}

// faults returns the faults of the layout.
func (v *guest) faults(touch bool) []string {
	v.t.Helper()
	return evaluate[[]string](v.browser, fmt.Sprintf("(%s)(%v)", strings.TrimSpace(inspect[strings.Index(inspect, "(touch)"):]), touch))
}

// scheme makes the pages light or dark, without transitions, so that the colors change at
// once.
func (b *browser) scheme(name string) {
	b.t.Helper()
	b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return chromedp.Void{}, err
	})
}

// tick selects the first checkbox with the selector.
func (b *browser) tick(selector string) {
	b.t.Helper()
	b.see(selector)
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).checked = true`, selector)))
}

// notices collects the errors and the requests of a browser.
type notices struct {
	mu   sync.Mutex
	all  []string
	from []string // the origins of requests
	// documents are the requests for the pages of the window since the last visit began.
	documents []network.RequestID
	frame     cdp.FrameID // of the window
}

func (n *notices) listen(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		n.all = append(n.all, "a script failed: "+e.ExceptionDetails.Text+" "+fmt.Sprint(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			n.all = append(n.all, fmt.Sprintf("the console shows %v", e.Args))
		}
	case *cdplog.EventEntryAdded:
		status := strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status")
		if (e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning) && !status {
			n.all = append(n.all, "the browser reports: "+e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if at, err := url.Parse(e.Request.URL); err == nil && at.Scheme != "data" && at.Host != "" {
			n.from = append(n.from, at.Host)
		}
		if e.Type == network.ResourceTypeDocument && e.FrameID == n.frame && e.RedirectResponse == nil {
			n.documents = append(n.documents, e.RequestID)
		}
	}
}

// depart removes the pages of earlier visits.
func (n *notices) depart() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.documents = nil
}

// steps counts the pages of the visit.
func (n *notices) steps() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.documents)
}

// latest returns the request for the page of the window.
func (n *notices) latest() network.RequestID {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.documents[len(n.documents)-1]
}

func (n *notices) take() (all, from []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all, from, n.all, n.from = n.all, n.from, nil, nil
	return all, from
}

// check reports what the browser noticed. The pages of the server send requests only to
// the server; those of the consumer also to a provider.
func (n *notices) check(t *testing.T, p page) {
	t.Helper()
	all, from := n.take()
	for _, notice := range all {
		t.Error(notice)
	}
	allowed := []string{idHost, newHost, onlyHost, endsHost}
	switch {
	case strings.HasPrefix(p.name, "consumer"):
		allowed = append(allowed, tryHost)
	case strings.HasPrefix(p.name, "forward-auth"):
		allowed = append(allowed, wikiHost)
	case p.name == "onward" || p.name == "form-post" || p.name == "logged-out": // they lead to the application
		allowed = append(allowed, photosHost, "calendar.harbor.example")
	}
	for _, host := range from {
		if !slices.Contains(allowed, host) {
			t.Errorf("the page sends a request to %s", host)
		}
	}
}
