package scim

import (
	"strings"
)

// A path names an attribute of a resource (RFC 7644 §3.5.2), in lower case: emails,
// emails[type eq "work"].value, name.givenName, or urn:ietf:…:User:userName.
type path struct {
	attribute string
	filter    *filter // selects the elements of a list, or is nil
	sub       string  // the sub-attribute, or ""
	extension bool    // the attribute belongs to another schema, whose name is then in attribute
}

// parsePath returns the path, or an *Error with the scimType invalidPath.
func parsePath(text string) (path, error) {
	if len(text) > maxFilter {
		return path{}, badPath("The path is longer than 2000 bytes.")
	}
	p := &parser{text: text}
	at, err := p.path(0)
	if err != nil {
		return path{}, badPath(err.Error())
	}
	if p.text != "" {
		return path{}, badPath("The path has unexpected text at " + short(p.text) + ".")
	}
	return at, nil
}

// path reads a path.
func (p *parser) path(depth int) (at path, err error) {
	p.space()
	if at.attribute, at.extension = p.schema(); at.extension {
		return at, nil
	}
	if at.attribute = p.name(); at.attribute == "" {
		return at, badFilter("Expected the name of an attribute at " + short(p.text) + ".")
	}
	if rest, found := strings.CutPrefix(p.text, "["); found {
		p.text = rest
		if at.filter, err = p.or(depth + 1); err != nil {
			return at, err
		}
		if !p.character("]") {
			return at, badFilter("A closing bracket is missing before " + short(p.text) + ".")
		}
	}
	if rest, found := strings.CutPrefix(p.text, "."); found {
		p.text = rest
		if at.sub = p.name(); at.sub == "" {
			return at, badFilter("Expected the name of a sub-attribute at " + short(p.text) + ".")
		}
	}
	return at, nil
}

// schema reads the prefix of one of our schemas. For an attribute of another schema, it reads all
// of the name, and returns it.
func (p *parser) schema() (other string, isOther bool) {
	if len(p.text) < 4 || !strings.EqualFold(p.text[:4], "urn:") {
		return "", false
	}
	for _, own := range []string{userSchema, groupSchema} {
		if len(p.text) > len(own) && strings.EqualFold(p.text[:len(own)], own) && p.text[len(own)] == ':' {
			p.text = p.text[len(own)+1:]
			return "", false
		}
	}
	end := strings.IndexAny(p.text, " [")
	if end < 0 {
		end = len(p.text)
	}
	other, p.text = strings.ToLower(p.text[:end]), p.text[end:]
	return other, true
}

// name reads the name of an attribute.
func (p *parser) name() string {
	end := strings.IndexFunc(p.text, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_$", r))
	})
	if end < 0 {
		end = len(p.text)
	}
	name := strings.ToLower(p.text[:end])
	p.text = p.text[end:]
	return name
}

// values returns the values of a resource at a path without a filter.
func (at path) values(r map[string]any) []any {
	found := member(r, at.attribute)
	if at.sub == "" {
		if list, ok := found.([]any); ok {
			return list
		}
		if found == nil {
			return nil
		}
		return []any{found}
	}
	list, ok := found.([]any)
	if !ok {
		list = []any{found}
	}
	var values []any
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			if v := member(object, at.sub); v != nil {
				values = append(values, v)
			}
		}
	}
	return values
}

// exact reports whether strings at the path are case-sensitive.
func (at path) exact() bool {
	return at.attribute == "id" || at.attribute == "externalid" || at.attribute == "members" || at.attribute == "groups"
}

// member returns the member of an object whose name equals name, ignoring case.
func member(object map[string]any, name string) any {
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// short returns the beginning of a text, in quotes, for an error.
func short(text string) string {
	const most = 40
	runes := []rune(text)
	if len(runes) > most {
		runes = append(runes[:most], '…')
	}
	return "“" + string(runes) + "”"
}
