package declared_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
)

// TestValuesMeanWhatTheySeemTo: an alias has the value of its anchor in other programs, and not its
// name, and a tag does not put JSON into the file.
func TestValuesMeanWhatTheySeemTo(t *testing.T) {
	d := open(t)
	d.addUser("ada", "", account.RoleAdministrator)
	d.addUser("bob", "")
	const application = "applications:\n- client_id: a\n  client_type: public\n  client_name: A\n  redirect_uris: ['https://a.example/']\n  disabled: "
	for text, want := range map[string]string{
		"people: [{username: bob, roles: [&administrator auditor, *administrator]}]": "line 1: anchors and aliases (*administrator) are not supported",
		"people: [{username: bob, roles: [[administrator]]}]":                        "line 1: roles: write the name of a role, not a list",
		"people: [{username: bob, roles: [!!binary YWRtaW5pc3RyYXRvcg==]}]":          "line 1: roles: write the name of a role",
		application + `!!bool 'true, "x": 1'`:                                        "line 6: write true or false",
		application + `!!bool hush`:                                                  "line 6: write true or false",
		application + `!!null shop`:                                                  "line 6: remove the text after the tag !!null",
		application + "*x":                                                           "unknown anchor",
		"login_providers: [{name: a, trust_second_factor: !!bool yes}]":              "line 1: write true or false",
		"applications:\n- client_id: a\n  \"x\\nline 9: y\": 1":                      "line 3: unknown member x line 9: y",
	} {
		p, err := d.plan(text, false)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s\ngot %v, %v", text, err, p)
		}
	}
	for _, value := range []string{"!!bool True", "!!null null", "!!null ~", "~", "null", ""} {
		if _, err := d.plan(application+value, false); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// TestMistakesOfAFileAreBounded in number and length, and so are the values of a file.
func TestMistakesOfAFileAreBounded(t *testing.T) {
	var members strings.Builder
	for i := range 200 {
		fmt.Fprintf(&members, "k%d: 1, ", i)
	}
	for name, text := range map[string]string{
		"tags":    "scopes: [" + strings.Repeat("!!bool x,", 200) + "]",
		"objects": "groups: [" + strings.Repeat("a,", 200) + "]",
		"members": "people: [{" + members.String() + "}]",
		"roles":   "people: [{username: a, roles: [" + strings.Repeat("x,", 200) + "]}]",
		"name":    "people: [{" + strings.Repeat("é", 100_000) + ": 1}]",
		"values":  "scopes: [{name: a, claims: [" + strings.Repeat("a,", 500_000) + "]}]",
	} {
		_, err := declared.Parse([]byte(text), nil)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if lines := strings.Count(err.Error(), "\n") + 1; lines > 101 || len(err.Error()) > 30_000 || !utf8.ValidString(err.Error()) {
			t.Errorf("%s: %d mistakes with %d bytes", name, lines, len(err.Error()))
		}
		if want := "the file has more than 500000 names and values"; name == "values" && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
