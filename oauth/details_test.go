package oauth_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestDetailsWithAnyMemberAreStored: a Store writes nothing for details that are zero.
func TestDetailsWithAnyMemberAreStored(t *testing.T) {
	members := []string{`"claims":{}`, `"locales":["de"]`, `"acr":"1"`, `"amr":["pwd"]`, `"resources":["https://a.example"]`, `"metadata":{}`, `"until":"2026-03-04T05:06:07Z"`}
	if n := reflect.TypeFor[oauth.Details]().NumField(); n != len(members) {
		t.Errorf("Details has %d fields, and the test %d", n, len(members))
	}
	for _, member := range members {
		var d oauth.Details
		if err := json.Unmarshal([]byte("{"+member+"}"), &d); err != nil || d.IsZero() {
			t.Errorf("%s: %+v %v", member, d, err)
		}
	}
	if !(oauth.Details{}).IsZero() {
		t.Error("the zero value is not zero")
	}
}
