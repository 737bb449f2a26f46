package ui

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// similar returns "; did you mean web/login.html?" if the name of a file is similar
// to that of a file that a host can replace.
func (u *UI) similar(file string) string {
	base := func(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }
	files := make(map[string]string)
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(u.known))) {
		files[base(name)] = name
	}
	best := settings.Similar(base(file), slices.Collect(maps.Keys(files)))
	if best == "" {
		return u.pagesIn(path.Dir(file))
	}
	return " (did you mean " + files[best] + "?)"
}

// pagesIn lists the pages of a folder, for an error, or returns "" if it has none.
func (u *UI) pagesIn(folder string) string {
	var pages []string
	for _, name := range slices.Sorted(maps.Keys(u.known)) {
		if folder != "." && path.Dir(name) == folder && path.Ext(name) == ".html" {
			pages = append(pages, path.Base(name))
		}
	}
	if pages == nil {
		return ""
	}
	return " (" + folder + " has " + strings.Join(pages, ", ") + ")"
}
