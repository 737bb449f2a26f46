package palette

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Mark returns the built-in logo, a key on a square, as a PNG image: emails cannot show
// the SVG image of the pages.
func Mark(brand, key Color, size int) []byte {
	canvas := image.NewNRGBA(image.Rect(0, 0, size, size))
	scale := 32 / float64(size) // the logo is drawn on a grid of 32 units
	for y := range size {
		for x := range size {
			px, py := (float64(x)+0.5)*scale, (float64(y)+0.5)*scale
			fill := brand.Mix(key, covered(keyDistance(px, py), scale))
			canvas.SetNRGBA(x, y, color.NRGBA{fill.R, fill.G, fill.B, uint8(255 * covered(squareDistance(px, py), scale))})
		}
	}
	var b bytes.Buffer
	if png.Encode(&b, canvas) != nil {
		return nil // cannot happen: a buffer accepts everything
	}
	return b.Bytes()
}

// covered returns how much of a pixel is inside a shape at this distance.
func covered(distance, pixel float64) float64 { return min(1, max(0, 0.5-distance/pixel)) }

// squareDistance returns the distance to a square with round corners, which is negative
// inside.
func squareDistance(x, y float64) float64 {
	const half, radius = 16, 8
	dx, dy := math.Abs(x-half)-half+radius, math.Abs(y-half)-half+radius
	return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius
}

// keyDistance returns the distance to the key: a ring, and lines with round ends.
func keyDistance(x, y float64) float64 {
	const pen = 1.3
	distance := math.Abs(math.Hypot(x-11.5, y-16) - 4.6)
	for _, line := range [][4]float64{{16.1, 16, 26, 16}, {26, 16, 26, 20}, {21.6, 16, 21.6, 19}} {
		dx, dy := line[2]-line[0], line[3]-line[1]
		along := min(1, max(0, ((x-line[0])*dx+(y-line[1])*dy)/(dx*dx+dy*dy)))
		distance = min(distance, math.Hypot(x-line[0]-along*dx, y-line[1]-along*dy))
	}
	return distance - pen
}
