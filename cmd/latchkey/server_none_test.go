package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandHasAServerOrAReason: a command either has --server, or withoutServer says why not, and
// the error for the flag does, too.
func TestEveryCommandHasAServerOrAReason(t *testing.T) {
	root := rootCommand(&command{config: newConfig()})
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if cmd.HasSubCommands() {
			return
		}
		why, has := whyNoServer(cmd), cmd.Flags().Lookup(serverFlag) != nil
		if has == (why != "") {
			t.Errorf("%s: has --server: %t; the reason: %q", cmd.CommandPath(), has, why)
		}
	}
	visit(root)
	for path := range withoutServer {
		if found, _, err := root.Find(strings.Fields(path)); err != nil || found.CommandPath() != "latchkey "+path {
			t.Errorf("there is no command %s", path)
		}
	}
	for flag, why := range flagsWithoutServer {
		path, name, _ := strings.Cut(flag, " --")
		found, _, err := root.Find(strings.Fields(path))
		if err != nil || found.CommandPath() != "latchkey "+path || found.Flags().Lookup(name) == nil || found.Flags().Lookup(serverFlag) == nil || why == "" {
			t.Errorf("there is no %s, or it has no reason", flag)
		}
	}
	status, _, stderr := administered{t: t}.run("key", "import", "key.pem", "--server", "https://id.example.com")
	if want := withoutServer["key import"]; status != exitUsage || !strings.Contains(stderr, want) {
		t.Errorf("status %d: %s", status, stderr)
	}
}
