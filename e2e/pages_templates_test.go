package e2e

import (
	"cmp"
	"encoding/json"
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

// marked returns templates of a host: the files of others, and the built-in pages of the server
// with an element that is not displayed and names the template.
func marked(t *testing.T, others fs.FS) fs.FS {
	t.Helper()
	all, ok := others.(fstest.MapFS)
	if !ok {
		t.Fatalf("the templates are %T", others)
	}
	files := maps.Clone(all)
	for name, content := range pageTemplates(t) {
		if strings.HasPrefix(name, "consumer/") {
			continue
		}
		mark := beginsContent + `<template data-template="` + name + `"></template>`
		files[name+".html"] = &fstest.MapFile{Data: []byte(strings.Replace(content, beginsContent, mark, 1))}
	}
	return files
}

// note stores the name of the template of the page that is open. A host cannot change the templates
// of the consumer, so their pages are known by their titles.
func (v *guest) note(p page) {
	v.t.Helper()
	name := evaluate[string](v.browser, `document.querySelector("template[data-template]")?.dataset.template ?? ""`)
	if strings.HasPrefix(p.name, "consumer-") {
		title, _, _ := strings.Cut(evaluate[string](v.browser, `document.title`), " · ")
		name = "consumer " + title
	}
	v.w.rendered.Store(name, true)
}

// titleKeys are the keys of the titles of those pages of the consumer that have several.
var titleKeys = map[string]string{
	"consumer/error":   "consumer.answer.no_code_heading",
	"consumer/message": "problem.not_found_heading",
}

// noted returns how note names the pages of a template.
func noted(t *testing.T, name string, texts map[string]string) string {
	t.Helper()
	part, page, _ := strings.Cut(name, "/")
	if part != "consumer" {
		return name
	}
	title := texts[cmp.Or(titleKeys[name], "consumer."+page+".title")]
	if title == "" {
		t.Fatalf("%s has no title", name)
	}
	return part + " " + title
}

// englishTexts returns the English texts that the consumer uses.
func englishTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	for _, folder := range []string{".", "consumer"} {
		file, err := os.ReadFile(filepath.Join("..", "internal", "ui", "texts", folder, "en.json"))
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(file, &all); err != nil {
			t.Fatal(err)
		}
		for key, text := range all {
			if plain, ok := text.(string); ok {
				texts[key] = plain
			}
		}
	}
	return texts
}

// showsEveryTemplate checks that the visits have shown each template, so that the list of pages
// is complete.
func (w *world) showsEveryTemplate(t *testing.T) {
	t.Helper()
	if os.Getenv("LATCHKEY_PAGES") != "" || t.Failed() {
		return
	}
	texts := englishTexts(t)
	for _, name := range slices.Sorted(maps.Keys(pageTemplates(t))) {
		_, shown := w.rendered.Load(noted(t, name, texts))
		if shown == (withoutPage[name] != "") {
			t.Errorf("the template %s is shown by a page of the list: %t. Add a page in e2e/pages_*_test.go, or the reason to withoutPage", name, shown)
		}
	}
}
