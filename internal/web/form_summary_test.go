package web_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestRejectedFormLinksToEachFault, keeps what the person typed, except for passwords, and
// focuses the first field that is wrong (WCAG 2.2 §3.3.1).
func TestRejectedFormLinksToEachFault(t *testing.T) {
	p, _ := newMailbox(t)
	b := p.Browser()
	page := b.Submit(b.Open(p.Issuer+"/signup/"), url.Values{"username": {"a b"}, "name": {"Ada"}, "email": {""}, "password": {latchkeytest.Password}, "password_again": {"other"}})
	summary, form, found := strings.Cut(page.Body, "<form method")
	if !found || !strings.Contains(summary, `role="alert"`) {
		t.Fatalf("got:\n%s", page.Body)
	}
	if one, two := strings.Index(summary, "#username"), strings.Index(summary, "#password_again"); one < 0 || two < one || strings.Index(summary, "#email") > two || strings.Index(summary, "#email") < one {
		t.Errorf("the faults are not in the order of the fields:\n%s", summary)
	}
	for _, field := range []string{"username", "password_again", "email"} {
		if !strings.Contains(summary, `<li><a href="#`+field+`">`) || !strings.Contains(form, `id="`+field+`-error"`) || !strings.Contains(form, `aria-invalid="true" aria-describedby="`+field+`-error"`) {
			t.Errorf("%s: the form does not lead to the fault:\n%s", field, page.Body)
		}
	}
	if first := `aria-describedby="username-error" autofocus`; !strings.Contains(form, first) || strings.Count(page.Body, " autofocus") != 1 {
		t.Errorf("the first faulty field does not have the focus alone:\n%s", page.Body)
	}
	if !strings.Contains(form, `value="Ada"`) || !strings.Contains(form, `value="a b"`) || strings.Contains(form, latchkeytest.Password) {
		t.Errorf("the form lost what was typed, or shows a password:\n%s", form)
	}
}

// TestEveryFormWithFaultsHasTheSummary: a page that shows the fault of a field also shows
// the summary, which is declared once.
func TestEveryFormWithFaultsHasTheSummary(t *testing.T) {
	files, err := filepath.Glob("pages/[a-z]*.html")
	if err != nil {
		t.Fatal(err)
	}
	forms := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if page := string(text); strings.Contains(page, `{{template "field-error"`) {
			forms++
			if !strings.Contains(page, `{{template "form-error"`) {
				t.Errorf("%s has no summary of its faults", file)
			}
		}
	}
	if forms < 5 {
		t.Errorf("only %d forms were found", forms)
	}
}

// TestFieldsHaveOneOrder: in each page, the fields with faults are in the order in which the
// summary lists them, and the summary knows all of them.
func TestFieldsHaveOneOrder(t *testing.T) {
	files, err := filepath.Glob("pages/[a-z]*.html")
	if err != nil {
		t.Fatal(err)
	}
	forms := regexp.MustCompile(`{{else}}<(form|input type="hidden")`) // another one at the same address
	fields := regexp.MustCompile(`"field-error" \$e\.At "(\w+)"`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range forms.Split(string(text), -1) {
			last := -1
			for _, found := range fields.FindAllStringSubmatch(form, -1) {
				place := slices.Index(web.FieldOrder, found[1])
				if place < last || place < 0 {
					t.Errorf("%s: %s is field %d of the summary, after field %d", file, found[1], place, last)
				}
				last = place
			}
		}
	}
}

// TestSummaryWithoutAFieldHasTheFocus: the browser focuses the first field that is wrong, or
// the summary.
func TestSummaryWithoutAFieldHasTheFocus(t *testing.T) {
	p, _ := newMailbox(t)
	b := p.Browser()
	var page latchkeytest.Page
	for range 4 {
		page = b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"nobody"}})
	}
	if !strings.Contains(page.Body, `role="alert" tabindex="-1" autofocus`) || strings.Contains(page.Body, "<ul></ul>") {
		t.Errorf("got:\n%s", page.Body)
	}
}
