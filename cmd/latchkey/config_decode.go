package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// decodeList sets the slice of structs that list points to from a setting of the
// configuration file. Each field of the structs has a tag koanf with the name of its
// member, and the tag path if the member names a file: a relative path is relative to the folder
// of the configuration file. Its errors name the member with its place, such as scopes[1].claims, and never
// quote a value that is not one of the members: it may be a secret.
func (c *config) decodeList(k *koanf.Koanf, key string, list any) error {
	value, target := k.Get(key), reflect.ValueOf(list).Elem()
	if _, ok := value.([]any); !ok {
		return fmt.Errorf("write a list of maps with the members %s", strings.Join(membersOf(target.Type().Elem()), ", "))
	}
	if err := decode("", value, target); err != nil {
		return err
	}
	for i, field := range reflect.VisibleFields(target.Type().Elem()) {
		if field.Tag.Get("path") == "" {
			continue
		}
		for item := range target.Len() {
			path := target.Index(item).Field(i)
			path.SetString(c.besideFile(settings.Setting{Path: true}, path.String()))
		}
	}
	return nil
}

// decode sets target to a value of the configuration file. place is where the value is.
func decode(place string, value any, target reflect.Value) error {
	wrong := func(want string) error { return fmt.Errorf("%s: write %s, not a %s", place, want, kindOf(value)) }
	switch {
	case value == nil: // as if it were not there
		return nil
	case target.Kind() == reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return decode(place, value, target.Elem())
	case target.Type() == reflect.TypeFor[time.Duration]():
		d, err := settings.ParseDuration(fmt.Sprint(value))
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		target.SetInt(int64(d))
		return nil
	}
	switch target.Kind() {
	case reflect.Struct:
		members, ok := value.(map[string]any)
		if !ok {
			return wrong("a map with the members " + strings.Join(membersOf(target.Type()), ", "))
		}
		return decodeMembers(place, members, target)
	case reflect.Map:
		members, ok := value.(map[string]any)
		if !ok {
			return wrong("a map, such as {name: value}")
		}
		return decodeMap(place, members, target)
	case reflect.Slice:
		return decodeSlice(place, value, target)
	case reflect.Bool:
		on, err := settings.ParseBool(fmt.Sprint(value))
		if err != nil {
			return wrong("true or false")
		}
		target.SetBool(on)
	default: // a text
		if kind := kindOf(value); kind == "map" || kind == "list" {
			return wrong("a text")
		}
		target.SetString(fmt.Sprint(value))
	}
	return nil
}

// decodeMembers sets the fields of a struct.
func decodeMembers(place string, members map[string]any, target reflect.Value) error {
	var faults []error
	known := membersOf(target.Type())
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			faults = append(faults, fmt.Errorf("%s: unknown member %s%s; the members are %s", place, name, settings.DidYouMean(name, known), strings.Join(known, ", ")))
		}
	}
	for i, field := range reflect.VisibleFields(target.Type()) {
		if value, found := members[memberName(field)]; found {
			faults = append(faults, decode(place+"."+memberName(field), value, target.Field(i)))
		}
	}
	return errors.Join(faults...)
}

// decodeMap sets a map whose keys are free.
func decodeMap(place string, members map[string]any, target reflect.Value) error {
	var faults []error
	target.Set(reflect.MakeMap(target.Type()))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		element := reflect.New(target.Type().Elem()).Elem()
		faults = append(faults, decode(place+"."+name, members[name], element))
		target.SetMapIndex(reflect.ValueOf(name), element)
	}
	return errors.Join(faults...)
}

// decodeSlice sets a list. A text is a list of one or more texts, as in the environment.
func decodeSlice(place string, value any, target reflect.Value) error {
	items, ok := value.([]any)
	if text, isText := value.(string); isText && target.Type().Elem().Kind() == reflect.String {
		for _, element := range settings.SplitList(text) {
			items = append(items, element)
		}
		ok = true
	}
	if !ok {
		return fmt.Errorf("%s: write a list, not a %s", place, kindOf(value))
	}
	target.Set(reflect.MakeSlice(target.Type(), len(items), len(items)))
	var faults []error
	for i, item := range items {
		faults = append(faults, decode(fmt.Sprintf("%s[%d]", place, i), item, target.Index(i)))
	}
	return errors.Join(faults...)
}

// membersOf returns the names of the members of a struct.
func membersOf(t reflect.Type) (members []string) {
	for _, field := range reflect.VisibleFields(t) {
		if name := memberName(field); name != "-" {
			members = append(members, name)
		}
	}
	return members
}

// memberName returns the name of a field in the configuration file, or "-".
func memberName(field reflect.StructField) string {
	if name := field.Tag.Get("koanf"); name != "" {
		return name
	}
	return strings.ToLower(field.Name)
}

// kindOf returns the kind of a value of the configuration file, for people.
func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "map"
	case []any:
		return "list"
	case bool:
		return "truth value"
	case int, int64, uint64, float64:
		return "number"
	}
	return "text"
}
