package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sizes in pixels.
const (
	width      = 860
	margin     = 16 // around the house
	rail       = 30 // for the arrows that pass a floor, on both sides
	between    = 30 // between two floors
	padding    = 14 // in a floor and in a room
	space      = 12 // between two rooms
	heading    = 34 // the title of a floor
	lineHeight = 17
	roof       = 74
	perRow     = 3 // rooms
	letter     = 7.0
	monoLetter = 6.9
)

// The colors are those of the product's pages.
const style = `
svg { --page: #f5f7f6; --surface: #fff; --raised: #fff; --ink: #14201d; --muted: #51605b; --line: #dfe6e3; --edge: #7a8883; --brand: #0f5f57; --on-brand: #fff; --brand-soft: #e2f1ee; --brand-ink: #0b5a52 }
@media (prefers-color-scheme: dark) {
svg { --page: #0f1513; --surface: #171e1c; --raised: #1e2724; --ink: #e8efec; --muted: #a4b2ad; --line: #2a3431; --edge: #71807a; --brand: #5fc4b5; --on-brand: #04201c; --brand-soft: #14332f; --brand-ink: #7fd1c4 }
}
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink) }
.page { fill: var(--page) } .floor { fill: var(--surface); stroke: var(--line) } .room { fill: var(--raised); stroke: var(--edge); stroke-opacity: .55 }
.roof { fill: var(--brand-soft); stroke: var(--line) } .mark { fill: var(--brand) } .key { fill: none; stroke: var(--on-brand); stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round }
.title { font-size: 14px; font-weight: 650 } .sub { fill: var(--muted) } .name { font: 600 13px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--brand-ink) }
.imports { font: 11.5px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--muted) }
.arrow { fill: none; stroke: var(--edge); stroke-width: 1.6 } .head { fill: var(--edge) }
`

// A canvas collects the elements of the picture.
type canvas struct{ strings.Builder }

func (c *canvas) add(format string, values ...any) {
	_, _ = fmt.Fprintf(c, format+"\n", values...)
}

func (c *canvas) text(x, y int, class, text string) {
	c.add(`<text x="%d" y="%d" class="%s">%s</text>`, x, y, class, html.EscapeString(text))
}

