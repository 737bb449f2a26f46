package scim

import (
	"maps"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
)

// readable returns the attributes of a resource that the caller may read: without the permission
// to read people, the response to a change only says which resource has changed.
func (r *request) readable(resource map[string]any) map[string]any {
	if resource == nil || r.visit.May(account.PeopleRead) {
		return resource
	}
	return map[string]any{"schemas": resource["schemas"], "id": resource["id"], "meta": resource["meta"]}
}

// shape removes the attributes of a resource that a request does not ask for (RFC 7644 §3.9).
func (r *request) shape(resource map[string]any) map[string]any {
	if names := r.query.Get("attributes"); names != "" {
		return only(resource, names)
	}
	shaped := maps.Clone(resource)
	for name := range strings.SplitSeq(r.query.Get("excludedAttributes"), ",") {
		at, err := parsePath(strings.TrimSpace(name))
		if err != nil || at.filter != nil || at.attribute == "id" || at.attribute == "schemas" {
			continue
		}
		exclude(shaped, at)
	}
	return shaped
}

// asks reports whether the response to a request contains an attribute, whose name is in lower
// case. byDefault is set if the response contains the attribute when the request has neither
// parameter.
func (r *request) asks(name string, byDefault bool) bool {
	list, excludes := r.query.Get("attributes"), false
	if list == "" {
		list, excludes = r.query.Get("excludedAttributes"), true
	}
	if list == "" {
		return byDefault
	}
	for text := range strings.SplitSeq(list, ",") {
		if at, err := parsePath(strings.TrimSpace(text)); err == nil && at.attribute == name && (at.sub == "" || !excludes) {
			return !excludes
		}
	}
	return excludes && byDefault
}

// only returns the attributes of a resource that a list names, and those that are always returned.
func only(resource map[string]any, list string) map[string]any {
	shaped := map[string]any{"schemas": resource["schemas"], "id": resource["id"]}
	for text := range strings.SplitSeq(list, ",") {
		at, err := parsePath(strings.TrimSpace(text))
		if err != nil || at.filter != nil {
			continue
		}
		for name, value := range resource {
			if !strings.EqualFold(name, at.attribute) {
				continue
			}
			if at.sub != "" {
				value = narrowed(value, func(sub string) bool { return strings.EqualFold(sub, at.sub) }, shaped[name])
			}
			shaped[name] = value
		}
	}
	return shaped
}

// narrowed returns an object, or a list of objects, with the members that keep accepts, and those
// that are in before.
func narrowed(value any, keep func(string) bool, before any) any {
	switch value := value.(type) {
	case map[string]any:
		object, _ := before.(map[string]any)
		object = maps.Clone(object)
		if object == nil {
			object = make(map[string]any)
		}
		for name, of := range value {
			if keep(name) {
				object[name] = of
			}
		}
		return object
	case []any:
		had, _ := before.([]any)
		var list []any
		for i, element := range value {
			var of any
			if i < len(had) {
				of = had[i]
			}
			list = append(list, narrowed(element, keep, of))
		}
		return list
	}
	return value
}

// exclude removes an attribute, or one of its sub-attributes.
func exclude(resource map[string]any, at path) {
	for name, value := range resource {
		if !strings.EqualFold(name, at.attribute) {
			continue
		}
		if at.sub == "" {
			delete(resource, name)
			continue
		}
		resource[name] = narrowed(value, func(sub string) bool { return !strings.EqualFold(sub, at.sub) }, nil)
	}
}
