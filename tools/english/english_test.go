package main

import (
	"slices"
	"testing"
)

func TestEveryRuleFindsItsBadExamplesAndNoGoodOne(t *testing.T) {
	rules, err := parseRules(wordList)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if r.use == "" || len(r.bad) == 0 {
			t.Errorf("%s: words.txt has no use or no bad example for it", r.pattern)
		}
		for _, k := range r.kinds {
			if !slices.Contains([]kind{comment, literal, testName, identifier, page, document}, k) {
				t.Errorf("%s: %q is not a kind of text", r.pattern, k)
			}
		}
		for _, text := range r.bad {
			if len(r.find(text)) == 0 {
				t.Errorf("%s does not find %q", r.pattern, text)
			}
		}
		for _, text := range r.good {
			if len(r.find(text)) > 0 {
				t.Errorf("%s finds %q", r.pattern, text)
			}
		}
	}
}

func TestProseIsFoundWithItsLine(t *testing.T) {
	for _, test := range []struct {
		name, file, content string
		want                []passageText
	}{
		{"a comment over two lines is one passage", "a.go", "package a\n\n// Keys returns\n// the keys.\nvar x int\n", []passageText{{comment, 3, "Keys returns the keys."}, {identifier, 5, "x"}}},
		{"code and directives in a comment are not prose", "a.go", "// Package a does.\n//\n//\thidden := 1\n//\n//go:generate hidden\npackage a\n", []passageText{{comment, 1, "Package a does."}}},
		{"strings of one word are not prose", "a.go", "package a\n\nvar _ = f(\"hidden\", \"two words\")\n", []passageText{{literal, 3, "two words"}}},
		{"joined strings are one passage", "a.go", "package a\n\nvar s = \"the client \" + x +\n\t\"is known\"\n", []passageText{{identifier, 3, "s"}, {literal, 3, "the client … is known"}}},
		{"a test's name is a sentence", "a_test.go", "package a\n\nfunc TestACodeIsUsedOnce(t *testing.T) {}\n", []passageText{{testName, 3, "a code is used once"}, {identifier, 3, "t"}}},
		{"initialisms stay together", "a.go", "package a\n\nfunc parseJWTHeader() {}\n", []passageText{{identifier, 3, "parse jwt header"}}},
		{"blocks of Markdown", "a.md", "# Title\n\nOne\ntwo `code`.\n- item\n\n```\nhidden\n```\n", []passageText{{document, 1, "# Title"}, {document, 3, "One two `…`."}, {document, 5, "- item"}}},
		{"a page without its tags and actions", "a.html", "<p>Log in as <b>{{.Name}}</b>.</p>\n<input placeholder=\"Your name\">\n<!-- hidden -->", []passageText{{page, 1, "Log in as … ."}, {page, 2, "Your name"}}},
		{"strings in actions", "a.html", "{{template \"x\" (list \"Add a user\")}}\n", []passageText{{page, 1, "Add a user"}, {page, 1, "…"}}},
		{"comments of SQL", "a.sql", "-- +goose Up\n-- Rows are\n-- deleted.\nSELECT 1;\n", []passageText{{comment, 2, "Rows are deleted."}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			passages, err := reader(test.file)(test.file, []byte(test.content))
			if err != nil {
				t.Fatal(err)
			}
			var got []passageText
			for _, p := range passages {
				got = append(got, passageText{p.kind, p.line(0), p.text})
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
		})
	}
}

type passageText struct {
	kind kind
	line int
	text string
}

func TestALineCanBeAllowedWithAReason(t *testing.T) {
	rules, err := parseRules("\\bbad\\b\n  use: good\n  bad: bad\n")
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]int{
		"it is bad\n": 1,
		"<!-- english:allow quoted from RFC 1 -->\nit is bad\n":     0,
		"it is bad <!-- english:allow quoted from RFC 1 -->\n":      0,
		"<!-- english:allow -->\nit is bad\n":                       1,
		"<!-- english:allow quoted from RFC 1 -->\n\n\nit is bad\n": 1,
	} {
		passages, err := markdownPassages("a.md", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		if found := apply(rules, "a.md", passages, allowed([]byte(content))); len(found) != want {
			t.Errorf("%q has %d findings, want %d", content, len(found), want)
		}
	}
}
