package main

import (
	"regexp"
	"strings"
)

var (
	codeSpan     = regexp.MustCompile("`[^`]*`")
	linkTarget   = regexp.MustCompile(`\]\([^)]*\)`)
	blockStart   = regexp.MustCompile(`^\s*([-*+]|\d+\.|#+|>|\|)\s`)
	htmlComment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	htmlCode     = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>`)
	htmlTag      = regexp.MustCompile(`(?s)</?[a-zA-Z][^<>]*>`)
	inlineTag    = regexp.MustCompile(`^</?(a|abbr|b|bdi|code|em|i|kbd|span|strong|time|wbr)\b`)
	visibleValue = regexp.MustCompile(`(?s)\b(?:title|alt|placeholder|aria-label|content)="([^"]*)"`)
	action       = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	actionString = regexp.MustCompile(`"([^"\n]*)"`)
)

// markdownPassages returns the paragraphs, list items, headings and rows of a
// Markdown file, without code and link targets.
func markdownPassages(_ string, content []byte) ([]passage, error) {
	var found passages
	inCode := false
	for number, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inCode = !inCode
			found.end(document)
			continue
		}
		if inCode {
			continue
		}
		if strings.TrimSpace(line) == "" || blockStart.MatchString(line) {
			found.end(document)
		}
		line = codeSpan.ReplaceAllString(line, "`…`")
		found.add(number+1, linkTarget.ReplaceAllString(line, "]"))
	}
	found.end(document)
	return found.list, nil
}

// htmlPassages returns what a person sees or hears of a page, block by block.
// The actions of the template are one word each, except that the strings in
// them are passages too.
func htmlPassages(_ string, content []byte) ([]passage, error) {
	text := blank(string(content), htmlComment)
	text = blank(text, htmlCode)
	var found passages
	addAt := func(offset int, piece string) {
		line := 1 + strings.Count(text[:offset], "\n")
		for i, part := range strings.Split(piece, "\n") {
			found.add(line+i, part)
		}
	}
	for _, at := range action.FindAllStringIndex(text, -1) {
		for _, quoted := range actionString.FindAllStringSubmatchIndex(text[at[0]:at[1]], -1) {
			if value := text[at[0]+quoted[2] : at[0]+quoted[3]]; strings.Contains(value, " ") {
				addAt(at[0]+quoted[2], value)
				found.end(page)
			}
		}
	}
	text = action.ReplaceAllStringFunc(text, func(s string) string {
		return "…" + strings.Repeat("\n", strings.Count(s, "\n"))
	})
	end := 0
	for _, at := range htmlTag.FindAllStringIndex(text, -1) {
		addAt(end, text[end:at[0]])
		end = at[1]
		tag := text[at[0]:at[1]]
		if inlineTag.MatchString(tag) && !strings.Contains(tag, "=\"…\"") {
			continue
		}
		found.end(page)
		for _, value := range visibleValue.FindAllStringSubmatchIndex(tag, -1) {
			addAt(at[0]+value[2], tag[value[2]:value[3]])
			found.end(page)
		}
	}
	addAt(end, text[end:])
	found.end(page)
	return found.list, nil
}

// blank replaces all matches by their line breaks.
func blank(text string, what *regexp.Regexp) string {
	return what.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
}

// sqlPassages returns the comments of an SQL file.
func sqlPassages(_ string, content []byte) ([]passage, error) {
	var found passages
	for number, line := range strings.Split(string(content), "\n") {
		_, text, isComment := strings.Cut(line, "--")
		if !isComment || strings.HasPrefix(strings.TrimSpace(text), "+goose") {
			found.end(comment)
			continue
		}
		found.add(number+1, text)
	}
	found.end(comment)
	return found.list, nil
}