// draw returns the picture as SVG.
func draw(floors []floor) string {
	var c canvas
	left, right := margin+rail, width-margin-rail
	tops := make([]int, len(floors))
	bottoms := make([]int, len(floors))
	y := margin + roof
	for i, f := range floors {
		tops[i] = y
		bottoms[i] = c.floor(f, left, y, right-left)
		y = bottoms[i] + between
	}
	arrows(&c, floors, tops, bottoms, left, right)
	height := y - between + margin
	var b canvas
	b.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="house-title">`, width, height)
	b.add(`<title id="house-title">The packages of Latchkey, layer by layer, with their imports</title>`)
	b.add(`<style>%s</style>`, style)
	b.add(`<rect class="page" width="%d" height="%d" rx="12"/>`, width, height)
	middle := (left + right) / 2
	b.add(`<path class="roof" d="M%d %d L%d %d L%d %d Z"/>`, left, margin+roof-8, middle, margin-8, right, margin+roof-8)
	b.add(`<g transform="translate(%d %d)"><rect class="mark" width="32" height="32" rx="8"/><g class="key"><circle cx="11.5" cy="16" r="4.6"/><path d="M16.1 16H26v4M21.6 16v3"/></g></g>`, middle-16, margin+18)
	b.WriteString(c.String())
	b.add(`</svg>`)
	return b.String()
}

// floor draws a floor with its rooms at y and returns its lower edge.
func (c *canvas) floor(f floor, x, y, w int) int {
	var inside canvas
	row := y + heading
	for rest := f.rooms; len(rest) > 0; {
		n := min(len(rest), columns(len(f.rooms)))
		roomWidth := (w - 2*padding - (n-1)*space) / n
		tallest := 0
		for _, r := range rest[:n] {
			tallest = max(tallest, roomHeight(r, roomWidth))
		}
		for i, r := range rest[:n] {
			start := i * (w - 2*padding + space) / n
			inside.room(r, x+padding+start, row, roomWidth, tallest)
		}
		rest = rest[n:]
		row += tallest + space
	}
	bottom := row - space + padding
	c.add(`<rect class="floor" x="%d" y="%d" width="%d" height="%d" rx="10"/>`, x, y, w, bottom-y)
	c.add(`<text x="%d" y="%d"><tspan class="title">%s</tspan><tspan class="sub" dx="10">%s</tspan></text>`, x+padding, y+22, html.EscapeString(f.title), html.EscapeString(f.subtitle))
	c.WriteString(inside.String())
	return bottom
}

// columns returns how many of n rooms are in a row, so that rows are alike.
func columns(n int) int {
	rows := (n + perRow - 1) / perRow
	return (n + rows - 1) / rows
}

func (c *canvas) room(r room, x, y, w, h int) {
	c.add(`<rect class="room" x="%d" y="%d" width="%d" height="%d" rx="8"/>`, x, y, w, h)
	at := y + 21
	c.text(x+padding-2, at, "name", r.name())
	for _, line := range wrap(r.sentence, w, letter) {
		at += lineHeight
		c.text(x+padding-2, at, "", line)
	}
	at = y + h - 9 - lineHeight*(len(importLines(r, w))-1)
	for _, line := range importLines(r, w) {
		c.text(x+padding-2, at, "imports", line)
		at += lineHeight
	}
}

func roomHeight(r room, w int) int {
	lines := len(wrap(r.sentence, w, letter)) + len(importLines(r, w))
	return 21 + lines*lineHeight + 15
}

// importLines returns the packages that a package uses as lines of text.
func importLines(r room, w int) []string {
	if len(r.uses) == 0 {
		return []string{"uses only libraries"}
	}
	var names []string
	for _, path := range r.uses {
		names = append(names, room{path: path}.name())
	}
	return wrap("uses "+strings.Join(names, ", "), w, monoLetter)
}

// wrap breaks a text into lines that fit a room of that width.
func wrap(text string, w int, letter float64) []string {
	limit := int(float64(w-2*padding) / letter)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > limit {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// arrows draws the imports between floors: to the next floor straight down, to
// a floor further down on a rail at the side, the right one if it is free.
func arrows(c *canvas, floors []floor, tops, bottoms []int, left, right int) {
	var rails []span
	for i, f := range floors {
		for _, to := range f.imports {
			if to == i+1 {
				x := (left + right) / 2
				c.add(`<path class="arrow" d="M%d %d V%d"/>`, x, bottoms[i], tops[to]-7)
				c.add(`<path class="head" d="M%d %d l-5 -8 h10 Z"/>`, x, tops[to]-1)
				continue
			}
			s := span{from: tops[i] + 18, to: tops[to] + 18}
			s.lane(rails)
			rails = append(rails, s)
			x, out, sweep := right, 1, 1
			if s.onLeft {
				x, out, sweep = left, -1, 0
			}
			far := x + out*(16+9*s.distance)
			c.add(`<path class="arrow" d="M%d %d H%d a6 6 0 0 %d %d 6 V%d a6 6 0 0 %d %d 6 H%d"/>`,
				x, s.from, far-out*6, sweep, out*6, s.to-6, sweep, -out*6, x+out*8)
			c.add(`<path class="head" d="M%d %d l%d -5 v10 Z"/>`, x+out, s.to, out*8)
		}
	}
}

// A span is a rail: an arrow beside the house.
type span struct {
	from, to int // the heights
	onLeft   bool
	distance int // from the house, in lanes
}

// lane puts the span where it overlaps no other.
func (s *span) lane(others []span) {
	for s.distance = 0; ; s.distance++ {
		for _, s.onLeft = range []bool{false, true} {
			if !slices.ContainsFunc(others, func(o span) bool {
				return o.onLeft == s.onLeft && o.distance == s.distance && o.from < s.to && s.from < o.to
			}) {
				return
			}
		}
	}
}
