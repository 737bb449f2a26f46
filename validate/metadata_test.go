package validate_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// members returns an object with n members.
func members(n int) string {
	var list []string
	for i := range n {
		list = append(list, `"m`+strconv.Itoa(i)+`":1`)
	}
	return "{" + strings.Join(list, ",") + "}"
}

func TestMetadataIsASmallJSONObject(t *testing.T) {
	const object = "must be a JSON object"
	nested := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "[]" + strings.Repeat("}", n-1) }
	sized := func(n int) string { return `{"a":"` + strings.Repeat("x", n-len(`{"a":""}`)) + `"}` }
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                {"", ""},
		"an empty object":        {"{}", ""},
		"white space":            {" {\n\t\"plan\": \"gold\" } ", ""},
		"all kinds of values":    {`{"a":null,"b":true,"c":12345678901234567890,"d":["e",{"f":1.5}],"A":1}`, ""},
		"white space at the end": {sized(validate.MaxMetadata-2) + strings.Repeat(" ", 9000), ""},
		"the most bytes":         {sized(validate.MaxMetadata), ""},
		"one more byte":          {sized(validate.MaxMetadata + 1), "has 4097 bytes. It can have at most 4096"},
		"the most members":       {members(validate.MaxMetadataMembers), ""},
		"one more member":        {members(validate.MaxMetadataMembers + 1), "more than 100 members"},
		"many elements":          {`{"a":[` + strings.Repeat("1,", 100) + "1]}", "more than 100 members"},
		"members of members":     {`{"a":` + members(60) + `,"b":` + members(60) + `}`, "more than 100 members"},
		"the greatest depth":     {nested(validate.MaxMetadataDepth), ""},
		"too deep":               {nested(validate.MaxMetadataDepth + 1), "more than 5 levels of nested objects and lists"},
		"far too deep":           {strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300), "more than 5 levels of nested objects and lists"},
		"a list":                 {"[1]", object},
		"a text":                 {`"gold"`, object},
		"null":                   {"null", object},
		"no JSON":                {"plan=gold", object},
		"half an object":         {`{"a":1`, object},
		"something after it":     {`{"a":1} {}`, object},
		"not UTF-8":              {"{\"a\":\"\xff\"}", object},
		"a name twice":           {`{"a":1,"a":2}`, "two members with the same name"},
		"a name twice, escaped":  {`{"a":1,"\u0061":2}`, "two members with the same name"},
		"a name twice, deeper":   {`{"b":[{"a":1,"a":2}]}`, "two members with the same name"},
		"a name in two places":   {`{"a":{"a":1},"b":{"a":2}}`, ""},
		"only white space":       {"  ", object},
	} {
		got := ""
		if faults := validate.Metadata("metadata", json.RawMessage(test.text)); faults != nil {
			got = faults.Error()
		}
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		if strings.Contains(got, "gold") && !strings.Contains(got, object) {
			t.Errorf("%s: the message contains a value: %s", name, got)
		}
	}
}
