package e2e

import "sync"

// colorsOfTexts is a script that returns what the contrast of the texts of a page depends on:
// each combination of a color, a size, a weight, and the backgrounds up to an opaque one.
const colorsOfTexts = `[...new Set([...document.querySelectorAll("body, body *")].filter((e) =>
	(e.matches("input, select, textarea") || [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim())) && e.checkVisibility()
).map((e) => {
	const style = getComputedStyle(e), all = [style.color, style.fontSize, style.fontWeight, style.textShadow, getComputedStyle(e, "::placeholder").color]
	for (let box = e; box; box = box.parentElement) {
		const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(box)
		if (opacity !== "1" || filter !== "none") all.push(opacity, filter)
		if (backgroundImage !== "none") all.push(backgroundImage)
		if (backgroundColor === "rgba(0, 0, 0, 0)") continue
		all.push(backgroundColor)
		if (backgroundColor.startsWith("rgb(")) break
	}
	return all.join(" ")
}))]`

// checkedColors are the results of colorsOfTexts that axe-core has checked, by color scheme.
type checkedColors struct {
	mu  sync.Mutex
	all map[string]map[string]bool
}

var checked = checkedColors{all: map[string]map[string]bool{"light": {}, "dark": {}}}

// has reports whether all of the colors were checked.
func (c *checkedColors) has(scheme string, colors []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range colors {
		if !c.all[scheme][one] {
			return false
		}
	}
	return true
}

func (c *checkedColors) add(scheme string, colors []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range colors {
		c.all[scheme][one] = true
	}
}
