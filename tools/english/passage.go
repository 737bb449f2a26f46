package main

import "strings"

// A kind is where a passage was found.
type kind string

const (
	comment    kind = "comment"    // of Go and SQL
	literal    kind = "string"     // of Go
	testName   kind = "test"       // the name of a test, in words and in lower case
	identifier kind = "identifier" // any other declared name, likewise
	page       kind = "page"       // the visible text of an HTML template
	document   kind = "document"   // a Markdown paragraph
)

// A passage is text that a person reads at one go. Its line breaks are blanks,
// so that a pattern is found across them.
type passage struct {
	kind   kind
	text   string
	starts []lineStart
}

type lineStart struct{ offset, line int }

// add appends a line of the file.
func (p *passage) add(line int, text string) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return
	}
	if p.text != "" {
		p.text += " "
	}
	p.starts = append(p.starts, lineStart{len(p.text), line})
	p.text += text
}

// line returns the number of the line on which the byte at offset is.
func (p *passage) line(offset int) int {
	number := 0
	for _, start := range p.starts {
		if start.offset > offset {
			break
		}
		number = start.line
	}
	return number
}

// passages collects passages; an empty one is dropped.
type passages struct {
	list    []passage
	current passage
}

func (ps *passages) add(line int, text string) { ps.current.add(line, text) }

// end finishes the current passage.
func (ps *passages) end(k kind) {
	if ps.current.text != "" {
		ps.current.kind = k
		ps.list = append(ps.list, ps.current)
	}
	ps.current = passage{}
}
