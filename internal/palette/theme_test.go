package palette_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
)

// TestWeakColorsOfAStyleSheetAreNamed: the pair, the pages and the ratio (WCAG 2.2 §1.4.3 and
// §1.4.11).
func TestWeakColorsOfAStyleSheetAreNamed(t *testing.T) {
	light, dark := palette.Default()
	for name, test := range map[string]struct {
		css  string
		want []string
	}{
		"nothing":                    {"", nil},
		"the built-in colors":        {":root { --brand: light-dark(#0f5f57, #5fc4b5); --on-brand: light-dark(#ffffff, #04201c) }", nil},
		"only a radius":              {":root { --radius: .25rem; --font: serif }", nil},
		"pale on light pages":        {":root { --brand-ink: light-dark(#999, #9cc2f7); }", []string{"--brand-ink (#999999) on --page", "--brand-ink (#999999) on --surface (#ffffff) has a contrast ratio of 2.85 on light pages, and needs 4.5"}},
		"one color for both":         {":root{--brand-ink:#1a478f}", []string{"on dark pages"}},
		"text on the button":         {"html { --brand: #1d4e9e; --on-brand: #345; }", []string{"--on-brand (#334455) on --brand (#1d4e9e)"}},
		"the last one counts":        {":root { --focus: #fff; } :root { --focus: light-dark(#b4530a, #f5a35c); }", nil},
		"a comment":                  {":root { /* --focus: #ffffff; */ --radius: 0 }", nil},
		"a rule for other pages":     {"@media print { :root { --focus: #ffffff; } }", nil},
		"a value of another form":    {":root { --focus: white; }", nil},
		"four digits are not a form": {":root { --focus: #ffff; }", nil},
	} {
		weak := palette.Weaknesses(test.css, light, dark)
		text := fmt.Sprint(weak)
		if (len(weak) > 0) != (len(test.want) > 0) {
			t.Errorf("%s: got %s", name, text)
		}
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got %s, want %q", name, text, want)
			}
		}
	}
}
