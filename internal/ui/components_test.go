package ui_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// components renders testdata/components/components.html, which shows each part of the
// design in each state.
func components(t *testing.T) string {
	t.Helper()
	u, err := ui.New(ui.Options{ThemeURL: "/theme/", ThemeCookie: "theme"})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Name: "components", Files: os.DirFS("testdata/components")})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := pages.Render(w, httptest.NewRequest("GET", "/", nil), http.StatusOK, "components", ui.View{Title: ui.Plain("Components"), User: "Ada", Nav: []ui.Link{{Text: ui.Plain("Components"), URL: "/", Icon: "home", Active: true}}}); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

var (
	classAttribute = regexp.MustCompile(`class="([^"]*)"`)
	classSelector  = regexp.MustCompile(`\.([a-z][a-z0-9-]*)`)
)

// styledClasses returns the classes in the selectors of the style sheets.
func styledClasses(t *testing.T) map[string]bool {
	t.Helper()
	classes := make(map[string]bool)
	for _, name := range []string{"latchkey.css", "office.css"} {
		sheet, err := os.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range regexp.MustCompile(`[^{};]*\{`).FindAllString(string(sheet), -1) {
			for _, class := range classSelector.FindAllStringSubmatch(rule, -1) {
				classes[class[1]] = true
			}
		}
	}
	return classes
}

func TestComponentsPageShowsOnlyPartsThatExist(t *testing.T) {
	styled := styledClasses(t)
	for _, attribute := range classAttribute.FindAllStringSubmatch(components(t), -1) {
		for class := range strings.FieldsSeq(attribute[1]) {
			if !styled[class] {
				t.Errorf("the style sheets have no rule for the class %q", class)
			}
		}
	}
}

// TestDesignDescribesThePartsOfPages: docs/design.md names each part that the components
// page shows.
func TestDesignDescribesThePartsOfPages(t *testing.T) {
	text, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := make(map[string]bool)
	for _, part := range regexp.MustCompile("`\\.([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
		parts[part[1]] = true
	}
	page := components(t)
	if len(parts) < 30 {
		t.Errorf("the page describes only %v", slices.Sorted(maps.Keys(parts)))
	}
	styled := styledClasses(t)
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		if !styled[part] {
			t.Errorf("docs/design.md describes .%s, which the style sheets do not have", part)
		}
	}
	for _, part := range []string{"panel", "card", "list", "kv", "notice", "badge", "tile", "field", "check", "choice", "segments", "tabs", "chips", "steps", "timeline", "scopes", "identity", "copy", "codes", "empty", "user-code", "qr", "block"} {
		if !parts[part] || !regexp.MustCompile(`class="(?:[^"]* )?`+part+`[ "]`).MatchString(page) {
			t.Errorf(".%s is described: %t; it must be described, and be on the components page", part, parts[part])
		}
	}
}
