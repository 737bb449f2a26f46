package palette

import (
	"errors"
	"fmt"
)

// The contrast ratios that WCAG requires of text, and of the borders of controls.
const (
	textRatio    = 4.5
	controlRatio = 3
)

// Backgrounds are the colors of light or of dark pages on which the others are shown.
type Backgrounds struct {
	// Name is "light" or "dark".
	Name string
	// Page, Surface, Raised, Sunken and Hover are the variables of the style sheet with
	// these names. Ink and Muted are the colors of text, and Focus is the ring.
	Page, Surface, Raised, Sunken, Hover, Ink, Muted, Focus Color
}

// Light returns the colors of light pages. A test compares them with the style sheet.
func Light() Backgrounds {
	return Backgrounds{"light", rgb(0xf5f7f6), rgb(0xffffff), rgb(0xffffff), rgb(0xeef2f0), rgb(0xf0f4f2), rgb(0x14201d), rgb(0x51605b), rgb(0xb4530a)}
}

// Dark returns the colors of dark pages.
func Dark() Backgrounds {
	return Backgrounds{"dark", rgb(0x0f1513), rgb(0x171e1c), rgb(0x1e2724), rgb(0x0b100f), rgb(0x1f2826), rgb(0xe8efec), rgb(0xa4b2ad), rgb(0xf5a35c)}
}

// A Palette is the colors that depend on the brand, for light or for dark pages. The names
// are those of the style sheet.
type Palette struct {
	Brand   Color // fills the primary button
	Hover   Color // the same under the pointer
	OnBrand Color // text on Brand and on Hover
	Soft    Color // the background of the current item
	Ink     Color // links, and text on Soft
}

// Default returns the built-in colors of light and dark pages.
func Default() (light, dark Palette) {
	return Palette{rgb(0x0f5f57), rgb(0x0a4a44), rgb(0xffffff), rgb(0xe2f1ee), rgb(0x0b5a52)},
		Palette{rgb(0x5fc4b5), rgb(0x84d6ca), rgb(0x04201c), rgb(0x14332f), rgb(0x7fd1c4)}
}

// Both returns the colors of light and dark pages for a brand whose colors are written as
// "#rrggbb". If dark is empty, it is a lighter shade of light. The error names the pair of
// colors whose contrast is too low.
func Both(light, dark string) (l, d Palette, err error) {
	brand, err := Parse(light)
	if err != nil {
		return l, d, err
	}
	l, err = Light().palette(brand)
	if dark == "" {
		d, _ = Dark().palette(Dark().visible(brand))
		return l, d, err
	}
	onDark, darkErr := Parse(dark)
	if darkErr == nil {
		d, darkErr = Dark().palette(onDark)
	}
	return l, d, errors.Join(err, darkErr)
}

// palette returns the colors for a brand. Only the contrast of the given color can be too
// low: the others are chosen so that theirs is high enough.
func (b Backgrounds) palette(brand Color) (Palette, error) {
	p := Palette{Brand: brand, OnBrand: onColor(brand), Soft: b.soft(brand)}
	p.Hover = brand.Mix(white, 0.2)
	if p.OnBrand == white {
		p.Hover = brand.Mix(black, 0.2)
	}
	p.Ink = b.toward(brand, textRatio, b.Page, b.Surface, b.Raised, b.Sunken, b.Hover, p.Soft)
	for _, back := range []Color{b.Surface, b.Page} {
		if ratio := Contrast(brand, back); ratio < controlRatio {
			return p, fmt.Errorf("%s on the background %s of %s pages has a contrast ratio of %.2f, and buttons need %d: use a %s color", brand, back, b.Name, ratio, controlRatio, b.opposite())
		}
	}
	return p, nil
}

// opposite describes colors that are easy to see on the backgrounds.
func (b Backgrounds) opposite() string {
	if b.Name == "dark" {
		return "lighter"
	}
	return "darker"
}

// onColor returns the color of text on a color. White or black always has a ratio of at
// least 4.58.
func onColor(c Color) Color {
	tinted := black.Mix(c, 0.1)
	switch {
	case Contrast(white, c) >= textRatio:
		return white
	case Contrast(tinted, c) >= textRatio:
		return tinted
	}
	return black
}

// soft returns the background with a little of the brand, so that all text on it is
// readable.
func (b Backgrounds) soft(brand Color) Color {
	for share := 0.14; share > 0; share -= 0.02 {
		soft := b.Surface.Mix(brand, share)
		if Contrast(b.Ink, soft) >= textRatio && Contrast(b.Muted, soft) >= textRatio && Contrast(b.Focus, soft) >= controlRatio {
			return soft
		}
	}
	return b.Surface
}

// visible returns a shade of the color that is as easy to see as the built-in brand.
func (b Backgrounds) visible(c Color) Color { return b.toward(c, 6, b.Surface, b.Page) }

// toward moves a color toward that of the text until its ratio to all backs is high enough.
func (b Backgrounds) toward(c Color, ratio float64, backs ...Color) Color {
	target := white
	if b.Name == "light" {
		target = black
	}
	for share := 0.0; share < 1; share += 0.04 {
		moved, enough := c.Mix(target, share), true
		for _, back := range backs {
			enough = enough && Contrast(moved, back) >= ratio
		}
		if enough {
			return moved
		}
	}
	return target
}

// LightRatio returns the contrast ratio of a color, written as "#rrggbb", to the background
// of light pages that is closest to it.
func LightRatio(color string) string {
	c, err := Parse(color)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.2f", min(Contrast(c, Light().Surface), Contrast(c, Light().Page)))
}
