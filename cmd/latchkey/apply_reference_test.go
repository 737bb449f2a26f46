package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

//go:generate go test . -run TestReferenceOfAppliedFilesIsUpToDate -update

// TestReferenceOfAppliedFilesIsUpToDate writes docs/reference/applied-file.md from the fields of
// each kind.
func TestReferenceOfAppliedFilesIsUpToDate(t *testing.T) {
	var page strings.Builder
	table := func(title, intro string) {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n| member | value | meaning |\n|---|---|---|\n", title, intro)
	}
	member := func(name, value, help string) {
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", name, value, cell(help))
	}
	secrets := func() {
		member("secret_file", "text", "Path of a file with the secret, relative to the folder of this file.")
		member("secret_env", "text", "Name of an environment variable with the secret.")
	}
	members := func(all []declared.Member) {
		for _, m := range all {
			member(m.Name, m.Value, m.Help)
		}
	}
	table("`"+declared.Scopes+"`", "[Scopes in the database](../how-to/manage-scopes-and-resources.md). `name` is required, and must not be that of a scope of the configuration.")
	members(declared.ScopeMembers())
	table("`"+declared.Resources+"`", "[Resources in the database](../how-to/manage-scopes-and-resources.md). `uri` is required, and must not be that of a resource of the configuration.")
	members(declared.ResourceMembers())
	table("`"+declared.Groups+"`", "[Groups](../how-to/groups.md), without their members. `name` is required.")
	members(declared.GroupMembers())
	table("`"+declared.Applications+"`", "The members are those of [applications](applications.md), which describes them in full. `client_id` is required. A new application that needs a secret needs `secret_file` or `secret_env`.")
	for _, f := range declared.ApplicationFields() {
		help := f.Label + "."
		if f.Default != "" && !f.Fixed {
			help += " Default: " + f.Default + "."
		}
		if f.Name == "disabled" {
			help += " A missing member keeps the state."
		}
		member(f.Name, memberValue(f), help)
	}
	secrets()
	table("`"+declared.LoginProviders+"`", "Login providers in the database. `name` is required.")
	for _, f := range upstream.Fields() {
		value := "text"
		switch {
		case f.IsList():
			value = "list"
		case f.IsMap():
			value = "map"
		case f.IsSwitch():
			value = "true or false"
		}
		member(f.Name, value, strings.ToUpper(f.Help[:1])+f.Help[1:]+".")
	}
	secrets()
	table("`"+declared.People+"`", "People with an account, and all of their [roles](../how-to/roles.md). `roles` is required, and either `id` with `username`, or one of `username` and `email`. People are not added: [invite them](../how-to/invite-people.md).")
	member("id", "ID of an account", "The account, as an export names it. `username` is then required, and must be that of the account.")
	member("username", "text", "The username, in any spelling that the login page accepts. Without `id`, `--yes` adds no role.")
	member("email", "text", "The email address, if exactly one person has confirmed it.")
	member("roles", "list", "All roles of the person: administrator, operator and auditor. An empty list takes all roles away.")
	page.WriteString("\n")
	updateGenerated(t, "../../docs/reference/applied-file.md", page.String())
}

// memberValue describes the value of a field in YAML.
func memberValue(f clientfields.Field) string {
	switch f.Kind {
	case clientfields.Switch:
		return "true or false"
	case clientfields.List:
		return "list"
	case clientfields.Scopes:
		return "text, with spaces between the scopes"
	case clientfields.Lifetime, clientfields.Seconds:
		return declared.LifetimeValue
	case clientfields.JSON:
		return "map or list"
	case clientfields.Account:
		return "ID of an account"
	case clientfields.Accounts:
		return "list of IDs of accounts"
	}
	return "text"
}

// TestSettingsThatAnAppliedFileRefersToExist: a file with one of them gets an error that names the
// configuration file.
func TestSettingsThatAnAppliedFileRefersToExist(t *testing.T) {
	known := make(map[string]bool)
	for _, s := range settings.Of(newConfig()) {
		known[s.Key] = true
	}
	for _, name := range declared.SettingsOfServer() {
		if !known[name] {
			t.Errorf("there is no setting %s", name)
		}
	}
}
