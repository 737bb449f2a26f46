package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestSearchOpensOverEveryPage: Ctrl+K opens it, the first result is opened with Enter, and a
// token is sent in a form, so that it is never in a URL. g and another key open a section,
// unless a person has switched that off (WCAG 2.2, 2.1.4).
func TestSearchOpensOverEveryPage(t *testing.T) {
	t.Parallel()
	p, client := administer(t)
	b := newBrowser(t, true)
	office := strings.TrimSuffix(p.issuer, "/o") + "/admin/"
	b.open(office + "keys/")
	b.logIn("root", personPassword)
	search := func(text string) {
		t.Helper()
		b.press("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
		b.see("dialog[open] input")
		b.typed("dialog[open] input", text)
	}
	search("the a")
	b.see("dialog[open] a[href$='/" + client + "/']")
	b.follow(kb.Enter)
	if got := b.address(); !strings.HasSuffix(got, "/applications/"+client+"/") {
		t.Errorf("Enter leads to %s", got)
	}
	search("lk_at_" + strings.Repeat("x", 70))
	b.follow(kb.Enter)
	b.says("Nothing found")
	if got := b.address(); got != office+"tokens/find/" {
		t.Errorf("a token leads to %s", got)
	}
	b.press("g")
	b.follow("t")
	if got := b.address(); got != office+"tokens/" {
		t.Errorf("g and t lead to %s", got)
	}
}

// Without scripts, the search is a page.
func TestSearchIsAPageWithoutScripts(t *testing.T) {
	t.Parallel()
	p, client := administer(t)
	b := newBrowser(t, false)
	b.open(strings.TrimSuffix(p.issuer, "/o") + "/admin/")
	b.logIn("root", personPassword)
	b.clickThrough("a[data-palette]")
	b.typed("main input[name=q]", "the a")
	b.follow(kb.Enter)
	b.clickThrough("main a[href$='/" + client + "/']")
	b.says("The app")
}
