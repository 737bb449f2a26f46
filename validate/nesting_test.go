package validate_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestJSONNestingIgnoresBracketsInStrings(t *testing.T) {
	for text, deeper := range map[string]bool{
		``: false, `1`: false, `[{}]`: false, `[{"a":[]}]`: true, `[[[`: true, `[[],[],{"a":1}]`: false,
		`["[[[", {"{{{": "\"[[["}]`: false, `["\\", [[]]]`: true,
	} {
		if got := validate.Deeper([]byte(text), 2); got != deeper {
			t.Errorf("%s: %t, want %t", text, got, deeper)
		}
	}
}
