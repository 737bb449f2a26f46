package palette_test

import (
	"bytes"
	"image/png"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
)

// TestColorsAreThoseOfTheStyleSheet: the style sheet is the place where the colors of pages
// are declared.
func TestColorsAreThoseOfTheStyleSheet(t *testing.T) {
	sheet, err := os.ReadFile("../ui/assets/latchkey.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := palette.Light(), palette.Dark()
	brand, brandDark := palette.Default()
	for name, pair := range map[string][2]palette.Color{
		"page": {light.Page, dark.Page}, "surface": {light.Surface, dark.Surface}, "raised": {light.Raised, dark.Raised},
		"sunken": {light.Sunken, dark.Sunken}, "hover": {light.Hover, dark.Hover}, "ink": {light.Ink, dark.Ink},
		"muted": {light.Muted, dark.Muted}, "focus": {light.Focus, dark.Focus},
		"brand": {brand.Brand, brandDark.Brand}, "brand-hover": {brand.Hover, brandDark.Hover}, "on-brand": {brand.OnBrand, brandDark.OnBrand},
		"brand-soft": {brand.Soft, brandDark.Soft}, "brand-ink": {brand.Ink, brandDark.Ink},
	} {
		want := "--" + name + ": light-dark(" + pair[0].String() + ", " + pair[1].String() + ");"
		if !bytes.Contains(sheet, []byte(want)) {
			t.Errorf("the style sheet does not contain %q", want)
		}
	}
}

// TestEveryAcceptedColorIsReadable derives the colors of many brands (WCAG 2.2 §1.4.3,
// §1.4.11).
func TestEveryAcceptedColorIsReadable(t *testing.T) {
	accepted, rejected := 0, 0
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				brand := palette.Color{R: uint8(r), G: uint8(g), B: uint8(b)}
				light, dark, err := palette.Both(brand.String(), "")
				if err != nil {
					rejected++
					if palette.Contrast(brand, palette.Light().Page) >= 3 {
						t.Errorf("%s: %v", brand, err)
					}
				} else {
					accepted++
					readable(t, brand, palette.Light(), light)
				}
				readable(t, brand, palette.Dark(), dark)
			}
		}
	}
	if accepted < 1000 || rejected < 1000 {
		t.Errorf("%d colors are accepted, and %d are rejected", accepted, rejected)
	}
}

func readable(t *testing.T, brand palette.Color, b palette.Backgrounds, p palette.Palette) {
	t.Helper()
	need := func(name string, front, back palette.Color, ratio float64) {
		if got := palette.Contrast(front, back); got < ratio {
			t.Errorf("%s, %s: %s has a ratio of %.2f", brand, b.Name, name, got)
		}
	}
	need("text on the button", p.OnBrand, p.Brand, 4.5)
	need("text on the button under the pointer", p.OnBrand, p.Hover, 4.5)
	need("the button", p.Brand, b.Surface, 3)
	for _, back := range []palette.Color{b.Page, b.Surface, b.Raised, b.Sunken, b.Hover, p.Soft} {
		need("a link", p.Ink, back, 4.5)
	}
	need("text on the soft color", b.Ink, p.Soft, 4.5)
	need("secondary text on the soft color", b.Muted, p.Soft, 4.5)
	need("the focus on the soft color", b.Focus, p.Soft, 3)
}

func TestErrorsNameThePairAndTheRatio(t *testing.T) {
	for _, test := range []struct{ light, dark, want string }{
		{"#ffe600", "", `#ffe600 on the background #ffffff of light pages has a contrast ratio of 1\.2\d, and buttons need 3: use a darker color`},
		{"#0f5f57", "#101010", `#101010 on the background #171e1c of dark pages has a contrast ratio of 1\.\d\d, and buttons need 3: use a lighter color`},
		{"teal", "", `"teal" is not a color: use # and six hexadecimal digits`},
		{"", "", `"" is not a color`},
		{"#0f5f5", "", `is not a color`},
		{"#+f5f57", "", `is not a color`},
		{"#0f5f57", "#0f5f5g", `is not a color`},
		{"#0f5f57", "", "^$"},
		{"#0f5f57", "#5fc4b5", "^$"},
	} {
		_, _, err := palette.Both(test.light, test.dark)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if !regexp.MustCompile(test.want).MatchString(text) {
			t.Errorf("%s, %s: got %q, want %s", test.light, test.dark, text, test.want)
		}
	}
}

func TestMarkIsAKeyOnARoundedSquare(t *testing.T) {
	light, _ := palette.Default()
	mark, err := png.Decode(strings.NewReader(string(palette.Mark(light.Brand, light.OnBrand, 96))))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		x, y int
		want [4]uint32
	}{
		{0, 0, [4]uint32{0, 0, 0, 0}}, // outside the corner
		{48, 5, [4]uint32{0x0f, 0x5f, 0x57, 0xff}},
		{66, 48, [4]uint32{0xff, 0xff, 0xff, 0xff}}, // the shaft
		{34, 48, [4]uint32{0x0f, 0x5f, 0x57, 0xff}}, // the middle of the ring
	} {
		r, g, b, a := mark.At(test.x, test.y).RGBA()
		if got := [4]uint32{r >> 8, g >> 8, b >> 8, a >> 8}; got != test.want {
			t.Errorf("at %d, %d: got %v, want %v", test.x, test.y, got, test.want)
		}
	}
}
