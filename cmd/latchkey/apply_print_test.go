package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestDifferenceShowsEverythingThatDiffers: of long values, too. The end of a list of scopes can
// be that of the admin API.
func TestDifferenceShowsEverythingThatDiffers(t *testing.T) {
	var scopes, uris []string
	for i := range 40 {
		scopes = append(scopes, fmt.Sprintf("https://api.example/scope%d", i))
		uris = append(uris, fmt.Sprintf("https://shop.example/callback%d", i))
	}
	list := func(all ...string) string {
		text, _ := json.Marshal(all) // strings have no error
		return string(text)
	}
	long := strings.Join(scopes, " ")
	for name, test := range map[string]struct {
		action declared.Action
		change oauth.Change
		want   []string
	}{
		"scope":                 {declared.Change, oauth.Change{Field: "scope", Before: long, After: long + " latchkey:admin"}, []string{"      + latchkey:admin\n"}},
		"scope that is removed": {declared.Change, oauth.Change{Field: "scope", Before: long + " latchkey:admin", After: long}, []string{"      - latchkey:admin\n"}},
		"redirect URI":          {declared.Change, oauth.Change{Field: "redirect_uris", Before: list(uris...), After: list(append(uris[1:], "https://evil.example")...)}, []string{"      - \"https://shop.example/callback0\"\n", "      + \"https://evil.example\"\n"}},
		"repeated redirect URI": {declared.Change, oauth.Change{Field: "redirect_uris", Before: list(uris...), After: list(append(uris, uris[0])...)}, []string{"      + \"https://shop.example/callback0\"\n"}},
		"order of a list":       {declared.Change, oauth.Change{Field: "redirect_uris", Before: list(uris...), After: list(append(uris[1:], uris[0])...)}, []string{list(append(uris[1:], uris[0])...)}},
		"map":                   {declared.Change, oauth.Change{Field: "jwks", Before: `{"keys":["` + long + `"],"x":1}`, After: `{"keys":["` + long + `"],"x":2}`}, []string{"      - x: 1\n", "      + x: 2\n"}},
		"lines":                 {declared.Change, oauth.Change{Field: "groups", Before: strings.Join(scopes, "\n"), After: strings.Join(scopes, "\n") + "\nadmin"}, []string{"      + admin\n"}},
		"text":                  {declared.Change, oauth.Change{Field: "filter", Before: long, After: long + "!"}, []string{"      - " + long + "\n", "      + " + long + "!\n"}},
		"value that is removed": {declared.Change, oauth.Change{Field: "filter", Before: long}, []string{"      - " + long + "\n"}},
		"value of a new object": {declared.Create, oauth.Change{Field: "scope", After: long + " latchkey:admin"}, []string{long + " latchkey:admin\n"}},
		"short value":           {declared.Change, oauth.Change{Field: "scope", Before: "a", After: "b"}, []string{"    scope: a → b\n"}},
	} {
		var out bytes.Buffer
		new(command).printPlan(&out, &declared.Plan{Steps: []declared.Step{{Action: test.action, Kind: declared.Applications, Name: "shop", Changes: []oauth.Change{test.change}}}}, false)
		for _, want := range test.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is not in\n%s", name, want, &out)
			}
		}
	}
}
