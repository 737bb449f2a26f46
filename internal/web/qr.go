package web

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// qrCode returns the QR code of a text as an SVG image with a white border, dark on light
// also on a dark page, because many cameras read no other.
func qrCode(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	const border = 4 // modules (ISO/IEC 18004 §6.3.8)
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1H%dz", start+border, y+border, x-start, start+border)
			}
		}
	}
	size := code.Size + 2*border
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" width="240" height="240" shape-rendering="crispEdges" aria-hidden="true"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`, size, size, size, size, path.String())), nil //nolint:gosec // only numbers
}
