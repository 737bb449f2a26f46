package ui

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// similar returns "; did you mean web/login.html?" if the name of a file is similar
// to that of a file that a host can replace.
func (u *UI) similar(file string) string {
	base := func(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }
	best, fewest := "", 3 // changes
	for _, name := range slices.Sorted(maps.Keys(u.known)) {
		if n := changes(base(file), base(name)); n < fewest {
			best, fewest = name, n
		}
	}
	if best == "" {
		return u.pagesIn(path.Dir(file))
	}
	return " (did you mean " + best + "?)"
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

// changes returns how many letters have to be added, removed or replaced to make b
// out of a (the Levenshtein distance).
func changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
