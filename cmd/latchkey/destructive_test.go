package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// unconfirmed are the commands that take something away without --yes, with the reason.
var unconfirmed = map[string]string{
	"app disable":                   "you can enable the application again; its tokens remain revoked, unless you use --keep-tokens",
	"app revoke-registration-token": "the application can no longer change its registration, but administrators can; its secrets and tokens remain valid",
	"app rotate-secret":             "the old secrets remain valid for a day, unless you set another time",
	"consent withdraw":              "the person can give consent again",
	"invitation withdraw":           "you can invite the person again",
	"key rotate":                    "the old key is published until the tokens that it signed have expired",
	"registration token revoke":     "you can add another token, and registered applications are kept",
	"session end":                   "the person can log in again",
	"user disable":                  "you can enable the user again; the tokens remain revoked, unless you use --keep-tokens",
}

// confirmation is the section of docs/reference/command-line.md about --yes.
func confirmation(root *cobra.Command) string {
	var page strings.Builder
	page.WriteString("\n## Confirm a change\n\nSome commands need `--yes`, because their effect cannot be undone, or concerns all applications. Without the flag, such a command changes nothing, says what would be lost, and has the exit status 1. `latchkey apply` asks before it changes anything, and does not ask with `--yes`. These commands need the flag:\n\n")
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		flag := cmd.Flags().Lookup("yes")
		if flag == nil || cmd.Name() == "apply" { // a person confirms it
			return
		}
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		what := cmd.Short
		if strings.HasPrefix(flag.Usage, "with --all") {
			name, what = name+" --all", cmd.Flags().Lookup("all").Usage
		}
		page.WriteString("- `latchkey " + name + "`: " + what + "\n")
	}
	walk(root)
	page.WriteString("\nThese commands also take something away, but do not need the flag:\n\n")
	for _, name := range slices.Sorted(maps.Keys(unconfirmed)) {
		page.WriteString("- `latchkey " + name + "`: " + unconfirmed[name] + "\n")
	}
	return page.String()
}

// TestDestructiveCommandsNeedAConfirmation walks all commands. TestEveryCommandThatWritesIsAnEvent
// runs those with --yes, first without it.
func TestDestructiveCommandsNeedAConfirmation(t *testing.T) {
	destructive := []string{"delete", "remove", "reset", "revoke", "revoke-registration-token", "retire", "withdraw", "end", "disable", "rotate", "rotate-secret"}
	found := make(map[string]bool)
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		if !slices.Contains(destructive, cmd.Name()) || cmd.HasSubCommands() {
			return
		}
		found[name] = true
		if confirmed := cmd.Flags().Lookup("yes") != nil; confirmed == (unconfirmed[name] != "") {
			t.Errorf("%s: it needs the flag --yes, or else a reason here (--yes: %v)", name, confirmed)
		}
	}
	walk(rootCommand(&command{config: newConfig()}))
	for name := range unconfirmed {
		if !found[name] {
			t.Errorf("there is no command %q", name)
		}
	}
}
