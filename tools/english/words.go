package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed words.txt
var wordList string

// A rule is a pattern that is not written, and what to write instead.
type rule struct {
	pattern   *regexp.Regexp
	use       string
	except    *regexp.Regexp // a use that is right; may be nil
	kinds     []kind         // where it applies; everywhere but in identifiers if empty
	bad, good []string       // examples: what it finds, what it leaves alone
}

func (r rule) applies(k kind) bool {
	if len(r.kinds) == 0 {
		return k != identifier
	}
	return slices.Contains(r.kinds, k)
}

// find returns the places in text where the pattern is used and is not part of
// an exception.
func (r rule) find(text string) [][]int {
	found := r.pattern.FindAllStringIndex(text, -1)
	if r.except == nil || found == nil {
		return found
	}
	right := r.except.FindAllStringIndex(text, -1)
	return slices.DeleteFunc(found, func(at []int) bool { return overlaps(right, at) })
}

// parseRules reads words.txt: a pattern on a line of its own, and below it
// indented lines of "key: value".
func parseRules(text string) ([]rule, error) {
	var rules []rule
	for number, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			pattern, err := compile(line)
			if err != nil {
				return nil, fmt.Errorf("words.txt:%d: %w", number+1, err)
			}
			rules = append(rules, rule{pattern: pattern})
			continue
		}
		key, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found || len(rules) == 0 {
			return nil, fmt.Errorf("words.txt:%d: not a pattern, and not an indented \"key: value\" below one", number+1)
		}
		r := &rules[len(rules)-1]
		switch key {
		case "use":
			r.use = value
		case "except":
			pattern, err := compile(value)
			if err != nil {
				return nil, fmt.Errorf("words.txt:%d: %w", number+1, err)
			}
			r.except = pattern
		case "in":
			for name := range strings.FieldsSeq(value) {
				r.kinds = append(r.kinds, kind(name))
			}
		case "bad":
			r.bad = append(r.bad, value)
		case "good":
			r.good = append(r.good, value)
		default:
			return nil, fmt.Errorf("words.txt:%d: unknown key %q: use one of use, except, in, bad, good", number+1, key)
		}
	}
	return rules, nil
}

// compile ignores case, except in a pattern that begins with (?-i).
func compile(pattern string) (*regexp.Regexp, error) { return regexp.Compile("(?i)" + pattern) }
