package oauth_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

//go:generate go test . -run TestEventReferenceIsUpToDate -update

var update = flag.Bool("update", false, "write docs/reference/events.md")

const (
	eventReference = "../docs/reference/events.md"
	generatedBegin = "<!-- Generated from the code: make generate -->\n"
	generatedEnd   = "<!-- End of what is generated -->\n"
)

// TestEventTypesAreComplete also shows that each field is a member of Event in JSON.
func TestEventTypesAreComplete(t *testing.T) {
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Event]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		members = append(members, name)
	}
	types := oauth.EventTypes()
	for _, constant := range regexp.MustCompile(`(?m)^\tEvent\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		if !slices.ContainsFunc(types, func(e oauth.EventType) bool { return e.Name == constant[1] }) {
			t.Errorf("EventTypes does not have %s", constant[1])
		}
	}
	for i, e := range types {
		if slices.ContainsFunc(types[:i], func(other oauth.EventType) bool { return other.Name == e.Name }) {
			t.Errorf("EventTypes has %s twice", e.Name)
		}
		for _, field := range e.Fields {
			if !slices.Contains(members, field) {
				t.Errorf("%s has the field %s, which is not a member of Event", e.Name, field)
			}
		}
	}
}

func TestEventReferenceIsUpToDate(t *testing.T) {
	page, err := os.ReadFile(eventReference)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), generatedBegin)
	_, after, ends := strings.Cut(rest, generatedEnd)
	if !begins || !ends {
		t.Fatalf("%s does not contain the lines %q and %q", eventReference, generatedBegin, generatedEnd)
	}
	table := "\n| name | when | members besides `name`, `outcome` and `at` |\n|---|---|---|\n"
	for _, e := range oauth.EventTypes() {
		members := "none"
		if len(e.Fields) > 0 {
			members = "`" + strings.Join(e.Fields, "`, `") + "`"
		}
		table += fmt.Sprintf("| `%s` | %s | %s |\n", e.Name, e.Text, members)
	}
	want := before + generatedBegin + table + "\n" + generatedEnd + after
	switch {
	case want == string(page):
	case *update:
		if err := os.WriteFile(eventReference, []byte(want), 0o644); err != nil { //nolint:gosec // a public document
			t.Fatal(err)
		}
	default:
		t.Fatalf("%s does not match the events in the code. Run: make generate", eventReference)
	}
}

// TestReferenceListsEveryOutcome: the receiver of a webhook must know the values.
func TestReferenceListsEveryOutcome(t *testing.T) {
	page, err := os.ReadFile(eventReference)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Outcomes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\tOutcome\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 15 {
		t.Errorf("only %d outcomes were found", len(found))
	}
	for _, constant := range found {
		if !strings.Contains(section, "`"+constant[1]+"`") {
			t.Errorf("%s does not list the outcome %s", eventReference, constant[1])
		}
	}
}
