package e2e

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// withoutPage are the templates that no page of the list shows, and why.
var withoutPage = map[string]string{
	"web/logging_out": "leads onward as soon as the applications were notified",
}

// beginsContent is the beginning of a page in its template.
const beginsContent = `{{define "content"}}`

// pageTemplates returns the templates of all pages, by their names.
func pageTemplates(t *testing.T) map[string]string {
	t.Helper()
	templates := make(map[string]string)
	for _, part := range []string{"web", "admin", "consumer"} {
		files, err := filepath.Glob(filepath.Join("..", "internal", part, "pages", "[^_]*.html"))
		if err != nil || len(files) < 20 {
			t.Fatal(part, files, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(content), beginsContent) {
				t.Fatalf("%s does not contain %s", file, beginsContent)
			}
			templates[part+"/"+strings.TrimSuffix(filepath.Base(file), ".html")] = string(content)
		}
	}
	return templates
}

// marked returns templates of a host: the files of others, and the built-in pages of some parts
// with an element that is not displayed and names the template.
func marked(t *testing.T, others fs.FS, parts ...string) fs.FS {
	t.Helper()
	all, ok := others.(fstest.MapFS)
	if !ok {
		t.Fatalf("the templates are %T", others)
	}
	files := maps.Clone(all)
	for name, content := range pageTemplates(t) {
		if part, _, _ := strings.Cut(name, "/"); !slices.Contains(parts, part) {
			continue
		}
		mark := beginsContent + `<template data-template="` + name + `"></template>`
		files[name+".html"] = &fstest.MapFile{Data: []byte(strings.Replace(content, beginsContent, mark, 1))}
	}
	return files
}

// note stores the name of the template of the page that is open.
func (v *guest) note() {
	v.t.Helper()
	v.w.rendered.Store(evaluate[string](v.browser, `document.querySelector("template[data-template]")?.dataset.template ?? ""`), true)
}

// showsEveryTemplate checks that the visits have shown each template, so that the list of pages
// is complete.
func (w *world) showsEveryTemplate(t *testing.T) {
	t.Helper()
	if os.Getenv("LATCHKEY_PAGES") != "" || t.Failed() {
		return
	}
	templates := pageTemplates(t)
	var names []string
	for name := range templates {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		_, shown := w.rendered.Load(name)
		if shown == (withoutPage[name] != "") {
			t.Errorf("the template %s is shown by a page of the list: %t. Add a page in e2e/pages_*_test.go, or the reason to withoutPage", name, shown)
		}
	}
}
