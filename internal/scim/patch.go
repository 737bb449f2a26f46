package scim

import (
	"fmt"
	"strings"
)

// maxOperations bounds the operations of a PATCH request.
const maxOperations = 200

// An operation is one of a PATCH request (RFC 7644 §3.5.2).
type operation struct {
	op    string // add, remove or replace
	path  string // or empty
	value any
}

// operations returns the operations of a body. The names of their members are case-insensitive.
func operations(body map[string]any) ([]operation, error) {
	list, ok := member(body, "Operations").([]any)
	if !ok || len(list) == 0 {
		return nil, bad(invalidSyntax, "The body must contain the list Operations.")
	}
	if len(list) > maxOperations {
		return nil, &Error{413, "", fmt.Sprintf("A request can have at most %d operations. Send several requests.", maxOperations)}
	}
	var all []operation
	for i, element := range list {
		object, _ := element.(map[string]any)
		op, _ := member(object, "op").(string)
		at, ok := member(object, "path").(string)
		if given := member(object, "path"); given != nil && !ok {
			return nil, badPath(fmt.Sprintf("The path of operation %d is not a string.", i+1))
		}
		o := operation{strings.ToLower(op), at, member(object, "value")}
		switch {
		case o.op != "add" && o.op != "replace" && o.op != "remove":
			return nil, bad(invalidSyntax, fmt.Sprintf("The op of operation %d is %s. Use add, remove or replace.", i+1, short(op)))
		case o.op == "remove" && o.path == "":
			return nil, bad(noTarget, fmt.Sprintf("Operation %d has the op remove, so it needs a path.", i+1))
		}
		all = append(all, o)
	}
	return all, nil
}

// patch carries out the operations of a body.
func (p *person) patch(body map[string]any) error {
	all, err := operations(body)
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := p.carryOut(o); err != nil {
			return err
		}
	}
	return nil
}

func (p *person) carryOut(o operation) error {
	if o.path == "" {
		object, ok := o.value.(map[string]any)
		if !ok {
			return badValue("value", "An operation without a path needs an object as its value.")
		}
		for _, name := range inOrder(object) {
			if err := p.setNamed(name, object[name]); err != nil {
				return err
			}
		}
		return nil
	}
	at, err := parsePath(o.path)
	switch {
	case err != nil:
		return err
	case at.extension || ignored[at.attribute]:
		return nil
	case readOnly(at):
		return bad(mutability, "The attribute "+short(at.attribute)+" cannot be changed.")
	case !has(userAttributes, at.attribute):
		return badPath("The attribute " + short(at.attribute) + " does not exist. The schema is at /Schemas/" + userSchema + ".")
	}
	if o.op == "remove" {
		if (at.attribute == "emails" || at.attribute == "phonenumbers") && o.value != nil && !p.hasOneOf(at.attribute, o.value) {
			return nil
		}
		return p.remove(at)
	}
	return p.set(at, o.value)
}

// hasOneOf reports whether a value, which is an element or a list of them, has the stored address
// or number.
func (p *person) hasOneOf(key string, value any) bool {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			element = member(object, "value")
		}
		if text, _ := element.(string); strings.EqualFold(text, p.texts[key]) {
			return true
		}
	}
	return false
}

// remove removes an attribute.
func (p *person) remove(at path) error {
	switch at.attribute {
	case "username", "active", "password":
		return bad(mutability, "The attribute "+short(at.attribute)+" cannot be removed.")
	}
	return p.set(at, nil)
}
