package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// unconfirmed are the commands that take something away without a question, with the reason.
var unconfirmed = map[string]string{
	"session end":               "the person can log in again",
	"consent withdraw":          "the person can consent again",
	"invitation withdraw":       "the person can be invited again",
	"registration token revoke": "another token can be added",
}

// TestDestructiveCommandsNeedAConfirmation walks all commands. TestEveryCommandThatWritesIsAnEvent
// runs those with --yes, first without it.
func TestDestructiveCommandsNeedAConfirmation(t *testing.T) {
	destructive := []string{"delete", "remove", "reset", "revoke", "retire", "withdraw", "end"}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		if !slices.Contains(destructive, cmd.Name()) || cmd.HasSubCommands() {
			return
		}
		if confirmed := cmd.Flags().Lookup("yes") != nil; confirmed == (unconfirmed[name] != "") {
			t.Errorf("%s: it needs the flag --yes, or else a reason here (--yes: %v)", name, confirmed)
		}
	}
	walk(rootCommand(&command{config: newConfig()}))
}
