package latchkeytest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/web"
)

// CheckTemplates checks the pages of a host (Options.Templates). It reports what New
// reports, and renders each page twice with sample data: with a value in each field,
// and without. It also reports errors that occur only then, forms without a field or
// button that the server needs, scripts, styles and images that browsers block
// because of the Content-Security-Policy of the pages, and colors and variables of
// assets/theme.css that are hard to see or have no effect.
func CheckTemplates(t testing.TB, templates fs.FS) {
	t.Helper()
	for _, fault := range templateFaults(templates) {
		t.Error(fault)
	}
}

// templateFaults returns what CheckTemplates reports.
func templateFaults(templates fs.FS) (faults []string) {
	host, theme, err := parts(templates)
	if err != nil {
		return strings.Split(err.Error(), "\n")
	}
	builtIn, _, err := parts(nil)
	if err != nil {
		return []string{err.Error()}
	}
	report := func(format string, args ...any) {
		if fault := fmt.Sprintf(format, args...); !slices.Contains(faults, fault) {
			faults = append(faults, fault)
		}
	}
	for _, fault := range theme {
		report("assets/theme.css: %s", fault)
	}
	changed := changedFiles(templates)
	blocked := make(map[string]bool) // by the text of the fault: a layout has it on every page
	for i, pages := range host {
		for _, full := range []bool{true, false} {
			originals := builtIn[i].Samples(full, changed)
			for j, page := range pages.Samples(full, changed) {
				if page.Err != nil {
					if originals[j].Err == nil {
						report("%v", page.Err)
					}
					continue
				}
				for _, fault := range ui.BlockedByPolicy(page.HTML) {
					if !blocked[fault] {
						blocked[fault] = true
						report("page %s: %s", page.File, fault)
					}
				}
				for _, name := range missingFields(page.HTML, originals[j].HTML) {
					report("page %s: no form has the field or button %q, which the server needs", page.File, name)
				}
			}
		}
	}
	return faults
}

// changedFiles returns a function that reports whether a page can differ from the
// built-in one: the host has its file, or a file that all pages use.
func changedFiles(templates fs.FS) func(file string) bool {
	shared := []string{"connection.html", "layout.html", "question.html", "redirect.html", "retry.html", "summary.html"}
	for _, pattern := range []string{"web/_*.html", "admin/_*.html"} {
		found, _ := fs.Glob(templates, pattern) // the pattern is valid
		shared = append(shared, found...)
	}
	exists := func(file string) bool {
		_, err := fs.Stat(templates, file)
		return err == nil
	}
	everyPage := slices.ContainsFunc(shared, exists)
	return func(file string) bool { return everyPage || exists(file) }
}

// parts parses the pages of all parts. It also returns what is wrong with the style sheet
// theme.css.
func parts(templates fs.FS) (pages []*ui.Pages, theme []string, _ error) {
	const issuer = "https://id.example.com/o"
	shared, err := ui.New(ui.Options{Templates: templates, AssetPrefix: "/o/static/"})
	if shared == nil {
		return nil, nil, err
	}
	public, publicErr := web.ParsePages(shared, issuer)
	office, officeErr := admin.ParsePages(shared, "/admin/")
	return []*ui.Pages{public, office}, append(shared.ThemeWarnings(), shared.UnusedVariables()...), errors.Join(err, publicErr, officeErr, shared.CheckFiles("web", "admin"))
}

// missingFields returns the names of fields that a form of the built-in page has and
// that no form of the page has: hidden and required ones, and buttons. A button with the name of
// another one is NAME=VALUE, such as decision=cancel.
func missingFields(page, builtIn string) (missing []string) {
	var names []string
	for _, f := range readForms(page) {
		names = append(names, f.names...)
	}
	for _, f := range readForms(builtIn) {
		for _, name := range f.needed {
			plain, _, _ := strings.Cut(name, "=") // it is reported without its values
			if !slices.Contains(names, name) && !slices.Contains(missing, name) && !slices.Contains(missing, plain) {
				missing = append(missing, name)
			}
		}
	}
	return missing
}
