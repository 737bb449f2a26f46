package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// branded renders a page with a brand, and returns it and a function that loads an asset.
func branded(t *testing.T, o ui.Options, v ui.View) (page string, load func(name string) (contentType, body string)) {
	t.Helper()
	u, err := ui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Files: fstest.MapFS{"page.html": {Data: []byte(`{{define "content"}}<p>content</p>{{end}}`)}}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := pages.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "page", v); err != nil {
		t.Fatal(err)
	}
	return w.Body.String(), func(name string) (string, string) {
		t.Helper()
		got := httptest.NewRecorder()
		u.Assets().ServeHTTP(got, httptest.NewRequest(http.MethodGet, u.Asset(name), nil))
		if got.Code != http.StatusOK {
			t.Fatalf("%s: got %d", name, got.Code)
		}
		return got.Header().Get("Content-Type"), got.Body.String()
	}
}

// TestBrandIsAStyleSheetAndALogo: the page works with a Content-Security-Policy that
// forbids inline styles, and without light-dark().
func TestBrandIsAStyleSheetAndALogo(t *testing.T) {
	png := palette.Mark(palette.Color{}, palette.Color{}, 8)
	page, load := branded(t, ui.Options{Color: "#1d4e9e", Logo: png}, ui.View{})
	for _, want := range []string{`/latchkey.css">`, `/brand.css">`, `brand-logo.png" alt="" width="30" height="30">`, `<link rel="icon" href="`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if contentType, body := load("brand-logo.png"); contentType != "image/png" || body != string(png) {
		t.Errorf("got %s, %q", contentType, body)
	}
	contentType, styles := load("brand.css")
	_, dark, err := palette.Both("#1d4e9e", "")
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "text/css; charset=utf-8" || !strings.Contains(styles, "--brand:light-dark(#1d4e9e,"+dark.Brand.String()+");") || !strings.Contains(styles, "{--brand:#1d4e9e;") {
		t.Errorf("got %s:\n%s", contentType, styles)
	}
	if _, mark := load("mark.svg"); !strings.Contains(mark, `fill="#1d4e9e"`) {
		t.Errorf("the icon of the tab has another color: %s", mark)
	}
	if page, _ := branded(t, ui.Options{}, ui.View{}); strings.Contains(page, "brand.css") || !strings.Contains(page, "icons.svg#mark") {
		t.Errorf("without a brand:\n%s", page)
	}
}

func TestBrandIsRejectedWithTheReason(t *testing.T) {
	for _, test := range []struct {
		options ui.Options
		want    string
	}{
		{ui.Options{Color: "#ffe600"}, "BrandColor: #ffe600 on the background #ffffff of light pages has a contrast ratio of 1.2"},
		{ui.Options{Color: "#0f5f57", ColorDark: "#0f5f57"}, "of dark pages has a contrast ratio of 2."},
		{ui.Options{ColorDark: "#5fc4b5"}, "BrandColorDark: the color of light pages must be set, too"},
		{ui.Options{Color: "teal"}, `BrandColor: "teal" is not a color`},
		{ui.Options{Logo: []byte("<html>")}, "BrandLogo: the file is not a PNG"},
		{ui.Options{Logo: append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 256<<10)...)}, "BrandLogo: the image has 262152 bytes; use one with at most 262144"},
	} {
		if _, err := ui.New(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// TestTemplatesOfTheHostOverrideTheSettings: the file mark.svg keeps its colors, and
// theme.css comes after brand.css.
func TestTemplatesOfTheHostOverrideTheSettings(t *testing.T) {
	page, load := branded(t, ui.Options{Color: "#1d4e9e", Templates: fstest.MapFS{"assets/mark.svg": {Data: []byte("<svg/>")}, "assets/theme.css": {Data: []byte(":root{}")}}}, ui.View{})
	if _, mark := load("mark.svg"); mark != "<svg/>" {
		t.Errorf("got %s", mark)
	}
	if !strings.Contains(page, "mark.svg\" alt") || strings.Index(page, "brand.css") > strings.Index(page, "theme.css") {
		t.Errorf("got:\n%s", page)
	}
}

// TestColorOfAnApplicationDoesNotChangeTheHeader: the name and the logo of the server keep
// their colors, so that no application can look like the server.
func TestColorOfAnApplicationDoesNotChangeTheHeader(t *testing.T) {
	page, load := branded(t, ui.Options{Color: "#1d4e9e"}, ui.View{Narrow: true, Color: "#7a1fa2"})
	if !strings.Contains(page, "/color-7a1fa2.css") || !strings.Contains(page, `class="decide branded"`) {
		t.Errorf("got:\n%s", page)
	}
	contentType, styles := load("color-7a1fa2.css")
	if contentType != "text/css; charset=utf-8" || !strings.HasPrefix(styles, "main{--brand:light-dark(#7a1fa2,") || strings.Contains(styles, ":root{--brand") {
		t.Errorf("got %s:\n%s", contentType, styles)
	}
}

func TestStyleSheetOfAColorExistsOnlyIfTheColorIsReadable(t *testing.T) {
	u, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"color-7a1fa2.css": 200, "color-ffe600.css": 404, "color-7a1fa.css": 404, "color-.css": 404, "color-7a1fa2.css.css": 404, "color-%22%7D.css": 404} {
		w := httptest.NewRecorder()
		u.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodGet, u.Asset(name), nil))
		if w.Code != want {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}
