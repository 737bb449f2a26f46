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

// firstFew returns a list for a sentence. People get the first ten elements, and a program
// that reads JSON gets all.
func (c *command) firstFew(list []string) string {
	const few = 10
	if c.json || len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more, which --json lists", strings.Join(list[:few], ", "), len(list)-few)
}
