package palette

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// A Weakness is a pair of colors of a style sheet whose contrast is too low.
type Weakness struct {
	// Front and Back are the variables of the style sheet, and Pages is "light" or "dark".
	Front, Back, Pages string
	// FrontColor and BackColor are their values.
	FrontColor, BackColor Color
	// Ratio is the contrast ratio, and Needed is what WCAG requires.
	Ratio, Needed float64
}

// String returns a sentence without the full stop.
func (w Weakness) String() string {
	return fmt.Sprintf("%s (%s) on %s (%s) has a contrast ratio of %.2f on %s pages, and needs %.3g", w.Front, w.FrontColor, w.Back, w.BackColor, w.Ratio, w.Pages, w.Needed)
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssColor   = regexp.MustCompile(`(?i)--(brand|brand-hover|on-brand|brand-soft|brand-ink|focus)\s*:\s*(?:light-dark\(\s*(#[0-9a-f]{3,6})\s*,\s*(#[0-9a-f]{3,6})\s*\)|(#[0-9a-f]{3,6}))\s*(?:;|$)`)
)

// Weaknesses returns the pairs of colors that are hard to see if a style sheet sets variables of
// the brand. light and dark are the colors without the style sheet. Only values of the form
// "#rgb", "#rrggbb" and light-dark() of two of these are read, in rules for all pages (":root" or
// "html"), and only pairs with at least one of them are checked.
func Weaknesses(css string, light, dark Palette) (all []Weakness) {
	declared := make(map[string][2]Color)
	for _, rule := range strings.Split(cssComment.ReplaceAllString(css, ""), "}") {
		selector, body, _ := strings.Cut(rule, "{")
		if selector = strings.TrimSpace(selector); selector != ":root" && selector != "html" || strings.Contains(body, "{") {
			continue
		}
		for _, found := range cssColor.FindAllStringSubmatch(strings.TrimSpace(body), -1) {
			onLight, lightErr := parseShort(cmp.Or(found[2], found[4]))
			onDark, darkErr := parseShort(cmp.Or(found[3], found[4]))
			if lightErr == nil && darkErr == nil {
				declared[strings.ToLower(found[1])] = [2]Color{onLight, onDark}
			}
		}
	}
	for i, backs := range []Backgrounds{Light(), Dark()} {
		all = append(all, backs.weaknesses([]Palette{light, dark}[i], declared, i)...)
	}
	return all
}

// parseShort is Parse that also accepts "#rgb".
func parseShort(s string) (Color, error) {
	if len(s) == len("#rgb") {
		s = string([]byte{'#', s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	return Parse(s)
}

// weaknesses compares the declared variables with the other colors of light or dark pages.
func (b Backgrounds) weaknesses(p Palette, declared map[string][2]Color, index int) (weak []Weakness) {
	colors := map[string]Color{
		"brand": p.Brand, "brand-hover": p.Hover, "on-brand": p.OnBrand, "brand-soft": p.Soft, "brand-ink": p.Ink, "focus": b.Focus,
		"page": b.Page, "surface": b.Surface, "raised": b.Raised, "sunken": b.Sunken, "hover": b.Hover, "ink": b.Ink, "muted": b.Muted,
	}
	for name, values := range declared {
		colors[name] = values[index]
	}
	for _, pair := range []struct {
		needed      float64
		front, back string
	}{
		{controlRatio, "brand", "surface page"},
		{textRatio, "on-brand", "brand brand-hover"},
		{textRatio, "brand-ink", "page surface raised sunken hover brand-soft"},
		{textRatio, "ink", "brand-soft"},
		{textRatio, "muted", "brand-soft"},
		{controlRatio, "focus", "page surface raised brand-soft"},
	} {
		for _, back := range strings.Fields(pair.back) {
			_, ownFront := declared[pair.front]
			_, ownBack := declared[back]
			if ratio := Contrast(colors[pair.front], colors[back]); ratio < pair.needed && (ownFront || ownBack) {
				weak = append(weak, Weakness{"--" + pair.front, "--" + back, b.Name, colors[pair.front], colors[back], ratio, pair.needed})
			}
		}
	}
	return weak
}
