package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

//go:generate go test . -run TestCommandReferenceIsUpToDate -update

// guides are the pages that describe the use of a command.
var guides = map[string]string{
	"apply":                  "See [how to keep applications in a file](../how-to/keep-applications-in-a-file.md).",
	"bench":                  "`make bench` measures Latchkey itself.",
	"check":                  "[Errors](errors.md) lists all findings.",
	"db backup":              "See [how to back up and restore](../how-to/back-up-and-restore.md).",
	"db copy":                "See [how to move to another database](../how-to/move-house.md).",
	"demo":                   "[The first tutorial](../tutorial/01-first-minute.md) uses it.",
	"diff":                   "See [how to keep applications in a file](../how-to/keep-applications-in-a-file.md).",
	"export":                 "See [how to keep applications in a file](../how-to/keep-applications-in-a-file.md).",
	"health":                 "See [how to observe a running server](../how-to/observe.md).",
	"key rotate":             "See [how to rotate keys](../how-to/rotate-keys.md).",
	"migrate":                "See [how to scale](../how-to/scale.md).",
	"mock":                   "See [how to test a program](../how-to/test-a-program.md).",
	"registration token add": "See [how to let applications register](../how-to/let-applications-register.md).",
	"serve":                  "See [how to deploy](../how-to/deploy.md).",
	"webhook test":           "See [how to receive events](../how-to/webhooks.md).",
}

// TestCommandReferenceIsUpToDate writes docs/reference/command-line.md from the help of
// the commands.
func TestCommandReferenceIsUpToDate(t *testing.T) {
	c := &command{streams: streams{os.Stdin, os.Stdout, os.Stderr}, config: newConfig()}
	var page strings.Builder
	described := make(map[string]bool)
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.HasSubCommands() {
			for _, sub := range cmd.Commands() {
				walk(sub)
			}
			return
		}
		name := strings.TrimPrefix(cmd.CommandPath(), "latchkey ")
		described[name] = true
		fmt.Fprintf(&page, "\n## %s\n\n```text\n%s\n```\n\n%s\n", name, strings.TrimSuffix(cmd.CommandPath(), cmd.Name())+cmd.Use, paragraphs(cmp.Or(cmd.Long, cmd.Short+".")))
		if guides[name] != "" {
			fmt.Fprintf(&page, "\n%s\n", guides[name])
		}
		page.WriteString(flagTable(cmd))
	}
	root := rootCommand(c)
	page.WriteString(confirmation(root))
	walk(root)
	page.WriteString("\n")
	updateGenerated(t, "../../docs/reference/command-line.md", page.String())
	for name := range guides {
		if !described[name] {
			t.Errorf("guides contains the command %q, which does not exist", name)
		}
	}
}

// flagTable returns the flags of a command. Settings and the fields of applications have
// pages of their own.
func flagTable(cmd *cobra.Command) string {
	elsewhere := make(map[string]string)
	for _, s := range settings.Of(new(config)) {
		elsewhere[s.Flag()] = "[settings](configuration.md)"
	}
	if cmd.HasParent() && cmd.Parent().Name() == "app" {
		for _, f := range clientfields.All() {
			elsewhere[f.Flag()] = "[fields of an application](applications.md)"
		}
	}
	cmd.SetOut(io.Discard)
	_ = cmd.Help() // some flags get their text only now
	var table strings.Builder
	others := make(map[string]bool)
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		where := elsewhere[f.Name]
		switch {
		case f.Hidden || f.Name == "help":
		case where != "" && cmd.Name() != "mock": // whose --addr is not the setting
			others[where] = true
		default:
			value, help := pflag.UnquoteUsage(f)
			fmt.Fprintf(&table, "| `%s` | %s | %s |\n", strings.TrimSpace("--"+f.Name+" "+value), flagDefault(f), cell(help))
		}
	})
	text := table.String()
	if text != "" {
		text = "\n| flag | default | meaning |\n|---|---|---|\n" + text
	}
	for _, where := range slices.Sorted(maps.Keys(others)) {
		text += "\nThe " + where + " are flags of this command, too.\n"
	}
	return text
}

// flagDefault returns the default of a flag, or "" if it is the zero value.
func flagDefault(f *pflag.Flag) string {
	if slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
		return ""
	}
	if d, err := time.ParseDuration(f.DefValue); err == nil {
		return "`" + strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String()) + "`"
	}
	return "`" + f.DefValue + "`"
}

// cell returns a text as a cell of a table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text) }

// paragraphs joins the lines of each paragraph of a help text, and keeps its lists.
func paragraphs(text string) string {
	all := strings.Split(text, "\n\n")
	for i, paragraph := range all {
		if strings.HasPrefix(paragraph, "  ") { // commands
			all[i] = "```console\n" + strings.TrimPrefix(strings.ReplaceAll("\n"+paragraph, "\n  ", "\n"), "\n") + "\n```"
		} else {
			all[i] = joinedLines(paragraph)
		}
	}
	return strings.Join(all, "\n\n")
}

// joinedLines returns a paragraph or a list as Markdown.
func joinedLines(text string) string {
	text = regexp.MustCompile(`\n +`).ReplaceAllString(text, " ")
	text = regexp.MustCompile(`([^\n])\n([^\n-])`).ReplaceAllString(text, "$1 $2")
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;").Replace(text)
}

func TestParagraphsOfHelpTexts(t *testing.T) {
	const help = "Check the\nsettings, and that\n\n- one\n  is a_b,\n- two is.\n\n  run a_b \\\n    < c\n\nThe\nend."
	if got, want := paragraphs(help), "Check the settings, and that\n\n- one is a\\_b,\n- two is.\n\n```console\nrun a_b \\\n  < c\n```\n\nThe end."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
