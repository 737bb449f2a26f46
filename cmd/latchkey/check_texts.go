package main

import (
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
		add("LK039", livecheck.Error, "The server cannot start with these texts: %s.", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, language := range slices.Sorted(maps.Keys(missing)) {
		keys := missing[language]
		add("LK038", livecheck.Warning, "texts/%s.json does not translate %s, which the pages show in English: %s.", language, count(int64(len(keys)), "text"), strings.Join(keys, ", "))
	}
}
