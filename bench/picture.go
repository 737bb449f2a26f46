package main

import (
	"cmp"
	"fmt"
	"html"
	"os"
	"slices"
	"strconv"
	"strings"
)

// writePicture draws the rates at the largest number of connections as bars, in
// one group per operation, for light and dark backgrounds.
func writePicture(name, heading string, rows []*row) error {
	const (
		left, width, right = 270, 420, 130
		bar, gap, head     = 16, 22, 74
	)
	most := slices.MaxFunc(rows, func(a, b *row) int { return cmp.Compare(a.connections, b.connections) }).connections
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *row) bool { return r.connections != most })
	fastest := slices.MaxFunc(rows, func(a, b *row) int { return cmp.Compare(a.rate(), b.rate()) }).rate()
	var (
		b strings.Builder
		y = head
	)
	for i, r := range rows {
		if i == 0 || rows[i-1].operation != r.operation {
			y += gap
			fmt.Fprintf(&b, `<text x="0" y="%d" class="name">%s</text>`+"\n", y+bar-4, html.EscapeString(r.operation))
		}
		class := "ours"
		if r.floor {
			class = "floor"
		}
		length := int(r.rate() / fastest * width)
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="on">%s</text><rect x="%d" y="%d" width="%d" height="%d" class="%s"/><text x="%d" y="%d">%s/s</text>`+"\n",
			left-8, y+bar-4, html.EscapeString(r.target), left, y, length, bar-3, class, left+length+6, y+bar-4, thousands(int(r.rate())))
		y += bar
	}
	text := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title">
<title id="title">Requests a second at %d connections, Latchkey beside its floors</title>
<style>
svg { background: #fff } text { font: 12px system-ui, sans-serif; fill: #1b1b1f }
.title { font-size: 16px; font-weight: 600 } .name { font-weight: 600 } .on { text-anchor: end }
.ours { fill: #2f5fd0 } .floor { fill: #b9bdc9 }
@media (prefers-color-scheme: dark) { svg { background: #16171b } text { fill: #e6e6ea } .ours { fill: #7fa2ff } .floor { fill: #555a68 } }
</style>
<text x="0" y="22" class="title">Requests a second at %d connections</text>
<text x="0" y="44">Blue: Latchkey. Grey: the floors, which do less; see the table for what each is.</text>
<text x="0" y="62">%s</text>
%s</svg>
`, left+width+right, y+gap, most, most, html.EscapeString(strings.TrimSpace(heading)), b.String())
	return os.WriteFile(name, []byte(text), 0o644) //nolint:gosec // a public picture
}

// thousands formats a number like 12,345.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
