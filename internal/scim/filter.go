package scim

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Bounds of a filter.
const (
	maxFilter      = 2000 // bytes
	maxDepth       = 10   // nested parentheses, brackets and nots
	maxComparisons = 20
	maxNames       = 50 // of attributes in a query
)

// A filter is the tree of an expression (RFC 7644 §3.4.2.2).
type filter struct {
	// op is "and", "or", "not", "[" for an element of a list that matches left, or the operator
	// of a comparison, in lower case.
	op          string
	left, right *filter
	at          path // what is compared, or the list
	value       any  // string, bool, json.Number or nil
}

// comparisons are the operators with a value.
var comparisons = map[string]bool{"eq": true, "ne": true, "co": true, "sw": true, "ew": true, "gt": true, "ge": true, "lt": true, "le": true}

// parseFilter returns the tree of a filter, or an *Error with the scimType invalidFilter.
func parseFilter(text string) (*filter, error) {
	if len(text) > maxFilter {
		return nil, badFilter("The filter is longer than 2000 bytes.")
	}
	p := &parser{text: text}
	f, err := p.or(0)
	if err == nil {
		p.space()
		if p.text != "" {
			err = badFilter("The filter has unexpected text at " + short(p.text) + ".")
		}
	}
	return f, err
}

// A parser reads a filter or a path from the beginning of text, and removes what it has read.
type parser struct {
	text        string
	comparisons int
}

func (p *parser) space() { p.text = strings.TrimLeft(p.text, " ") }

// word reads a keyword in any letter case.
func (p *parser) word(keyword string) bool {
	p.space()
	if len(p.text) < len(keyword) || !strings.EqualFold(p.text[:len(keyword)], keyword) {
		return false
	}
	rest := p.text[len(keyword):]
	if rest != "" && !strings.ContainsAny(rest[:1], " ()]") {
		return false
	}
	p.text = rest
	return true
}

// character reads a character.
func (p *parser) character(c string) bool {
	p.space()
	rest, found := strings.CutPrefix(p.text, c)
	if found {
		p.text = rest
	}
	return found
}

func (p *parser) or(depth int) (*filter, error) { return p.joined("or", depth, p.and) }

func (p *parser) and(depth int) (*filter, error) { return p.joined("and", depth, p.one) }

func (p *parser) joined(op string, depth int, next func(int) (*filter, error)) (*filter, error) {
	left, err := next(depth)
	for err == nil && p.word(op) {
		var right *filter
		right, err = next(depth)
		left = &filter{op: op, left: left, right: right}
	}
	return left, err
}

// one reads a comparison, or an expression in parentheses.
func (p *parser) one(depth int) (*filter, error) {
	if depth > maxDepth {
		return nil, badFilter("The filter is nested too deeply.")
	}
	not := p.word("not")
	if p.character("(") {
		inner, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.character(")") {
			return nil, badFilter("A closing parenthesis is missing before " + short(p.text) + ".")
		}
		if not {
			return &filter{op: "not", left: inner}, nil
		}
		return inner, nil
	}
	if not {
		return nil, badFilter("The operator 'not' needs an expression in parentheses.")
	}
	return p.comparison(depth)
}

// comparison reads a comparison. The grammar of RFC 7644 does not allow emails[type eq
// "work"].value eq "ada@example.com", but clients send it: it compares a sub-attribute of the
// elements that match the filter.
func (p *parser) comparison(depth int) (*filter, error) {
	at, err := p.path(depth)
	if err != nil {
		return nil, err
	}
	if at.filter == nil {
		return p.operator(at)
	}
	inner := at.filter
	list := path{attribute: at.attribute}
	if at.sub != "" {
		of, err := p.operator(path{attribute: at.sub})
		if err != nil {
			return nil, err
		}
		inner = &filter{op: "and", left: inner, right: of}
	}
	return &filter{op: "[", left: inner, at: list}, nil
}

// operator reads the operator and the value of a comparison.
func (p *parser) operator(at path) (*filter, error) {
	if p.comparisons++; p.comparisons > maxComparisons {
		return nil, badFilter("The filter has more than 20 comparisons.")
	}
	if p.word("pr") {
		return &filter{op: "pr", at: at}, nil
	}
	p.space()
	op, rest, _ := strings.Cut(p.text, " ")
	op = strings.ToLower(op)
	if !comparisons[op] {
		return nil, badFilter("The operator " + short(op) + " does not exist. Use one of: eq, ne, co, sw, ew, gt, ge, lt, le, pr.")
	}
	p.text = rest
	value, err := p.value()
	return &filter{op: op, at: at, value: value}, err
}

