// Package palette computes the colors of pages and emails from one color, and checks
// their contrast (WCAG 2.2 §1.4.3 and §1.4.11).
package palette

import (
	"fmt"
	"math"
	"strconv"
)

// A Color is an sRGB color.
type Color struct{ R, G, B uint8 }

// The darkest and the lightest color.
var (
	black = Color{}
	white = Color{255, 255, 255}
)

// Parse returns the color that is written as "#rrggbb".
func Parse(s string) (Color, error) {
	value, err := strconv.ParseUint(s[min(1, len(s)):], 16, 32)
	if len(s) != len("#rrggbb") || s[0] != '#' || err != nil {
		return Color{}, fmt.Errorf("%q is not a color: use # and six hexadecimal digits, such as #0f5f57", s)
	}
	return rgb(uint32(value)), nil //nolint:gosec // at most 24 bits
}

// rgb returns the color 0xrrggbb.
func rgb(v uint32) Color {
	return Color{uint8(v >> 16), uint8(v >> 8), uint8(v)} //nolint:gosec // the lowest 8 bits are meant
}

// String returns the color as Parse accepts it.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Mix returns a color between c and other: share is the part of other, from 0 to 1.
func (c Color) Mix(other Color, share float64) Color {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Color{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B)}
}

// luminance is the relative luminance that WCAG defines.
func (c Color) luminance() float64 {
	linear := func(channel uint8) float64 {
		value := float64(channel) / 255
		if value <= 0.04045 {
			return value / 12.92
		}
		return math.Pow((value+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Contrast returns the contrast ratio of two colors, from 1 to 21.
func Contrast(a, b Color) float64 {
	high, low := a.luminance(), b.luminance()
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}
