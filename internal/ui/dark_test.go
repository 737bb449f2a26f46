package ui_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// colorPair is a color of the style sheet: one for light pages, one for dark pages.
var colorPair = regexp.MustCompile(`(?m)^    --([a-z0-9-]+): light-dark\((#[0-9a-f]{6})(?:[0-9a-f]{2})?, (#[0-9a-f]{6})(?:[0-9a-f]{2})?\);$`)

func styles(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("assets/latchkey.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDarkPagesDifferOnlyInColors: the tests in a browser check dark pages only with
// the accessibility rules about colors.
func TestDarkPagesDifferOnlyInColors(t *testing.T) {
	pairs := 0
	for _, pattern := range []string{"*.html", "assets/*", "../*/pages/*.*", "../*/pages/assets/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pairs += len(colorPair.FindAll(text, -1))
			rest := colorPair.ReplaceAllString(string(text), "")
			rest = strings.NewReplacer("light-dark(light, dark)", "", "light-dark(red, red)", "").Replace(rest)
			for _, word := range []string{"prefers-color-scheme", "matchMedia", "light-dark("} {
				if strings.Contains(rest, word) {
					t.Errorf("%s contains %s", file, word)
				}
			}
		}
	}
	if pairs < 37 {
		t.Errorf("the style sheet has %d pairs of colors, want all of them", pairs)
	}
}

// TestOldBrowsersShowTheLightColors: a browser that does not know light-dark() shows the
// same colors as a light page.
func TestOldBrowsersShowTheLightColors(t *testing.T) {
	sheet := styles(t)
	_, old, found := strings.Cut(sheet, "@supports not (color: light-dark(red, red))")
	if !found {
		t.Fatal("the style sheet has no colors for old browsers")
	}
	for _, pair := range colorPair.FindAllStringSubmatch(sheet, -1) {
		if !regexp.MustCompile(`--` + pair[1] + `: ` + pair[2]).MatchString(old) {
			t.Errorf("old browsers do not show --%s as %s", pair[1], pair[2])
		}
	}
}

// TestColorsHaveEnoughContrast computes the contrast ratios of the style sheet (WCAG 2.2
// §1.4.3: 4.5 for text; §1.4.11: 3 for the borders of controls, bars and the focus).
func TestColorsHaveEnoughContrast(t *testing.T) {
	colors := make(map[string][2]string)
	for _, pair := range colorPair.FindAllStringSubmatch(styles(t), -1) {
		colors[pair[1]] = [2]string{pair[2], pair[3]}
	}
	for _, test := range []struct {
		need  float64
		front string
		backs string
	}{
		{4.5, "ink", "page surface raised sunken hover brand-soft info-soft ok-soft warn-soft danger-soft added removed"},
		{4.5, "muted", "page surface raised sunken hover brand-soft ok-soft warn-soft danger-soft info-soft"},
		{4.5, "brand-ink", "page surface raised sunken hover brand-soft"},
		{4.5, "on-brand", "brand brand-hover"},
		{4.5, "on-danger", "danger-fill"},
		{4.5, "ok", "ok-soft surface"},
		{4.5, "warn", "warn-soft surface"},
		{4.5, "danger", "danger-soft surface raised"},
		{4.5, "info", "info-soft surface"},
		{4.5, "violet", "violet-soft"},
		{4.5, "pink", "pink-soft"},
		{3, "edge", "page surface raised"},
		{3, "focus", "page surface raised brand-soft"},
		{3, "brand", "surface"},
		{3, "info-solid", "surface"},
		{3, "warn-solid", "surface"},
		{3, "danger-solid", "surface"},
	} {
		for back := range strings.FieldsSeq(test.backs) {
			for i, scheme := range []string{"light", "dark"} {
				if colors[test.front][i] == "" || colors[back][i] == "" {
					t.Fatalf("--%s or --%s is not a pair of colors", test.front, back)
				}
				if got := contrast(t, colors[test.front][i], colors[back][i]); got < test.need {
					t.Errorf("--%s on --%s, %s: the ratio is %.2f, want %.1f", test.front, back, scheme, got, test.need)
				}
			}
		}
	}
}

// contrast returns the contrast ratio of two colors (WCAG 2.2, definition of "contrast
// ratio").
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(color string) float64 {
		var sum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			value, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			channel := float64(value) / 255
			if channel <= 0.04045 {
				channel /= 12.92
			} else {
				channel = math.Pow((channel+0.055)/1.055, 2.4)
			}
			sum += weight * channel
		}
		return sum
	}
	high, low := luminance(a), luminance(b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}
