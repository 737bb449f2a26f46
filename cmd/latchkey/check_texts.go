package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/web"
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

// checkPages finds elements of the pages in the folder of the templates that browsers block.
func (c *command) checkPages(add addFinding) {
	if c.config.TemplatesFolder == "" {
		return
	}
	shared, err := ui.New(ui.Options{Templates: os.DirFS(c.config.TemplatesFolder), AssetPrefix: "/o/static/"})
	if err != nil {
		return // checkFaults reports it, as the next two errors
	}
	public, publicErr := web.ParsePages(shared, "https://id.example.com/o")
	office, officeErr := admin.ParsePages(shared, "/admin/")
	if publicErr != nil || officeErr != nil {
		return
	}
	var blocked []string
	for _, pages := range []*ui.Pages{public, office} {
		for _, page := range pages.Samples(true, func(string) bool { return true }) {
			for _, fault := range ui.BlockedByPolicy(page.HTML) {
				if !slices.ContainsFunc(blocked, func(b string) bool { return strings.HasSuffix(b, ": "+fault) }) { // a layout has it on every page
					blocked = append(blocked, page.File+": "+fault)
				}
			}
		}
	}
	if len(blocked) > 0 {
		add("LK067", livecheck.Warning, "Pages in the folder templates contain elements that browsers block: %s.", c.firstFew(blocked))
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
