package clientfields_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

var update = flag.Bool("update", false, "write the reference page and the catalogue")

const page = "../../docs/reference/applications.md"

// TestTheReferencePageDescribesEveryField compares the page with the table; with
// -update it writes the page.
func TestTheReferencePageDescribesEveryField(t *testing.T) {
	want := reference()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("the page differs from the table. Run go test ./internal/clientfields -update")
	}
}

const catalogue = "../ui/texts/fields/en.json"

// TestTheCatalogueHasTheTextsOfEveryField compares the catalogue, which can be translated,
// with the table; with -update it writes the catalogue.
func TestTheCatalogueHasTheTextsOfEveryField(t *testing.T) {
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(clientfields.Texts()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(catalogue, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return // the texts of this program are those before the change
	}
	got, err := os.ReadFile(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Error("the catalogue differs from the table. Run go test ./internal/clientfields -update")
	}
	for _, g := range clientfields.Groups() {
		if g.Status {
			continue
		}
		shown := map[string]ui.Text{g.Title: g.TitleText()}
		for _, f := range g.Fields {
			shown[f.Label], shown[f.Help], shown[f.Default] = f.LabelText(), f.HelpText(), f.DefaultText()
			for _, c := range f.Choices {
				if c.Text != "" {
					shown[c.Text] = ui.Text{c.Key}
				}
			}
		}
		for want, text := range shown {
			if text.String() != want {
				t.Errorf("got %s, want %s", text, want)
			}
		}
	}
}

const introduction = `# Applications

<!-- Written by go test ./internal/clientfields -update. -->

An application is described by the fields on this page. You can set them in the
back office, with the flags of ` + "`latchkey app add`" + ` and ` + "`latchkey app edit`" + `, or with
a JSON file. In JSON, a field has its name from RFC 7591 or OpenID Connect, if there
is one.

` + "```" + `console
latchkey app show CLIENT_ID --json > app.json
latchkey app edit CLIENT_ID --json app.json
latchkey app add --json new.json
` + "```" + `

- ` + "`app edit`" + ` changes only the members that are in the file. ` + "`null`" + ` means the default. An
  unknown member is an error.
- ` + "`app add`" + ` ignores the fields that are set by Latchkey. ` + "`app edit`" + ` rejects a file
  in which they are out of date, so that it does not undo another person's change.
- The file name ` + "`-`" + ` means standard input.
- A field that is not set is omitted, except ` + "`grant_types` and `redirect_uris`" + `.
- A lifetime is a number of seconds in JSON. A flag or a form needs a unit: ` + "`90s`, `15m`," + `
  ` + "`1h`, `30d` or `30 days`" + `. The file of ` + "`latchkey apply`" + ` can have either.
- The flag of a list can be repeated. Grant types can also be separated by commas, and have
  the short names ` + "`code`, `refresh`, `client`, `jwt_bearer`, `device_code`" + ` and
  ` + "`token_exchange`" + `.
- Client secrets are not part of the JSON. Only ` + "`app add` and `app rotate-secret`" + `
  show one, once, as ` + "`client_secret`" + `.
`

func reference() string {
	var b strings.Builder
	b.WriteString(introduction)
	for _, g := range clientfields.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| name in JSON | flag | value | meaning |\n|---|---|---|---|\n", g.Title)
		for _, f := range g.Fields {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, flags(f), values(f), meaning(f))
		}
	}
	return b.String()
}

func flags(f clientfields.Field) string {
	if f.Kind == clientfields.Kept {
		return ""
	}
	text := "`--" + f.Flag() + "`"
	if f.ShortFlag != "" {
		text += " or `--" + f.ShortFlag + "`"
	}
	if f.Fixed {
		text += " of `app add`"
	}
	return text
}

func values(f clientfields.Field) string {
	kind := map[clientfields.Kind]string{
		clientfields.Text: "text", clientfields.URL: "URL", clientfields.List: "list", clientfields.Scopes: "scopes, separated by spaces",
		clientfields.Switch: "true or false", clientfields.Lifetime: "lifetime", clientfields.Seconds: "lifetime, or a number of seconds",
		clientfields.JSON: "JSON; the flag names a file", clientfields.Account: "id of an account; the flag takes a username",
		clientfields.Kept: "set by Latchkey",
	}[f.Kind]
	if len(f.Choices) == 0 {
		return kind
	}
	var choices []string
	for _, c := range f.Choices {
		choices = append(choices, "`"+c.Value+"`")
	}
	if f.Repeatable() {
		return "list of " + strings.Join(choices, ", ")
	}
	return strings.Join(choices, ", ")
}

func meaning(f clientfields.Field) string {
	text := "**" + f.Label + ".** " + f.Help
	for _, c := range f.Choices {
		if c.Text != "" {
			text += " `" + c.Value + "`: " + c.Text
		}
	}
	switch f.Only {
	case oauth.Confidential:
		text += " Only for confidential applications."
	case oauth.Public:
		text += " Only for public applications."
	}
	if f.Default != "" {
		text += " Default: " + f.Default + "."
	}
	return strings.ReplaceAll(text, "|", "\\|")
}
