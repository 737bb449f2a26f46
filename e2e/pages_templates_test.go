package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chromedp/chromedp"
)

// withoutState are the templates of pages for people that no page of the list shows, and why.
var withoutState = map[string]string{
	"logging_out": "leads onward as soon as the applications were notified",
}

// pageTemplates returns the templates of the pages for people, by their names.
func pageTemplates(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "internal", "web", "pages", "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	templates := make(map[string]string)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), contentOfPage) {
			templates[strings.TrimSuffix(filepath.Base(file), ".html")] = string(content)
		}
	}
	if len(templates) < 30 {
		t.Fatalf("only %d templates were found", len(templates))
	}
	return templates
}

// contentOfPage begins the content of a page in its template.
const contentOfPage = `{{define "content"}}`

// marked returns templates of a host that name the page in an element without a
// display, in addition to the files of others.
func marked(t *testing.T, others fs.FS) fs.FS {
	t.Helper()
	files := others.(fstest.MapFS) //nolint:errcheck,forcetypeassert // that of bracketed
	for name, template := range pageTemplates(t) {
		files["web/"+name+".html"] = &fstest.MapFile{Data: []byte(strings.Replace(template, contentOfPage, contentOfPage+`<template data-page="`+name+`"></template>`, 1))}
	}
	return files
}

// note stores the name of the template of the page that is open.
func (v *guest) note() {
	v.t.Helper()
	name, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector("template[data-page]")?.dataset.page ?? ""`))
	if err != nil {
		v.t.Fatal(err)
	}
	v.w.rendered.Store(name, true)
}

// isListed checks that the visits have shown each template.
func (w *world) isListed(t *testing.T) {
	t.Helper()
	if os.Getenv("LATCHKEY_PAGES") != "" || t.Failed() {
		return
	}
	for name := range pageTemplates(t) {
		_, shown := w.rendered.Load(name)
		if _, excepted := withoutState[name]; shown == excepted {
			t.Errorf("the template %s is shown by a page of the list: %t. Add a page in e2e/pages_*_test.go, or the reason to withoutState", name, shown)
		}
	}
}
