package upstream

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Field is one of the Settings, for forms, flags and JSON. The client secret is not a
// field: it is never shown.
type Field struct {
	Name   string // in the configuration file, such as client_id
	GoName string // in Settings, such as ClientID
	Help   string // the explanation of the setting
	index  []int
}

// FieldSecret is the name of the client secret in a form. It is not one of the Fields.
const FieldSecret = "client_secret"

// Fields returns all settings in the order of their declaration.
func Fields() (all []Field) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		if name := f.Tag.Get("koanf"); name != "-" {
			all = append(all, Field{name, f.Name, f.Tag.Get("help"), f.Index})
		}
	}
	return all
}

// IsSwitch reports whether the field is on or off.
func (f Field) IsSwitch() bool { _, is := f.value(&Settings{}).Interface().(bool); return is }

// IsList reports whether the field has a list of texts.
func (f Field) IsList() bool { _, is := f.value(&Settings{}).Interface().([]string); return is }

// IsMap reports whether the field has names with a text for each.
func (f Field) IsMap() bool {
	_, is := f.value(&Settings{}).Interface().(map[string]string)
	return is
}

// Choices returns the values that the field can have, the default first, or nil if there
// are many.
func (f Field) Choices() []string {
	switch f.Name {
	case "type":
		return Types()
	case "sign_up":
		return SignUpRules()
	}
	return nil
}

func (f Field) value(s *Settings) reflect.Value {
	return reflect.ValueOf(s).Elem().FieldByIndex(f.index)
}

// Text returns the value as text: each element of a list and each pair of a map on its own
// line. The zero value is empty.
func (f Field) Text(s Settings) string {
	switch v := f.value(&s).Interface().(type) {
	case bool:
		if v {
			return "true"
		}
		return ""
	case []string:
		return strings.Join(v, "\n")
	case map[string]string:
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			lines = append(lines, name+": "+v[name])
		}
		return strings.Join(lines, "\n")
	default:
		return fmt.Sprint(v)
	}
}

// Limits of what a person can enter.
const (
	maxValue = 2000 // bytes
	maxLines = 200
)

// Set sets the field to a text that has the form of Text.
func (f Field) Set(s *Settings, text string) error {
	lines, v := linesOf(text), f.value(s)
	if len(lines) > maxLines || slices.ContainsFunc(lines, func(line string) bool { return len(line) > maxValue }) {
		return fmt.Errorf("Enter at most %d lines with at most %d characters each.", maxLines, maxValue) //nolint:staticcheck // a sentence for a form
	}
	switch {
	case f.IsSwitch():
		on, err := strconv.ParseBool(strings.TrimSpace(text))
		if err != nil && strings.TrimSpace(text) != "" {
			return errors.New("Enter true or false.") //nolint:staticcheck // a sentence for a form
		}
		v.SetBool(on)
	case f.IsList():
		v.Set(reflect.ValueOf(lines))
	case f.IsMap():
		pairs := make(map[string]string)
		for _, line := range lines {
			name, value, found := strings.Cut(line, ":")
			if name = strings.TrimSpace(name); !found || name == "" {
				return errors.New("Enter each pair on its own line, such as groups: roles") //nolint:staticcheck // a sentence for a form
			}
			pairs[name] = strings.TrimSpace(value)
		}
		if len(pairs) == 0 {
			pairs = nil
		}
		v.Set(reflect.ValueOf(pairs))
	default:
		v.SetString(strings.Join(lines, " "))
	}
	return nil
}

// SetJSON sets the field to a JSON value, within the same limits as Set. null is the zero value.
func (f Field) SetJSON(s *Settings, value json.RawMessage) error {
	given := new(Settings)
	if err := json.Unmarshal(value, f.value(given).Addr().Interface()); err != nil {
		return errors.New("This value is of the wrong type.") //nolint:staticcheck // a sentence for a form
	}
	return f.Set(s, f.Text(*given))
}

// linesOf returns the lines of a text without surrounding space, and without empty lines.
func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// JSON returns the settings that are set as a JSON object, without the secret.
func (s Settings) JSON() (json.RawMessage, error) {
	members := make(map[string]any)
	for _, f := range Fields() {
		if v := f.value(&s); !v.IsZero() {
			members[f.Name] = v.Interface()
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(members)
	return bytes.TrimSpace(b.Bytes()), err
}

// ParseSettings reads what JSON returns. A member that this release does not know is an
// error: it could be a rule that keeps people out. With an error, it returns the settings that
// it can read. They are only for display: if they were saved, the others would be lost.
func ParseSettings(text json.RawMessage) (s Settings, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return s, errors.New("the settings are not a JSON object")
	}
	for _, f := range Fields() {
		if value, set := members[f.Name]; set {
			if v := f.value(&s); json.Unmarshal(value, v.Addr().Interface()) != nil {
				v.SetZero()
				err = cmp.Or(err, fmt.Errorf("%s has a value of another type", f.Name))
			}
			delete(members, f.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		err = cmp.Or(err, fmt.Errorf("%q is not a setting of this release", name))
	}
	return s, err
}
