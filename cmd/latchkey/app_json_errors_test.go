package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// goName matches names of Go, which mean nothing to the people who read an error.
var goName = regexp.MustCompile(`[A-Z]\w+\.\w|\b(u?int|float)\d|struct|\bGo\b|\bjson:`)

// Whatever is wrong with a member of --json, or with the text of a flag, the error
// names the member or the value as people know it.
func TestErrorsOfApplicationsContainNoNamesOfGo(t *testing.T) {
	for _, f := range clientfields.All() {
		wrong := 0
		check := func(value string, err error) {
			t.Helper()
			if err == nil {
				return
			}
			wrong++
			if found := goName.FindString(err.Error()); found != "" {
				t.Errorf("%s: %s: %q in %q", f.Name, value, found, err)
			}
		}
		for _, value := range []string{`7.5`, `"x y"`, `true`, `[7]`, `[[]]`, `{"a":7}`, `-1`, `99999999999`, `[{"feature":7}]`, `{"client_name#":7}`} {
			client := &oauth.Client{ID: "app", Name: "App", Type: oauth.Confidential}
			err := setMembers(fmt.Appendf(nil, `{%q: %s}`, f.Name, value), client, true)
			check(value, err)
			if err != nil && !strings.Contains(err.Error(), f.Name) {
				t.Errorf("%s: %s: %q does not name the member", f.Name, value, err)
			}
			var text string
			if json.Unmarshal([]byte(value), &text) != nil {
				text = value
			}
			check(text, f.Set(client, []string{text}))
			for _, fault := range provider.ValidateClient(client, oauth.DefaultScopeInfos()) {
				check(text, fmt.Errorf("%s: %s", fault.Field, fault.Message))
			}
		}
		if wrong == 0 {
			t.Errorf("%s: no value is rejected", f.Name)
		}
	}
}
