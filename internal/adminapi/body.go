package adminapi

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxDepth bounds how deep the values of a request can be nested.
const maxDepth = 16

// read reads the body of the request into a value. A body is one JSON value, in UTF-8, without
// NUL, repeated members, or members that the value does not have. Names have the exact letter
// case: encoding/json alone would accept others, and a proxy that checks requests might not.
func (c *call) read(into any) error {
	text, err := c.body()
	if err != nil {
		return err
	}
	value, err := parse(text)
	if err != nil {
		return err
	}
	if faults := unknownMembers(value, reflect.TypeOf(into).Elem(), ""); len(faults) > 0 {
		return invalid(faults...)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return wrongType(err)
	}
	setNulls(value, reflect.ValueOf(into).Elem())
	return nil
}

// setNulls lets the pointers of members that are null point to an empty value. encoding/json
// sets them to nil, as if the member were missing.
func setNulls(value any, into reflect.Value) {
	object, _ := value.(map[string]any)
	if into.Kind() != reflect.Struct {
		return
	}
	for name, field := range membersOf(into.Type()) {
		if given, present := object[name]; present && given == nil && field.Type.Kind() == reflect.Pointer {
			into.FieldByIndex(field.Index).Set(reflect.New(field.Type.Elem()))
		}
	}
}

// body returns the body, which is read once. A request without one has the body {}.
func (c *call) body() ([]byte, error) {
	if c.text != nil {
		return c.text, nil
	}
	text, err := io.ReadAll(c.Body)
	if err != nil {
		if isTooLong(err) {
			return nil, err
		}
		return nil, badRequest("The body of the request is incomplete.")
	}
	if c.text = text; len(text) == 0 {
		c.text = []byte("{}")
		return c.text, nil
	}
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !(kind == "application/merge-patch+json" && c.Method == http.MethodPatch) {
		return nil, &Problem{Type: "media-type", Title: "Unsupported media type", Status: http.StatusUnsupportedMediaType, Detail: "Send JSON, with Content-Type: application/json."}
	}
	return c.text, nil
}

// parse returns the JSON value, or a problem.
func parse(text []byte) (any, error) {
	if !oauth.IsText(string(text)) {
		return nil, badRequest("The body is not UTF-8, or contains a NUL.")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	value, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, badRequest("The body has more than one JSON value.")
	}
	return value, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, badRequest("The body is not valid JSON.")
	}
	if depth > maxDepth {
		return nil, badRequest("The body is nested too deeply.")
	}
	switch token {
	case json.Delim('{'):
		return parseObject(d, depth)
	case json.Delim('['):
		var list []any
		for d.More() {
			value, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		if _, err := d.Token(); err != nil {
			return nil, badRequest("The body is not valid JSON.")
		}
		return list, nil
	}
	if text, ok := token.(string); ok && strings.ContainsRune(text, 0) {
		return nil, badRequest("A text contains a NUL.")
	}
	return token, nil
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	object := make(map[string]any)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, badRequest("The body is not valid JSON.")
		}
		name, _ := key.(string)
		if strings.ContainsRune(name, 0) {
			return nil, badRequest("The name of a member contains a NUL.")
		}
		if _, repeated := object[name]; repeated {
			return nil, badRequest(fmt.Sprintf("The member %.100q is repeated.", name))
		}
		if object[name], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, badRequest("The body is not valid JSON.")
	}
	return object, nil
}

// unknownMembers returns the members that a type does not have.
func unknownMembers(value any, t reflect.Type, path string) (faults []FieldError) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if readsItself(t) {
		return nil
	}
	switch value := value.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for i, element := range value {
				faults = append(faults, unknownMembers(element, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return nil
		}
		fields := membersOf(t)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			of := value[name]
			at := strings.TrimPrefix(path+"."+name, ".")
			if field, known := fields[name]; known {
				faults = append(faults, unknownMembers(of, field.Type, at)...)
				continue
			}
			faults = append(faults, FieldError{fmt.Sprintf("%.100s", at), "This member does not exist."})
		}
	}
	return faults
}

// readsItself reports whether the JSON form of a type is not that of its fields.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// membersOf returns the fields of a struct by their names in JSON.
func membersOf(t reflect.Type) map[string]reflect.StructField {
	members := make(map[string]reflect.StructField)
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || name == "-" || name == "" {
			continue
		}
		members[name] = field
	}
	return members
}

// wrongType describes an error of encoding/json.
func wrongType(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault(wrong.Field, "This value is of the wrong type: "+wrong.Value+". It must be "+jsonType(wrong.Type)+".")
	}
	return fault("", "A value is not valid: "+strings.TrimPrefix(err.Error(), "json: ")+".")
}

// jsonType names the type of JSON that a Go type is read from.
func jsonType(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) { // such as oauth.Scopes
		return "a string"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Pointer:
		return jsonType(t.Elem())
	}
	return "a number"
}
