package adminapi

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A schema is a JSON Schema (draft 2020-12), as OpenAPI 3.1 uses it.
type schema map[string]any

// schemas makes the schemas of types, and collects those of structs.
type schemas struct {
	components map[string]schema
	help       map[string]string // of the members of an application
}

func newSchemas() *schemas {
	return &schemas{components: make(map[string]schema), help: clientHelp()}
}

// named returns a reference to the schema of a struct. Requests have no other members than
// those of the schema.
func (s *schemas) named(t reflect.Type, request bool) schema {
	name := componentName(t)
	if request {
		name += "Request"
	}
	if _, known := s.components[name]; !known {
		s.components[name] = nil // it can contain itself
		s.components[name] = s.object(t, request)
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// componentName returns a name such as Application, or PageOfApplication.
func componentName(t reflect.Type) string {
	name := t.Name()
	if list, row, found := strings.Cut(name, "["); found {
		row = strings.TrimSuffix(row[strings.LastIndex(row, ".")+1:], "]")
		return upper(list) + "Of" + upper(row)
	}
	return upper(name)
}

func upper(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// object returns the schema of a struct. In a response, the members without omitempty or
// omitzero are always there; in a request, those with the tag required.
func (s *schemas) object(t reflect.Type, request bool) schema {
	properties, required := schema{}, []string{}
	for name, field := range membersOf(t) {
		property := s.of(field.Type, request)
		if text := field.Tag.Get("doc"); text != "" {
			property = described(property, text)
		}
		if values := field.Tag.Get("enum"); values != "" {
			property["enum"] = strings.Split(values, ",")
		}
		if help := s.help[name]; help != "" && isClient(t) {
			property = described(property, help)
		}
		properties[name] = property
		optional := strings.Contains(field.Tag.Get("json"), ",omit")
		if request && field.Tag.Get("required") != "" || !request && !optional {
			required = append(required, name)
		}
	}
	object := schema{"type": "object", "properties": properties}
	if request {
		object["additionalProperties"] = false
	}
	if len(required) > 0 {
		slices.Sort(required)
		object["required"] = required
	}
	return object
}

// described adds a description to a schema.
func described(s schema, text string) schema {
	with := schema{"description": text}
	for name, value := range s {
		with[name] = value
	}
	return with
}

// of returns the schema of a type.
func (s *schemas) of(t reflect.Type, request bool) schema {
	switch t {
	case reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.RawMessage](), reflect.TypeFor[any]():
		return schema{}
	case reflect.TypeFor[oauth.Scopes]():
		return schema{"type": "string"}
	case reflect.TypeFor[oauth.Lifetime]():
		return schema{"type": "integer"}
	case reflect.TypeFor[clientMembers]():
		return s.clientMembers()
	case reflect.TypeFor[providerSettings]():
		return providerSchema(request)
	}
	switch t.Kind() {
	case reflect.Pointer:
		of := s.of(t.Elem(), request)
		if kind, ok := of["type"].(string); ok && request {
			of["type"] = []string{kind, "null"}
		}
		return of
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Int, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Slice:
		return schema{"type": "array", "items": s.of(t.Elem(), request)}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": s.of(t.Elem(), request)}
	case reflect.Struct:
		return s.named(t, request)
	}
	panic("adminapi: no schema for " + t.String())
}

// clientMembers returns the schema of the members of an application in a request: those of the
// table of fields that the server does not set itself. null is the default.
func (s *schemas) clientMembers() schema {
	const name = "ApplicationRequest"
	if _, known := s.components[name]; !known {
		properties := schema{}
		fields := membersOf(reflect.TypeFor[oauth.Client]())
		for _, f := range settable() {
			property := s.of(fields[f.Name].Type, true)
			if kind, ok := property["type"].(string); ok {
				property["type"] = []string{kind, "null"}
			}
			properties[f.Name] = described(property, s.help[f.Name])
		}
		s.components[name] = schema{"type": "object", "properties": properties, "additionalProperties": false}
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// providerSchema returns the schema of the settings of a login provider. In a request, null is the
// default.
func providerSchema(request bool) schema {
	properties := schema{}
	for _, f := range upstream.Fields() {
		if f.Name == "name" {
			continue
		}
		of := schema{"type": "string"}
		switch {
		case f.IsSwitch():
			of = schema{"type": "boolean"}
		case f.IsList():
			of = schema{"type": "array", "items": schema{"type": "string"}}
		case f.IsMap():
			of = schema{"type": "object", "additionalProperties": schema{"type": "string"}}
		}
		if kind, ok := of["type"].(string); ok && request {
			of["type"] = []string{kind, "null"}
		}
		properties[f.Name] = described(of, upper(f.Help)+".")
	}
	all := schema{"type": "object", "properties": properties}
	if request {
		all["additionalProperties"] = false
	}
	return all
}

// settable returns the fields of an application that a request can set, by their names.
func settable() map[string]clientfields.Field {
	fields := make(map[string]clientfields.Field)
	for _, group := range clientfields.Groups() {
		for _, f := range group.Fields {
			if !group.Status && f.Kind != clientfields.Kept {
				fields[f.Name] = f
			}
		}
	}
	return fields
}

// clientHelp returns the help of the members of an application.
func clientHelp() map[string]string {
	all := make(map[string]string)
	for _, f := range clientfields.All() {
		help := f.Help
		if f.Kind == clientfields.Account { // the form takes a username
			help = strings.Replace(help, "The username of the", "The ID of the", 1)
		}
		if f.Default != "" {
			help += " Default: " + f.Default + "."
		}
		all[f.Name] = help
	}
	return all
}

// isClient reports whether a type has the members of an application.
func isClient(t reflect.Type) bool {
	return t == reflect.TypeFor[oauth.Client]() || t == reflect.TypeFor[application]() || t == reflect.TypeFor[newApplication]()
}
