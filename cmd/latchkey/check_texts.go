package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// checkTexts checks the translations in the folder of the templates.
func (c *command) checkTexts(add addFinding) {
	if c.config.TemplatesFolder == "" {
		return
	}
	missing, err := ui.MissingTexts(os.DirFS(c.config.TemplatesFolder))
	if err != nil {
		return // checkFaults reports it
	}
	for _, language := range slices.Sorted(maps.Keys(missing)) {
		keys := missing[language]
		add("LK038", livecheck.Warning, "texts/%s.json does not translate %s, which the pages show in English: %s.", language, count(int64(len(keys)), "text"), c.firstFew(keys))
	}
}

// checkTheme checks the colors of the style sheet in the folder of the templates.
func (c *command) checkTheme(add addFinding) {
	if c.config.TemplatesFolder == "" {
		return
	}
	pages, err := ui.New(ui.Options{Templates: os.DirFS(c.config.TemplatesFolder), Color: c.config.BrandColor, ColorDark: c.config.BrandColorDark})
	if err != nil {
		return // checkFaults reports it
	}
	if weak := pages.ThemeWarnings(); len(weak) > 0 {
		add("LK058", livecheck.Warning, "assets/theme.css has colors that are hard to see: %s. Change the colors, or remove them from the file.", c.firstFew(weak))
	}
}

// firstFew returns a list for a sentence. People get the first ten elements, and a program
// that reads JSON gets all.
func (c *command) firstFew(list []string) string {
	const few = 10
	if c.json || len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more, which --json lists", strings.Join(list[:few], ", "), len(list)-few)
}
