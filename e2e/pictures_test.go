package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// pictured are the languages of the pictures.
var pictured = []struct{ tag, name string }{{"en", "English"}, {"de", "German"}, {"fa", "Persian"}}

// picturesOf is the folder of the pictures of a language.
func picturesOf(tag string) string { return filepath.Join("..", "docs", "img", "pages", tag) }

// TestPicturesOfPages takes the pictures of all pages again if the flag update is set.
// Otherwise it checks that each page of the list has one.
func TestPicturesOfPages(t *testing.T) {
	if *update {
		cryptotest.SetGlobalRandom(t, 1) // ids and secrets are the same in each run
		w := newWorld(t, nil)
		for _, language := range pictured {
			t.Run(language.tag, func(t *testing.T) { w.takePictures(t, language.tag) })
		}
	}
	index := indexOfPages()
	path := filepath.Join("..", "docs", "pages.md")
	if *update {
		if err := os.WriteFile(path, []byte(index), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(path); err != nil || string(written) != index {
		t.Errorf("docs/pages.md is out of date: run make pictures: %v", err)
	}
	for _, p := range picturedPages() {
		if _, err := os.Stat(filepath.Join(picturesOf("en"), p.name+".webp")); err != nil {
			t.Errorf("the page has no picture: run make pictures: %v", err)
		}
	}
}

// picturedPages are all pages but those of plain text.
func picturedPages() []page {
	return slices.DeleteFunc(selected(), func(p page) bool { return p.plain })
}

// takePictures writes the pictures of all pages in a language.
func (w *world) takePictures(t *testing.T, language string) {
	folder := picturesOf(language)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	scripted, plain := w.enter(t, true, language), w.enter(t, false, language)
	sheet := newBrowser(t, true)
	for _, p := range picturedPages() {
		t.Run(p.name, func(t *testing.T) {
			v := scripted
			if p.scriptless {
				v = plain
			}
			v = v.in(t)
			v.become(p)
			p.open(v)
			if shown := evaluate[string](v.browser, `document.documentElement.lang`); shown != language {
				t.Logf("no picture: the page is not translated, and is shown in %s", shown)
				return
			}
			v.do(chromedp.Evaluate[chromedp.Void](`((style) => { // a caret would blink
				style.replaceSync("* { caret-color: transparent !important }")
				document.adoptedStyleSheets = [style]
			})(new CSSStyleSheet())`))
			b := *sheet
			b.t = t
			if err := os.WriteFile(filepath.Join(folder, p.name+".webp"), b.combine(v.photograph()), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// photograph returns four pictures of a page: of a phone and of a desktop, light and dark.
func (v *guest) photograph() (pictures [][]byte) {
	v.t.Helper()
	const longest = 1300
	for _, width := range []int64{360, 1280} {
		v.do(chromedp.EmulateViewport(width, 800))
		height := min(longest, evaluate[int64](v.browser, `document.documentElement.scrollHeight`))
		v.do(chromedp.EmulateViewport(width, height))
		for _, scheme := range []string{"light", "dark"} {
			v.scheme(scheme)
			var shot cdppage.CaptureScreenshotResult
			v.do(call(cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
				Format: cdppage.CaptureScreenshotFormatPng, OptimizeForSpeed: new(true),
			}, &shot))
			pictures = append(pictures, shot.Data)
		}
	}
	return pictures
}

// combine puts pictures side by side, at half their size.
func (b *browser) combine(pictures [][]byte) []byte {
	b.t.Helper()
	var html strings.Builder
	html.WriteString(`<!doctype html><style>body { margin: 0; background: #8a8f98 } main { display: inline-flex; gap: 8px; padding: 8px; align-items: flex-start } img { zoom: .5 }</style><main>`)
	for _, picture := range pictures {
		fmt.Fprintf(&html, `<img src="data:image/png;base64,%s">`, base64.StdEncoding.EncodeToString(picture))
	}
	b.do(chromedp.Navigate("about:blank"))
	var tree cdppage.GetFrameTreeResult
	b.do(call(cdppage.GetFrameTree, cdp.Empty{}, &tree))
	b.do(chromedp.EmulateViewport(1700, 800), call(cdppage.SetDocumentContent, cdppage.SetDocumentContentParams{FrameID: tree.FrameTree.Frame.ID, HTML: html.String()}, nil))
	size := wait[[]float64](b, "the pictures", `(async () => {
		await Promise.all([...document.images].map((i) => i.decode()))
		const box = document.querySelector("main").getBoundingClientRect()
		return [box.width, box.height]
	})()`)
	var shot cdppage.CaptureScreenshotResult
	quality := int64(38)
	b.do(call(cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
		Format: cdppage.CaptureScreenshotFormatWebp, Quality: &quality, CaptureBeyondViewport: new(true),
		Clip: &cdppage.Viewport{Width: size[0], Height: size[1], Scale: 1},
	}, &shot))
	return shot.Data
}

// indexOfPages returns the text of docs/pages.md.
func indexOfPages() string {
	var b strings.Builder
	b.WriteString("# Pages\n\nEvery page, in each of its states, on a phone and on a desktop, light and dark.\n\n<!-- Written by make pictures from the list in e2e/pages_*_test.go -->\n")
	for _, p := range allPages() {
		if p.plain {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n![%s](img/pages/en/%s.webp)\n", p.name, p.shows, p.shows, p.name)
		var others []string
		for _, language := range pictured[1:] {
			if _, err := os.Stat(filepath.Join(picturesOf(language.tag), p.name+".webp")); err == nil {
				others = append(others, fmt.Sprintf("[%s](img/pages/%s/%s.webp)", language.name, language.tag, p.name))
			}
		}
		if len(others) > 0 {
			fmt.Fprintf(&b, "\nThe same page in %s.\n", strings.Join(others, " and "))
		}
	}
	return b.String()
}
