package scim

import (
	"cmp"
	"slices"
	"strings"
)

// element returns the only element of a list of addresses or numbers, or nil.
func (p *person) element(key string) map[string]any {
	if p.texts[key] == "" {
		return nil
	}
	return map[string]any{"value": p.texts[key], "type": "work", "primary": true}
}

// setOnly sets the only email address or telephone number of a person. A client that has several of
// them selects one by its type, and the last one that the client sets is stored. An element of a
// type that is not for work does not replace an existing one.
func (p *person) setOnly(at path, value any) error {
	key, present := at.attribute, p.element(at.attribute)
	if at.sub != "" && at.sub != "value" {
		return nil // the type and primary cannot be changed
	}
	if value == nil {
		if at.filter == nil || present != nil && at.filter.matches(present) {
			delete(p.texts, key)
		}
		return nil
	}
	kind := at.filter.kind()
	if at.sub == "" {
		best, found, err := bestOf(key, value)
		if err != nil || !found && at.filter != nil {
			return err
		}
		value, kind = best.value, cmp.Or(best.kind, kind)
	}
	if present != nil && kindRank(kind) > 2 && at.filter != nil {
		return nil
	}
	text, err := textOf(key, value)
	if err == nil && key == "phonenumbers" {
		text = strings.TrimPrefix(text, "tel:") // RFC 3966, as in RFC 7643 §4.1.2
	}
	if err != nil {
		return err
	}
	p.texts[key] = strings.TrimSpace(text)
	return nil
}

// kind returns the type that a filter names, or "".
func (f *filter) kind() (kind string) {
	f.walk(func(c *filter) {
		if text, ok := c.value.(string); ok && c.op == "eq" && c.at.attribute == "type" {
			kind = strings.ToLower(text)
		}
	})
	return kind
}

// kindRank orders the types of addresses and numbers: lower ones are preferred.
func kindRank(kind string) int {
	ranks := map[string]int{"work": 0, "": 1, "mobile": 2, "main": 2}
	if rank, known := ranks[kind]; known {
		return rank
	}
	return 3
}

// A choice is an element of a list.
type choice struct {
	value   any
	kind    string
	primary bool
}

// bestOf returns the element of a list that is stored: the primary one, otherwise one for work,
// otherwise the first. A value that is not a list is treated as a list with one element.
func bestOf(key string, value any) (best choice, found bool, err error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var all []choice
	for _, element := range list {
		c := choice{value: element}
		if object, ok := element.(map[string]any); ok {
			c.value = member(object, "value")
			kind, _ := member(object, "type").(string)
			c.kind = strings.ToLower(kind)
			c.primary, _ = truth(member(object, "primary"))
		}
		text, err := textOf(key, c.value)
		if err != nil {
			return best, false, err
		}
		if text != "" {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return choice{value: ""}, false, nil
	}
	slices.SortStableFunc(all, func(a, b choice) int {
		if a.primary != b.primary {
			return map[bool]int{true: -1, false: 1}[a.primary]
		}
		return kindRank(a.kind) - kindRank(b.kind)
	})
	return all[0], true, nil
}