// value reads a JSON string, number, boolean or null.
func (p *parser) value() (any, error) {
	p.space()
	d := json.NewDecoder(strings.NewReader(p.text))
	d.UseNumber()
	token, err := d.Token()
	if _, structure := token.(json.Delim); err != nil || structure {
		return nil, badFilter("Expected a string in double quotes, a number, true, false or null at " + short(p.text) + ".")
	}
	if text, _ := token.(string); !oauth.IsText(text) {
		return nil, badFilter("A value contains a NUL.")
	}
	p.text = p.text[d.InputOffset():]
	return token, nil
}

// matches reports whether a resource matches the filter.
func (f *filter) matches(r map[string]any) bool {
	switch f.op {
	case "and":
		return f.left.matches(r) && f.right.matches(r)
	case "or":
		return f.left.matches(r) || f.right.matches(r)
	case "not":
		return !f.left.matches(r)
	case "[":
		for _, element := range f.at.values(r) {
			if object, ok := element.(map[string]any); ok && f.left.matches(object) {
				return true
			}
		}
		return false
	}
	values := f.at.values(r)
	if f.op == "ne" {
		for _, v := range values {
			if compare("eq", plain(v), f.value, f.at.exact()) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if f.op == "pr" && v != nil && v != "" || compare(f.op, plain(v), f.value, f.at.exact()) {
			return true
		}
	}
	return f.op == "eq" && f.value == nil && len(values) == 0
}

// plain returns the value that represents an element of a list in comparisons: its sub-attribute
// value.
func plain(v any) any {
	if object, ok := v.(map[string]any); ok {
		return object["value"]
	}
	return v
}

// compare compares a value of a resource with that of a filter. Values of different types do not
// match, except that the strings True and False match booleans: clients send them as booleans.
func compare(op string, have, want any, exact bool) bool {
	switch have := have.(type) {
	case bool:
		wanted, ok := truth(want)
		return ok && op == "eq" && have == wanted
	case time.Time:
		text, _ := want.(string)
		wanted, err := time.Parse(time.RFC3339, text)
		return err == nil && ordered(op, have.Compare(wanted))
	case string:
		wanted, ok := want.(string)
		if !ok {
			return false
		}
		if !exact {
			have, wanted = folded(have), folded(wanted)
		}
		switch op {
		case "co":
			return strings.Contains(have, wanted)
		case "sw":
			return strings.HasPrefix(have, wanted)
		case "ew":
			return strings.HasSuffix(have, wanted)
		}
		return ordered(op, strings.Compare(have, wanted))
	}
	return false
}

// folded returns a string for case-insensitive comparisons.
func folded(text string) string { return strings.Map(unicode.ToLower, strings.ToUpper(text)) }

// ordered reports whether the result of a comparison satisfies an operator.
func ordered(op string, result int) bool {
	switch op {
	case "eq":
		return result == 0
	case "gt":
		return result > 0
	case "ge":
		return result >= 0
	case "lt":
		return result < 0
	case "le":
		return result <= 0
	}
	return false
}

// truth returns a boolean value. It also accepts the strings True and False, which Microsoft Entra
// sends.
func truth(value any) (yes, ok bool) {
	switch value := value.(type) {
	case bool:
		return value, true
	case string:
		switch strings.ToLower(value) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return false, false
}

// A lookup is a comparison for which there is an index: attribute eq value.
type lookup struct{ attribute, value string }

// lookups returns indexed comparisons such that each resource that matches the filter satisfies at
// least one of them. It returns false if there are no such comparisons. indexed contains the
// attributes that have an index.
func (f *filter) lookups(indexed map[string]bool) ([]lookup, bool) {
	switch f.op {
	case "and":
		if found, ok := f.left.lookups(indexed); ok {
			return found, true
		}
		return f.right.lookups(indexed)
	case "or":
		left, ok := f.left.lookups(indexed)
		if !ok {
			return nil, false
		}
		right, ok := f.right.lookups(indexed)
		return append(left, right...), ok
	case "[":
		inner, ok := f.left.lookups(map[string]bool{"value": indexed[f.at.attribute]})
		for i := range inner {
			inner[i].attribute = f.at.attribute
		}
		return inner, ok
	case "eq":
		text, isText := f.value.(string)
		sub := f.at.sub == "" || f.at.sub == "value"
		return []lookup{{f.at.attribute, text}}, isText && sub && indexed[f.at.attribute]
	}
	return nil, false
}

// walk calls visit for each comparison outside of brackets, and for each list.
func (f *filter) walk(visit func(*filter)) {
	if f == nil {
		return
	}
	if f.op != "and" && f.op != "or" && f.op != "not" {
		visit(f)
		return
	}
	f.left.walk(visit)
	f.right.walk(visit)
}

// uses reports whether the filter compares an attribute.
func (f *filter) uses(attribute string) (uses bool) {
	f.walk(func(c *filter) { uses = uses || c.at.attribute == attribute })
	return uses
}
