package provider

import (
	"reflect"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// texts checks all fields of a client that are text, or lists of texts, as
// validate.Name does. Pages and emails show many of them. A field that already has
// a fault gets no second one.
func (v *validation) texts(c *oauth.Client) {
	client := reflect.ValueOf(c).Elem()
	for _, field := range reflect.VisibleFields(client.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if slices.ContainsFunc(v.faults, func(f validate.FieldError) bool { return f.Field == name }) {
			continue
		}
		var texts []string
		switch value := client.FieldByIndex(field.Index); {
		case value.Kind() == reflect.String:
			texts = []string{value.String()}
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.String:
			for i := range value.Len() {
				texts = append(texts, value.Index(i).String())
			}
		}
		for _, text := range texts {
			v.faults = append(v.faults, validate.Name(name, text)...)
		}
	}
}
