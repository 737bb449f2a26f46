package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
)

// consoleBlocks returns the blocks of a page that a person types.
func consoleBlocks(t *testing.T, page string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile("(?s)```console(?: \\w+)?\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

// TestCommandsInTheDocsAreAccepted checks the names and flags of all commands in
// the documentation, including those that no test can run.
func TestCommandsInTheDocsAreAccepted(t *testing.T) {
	t.Parallel()
	used := regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*(?:APP=\$\()?(?:sudo (?:-u \S+ )?|docker compose exec latchkey /|kubectl exec \S+ --container \S+ -- /|go run \./cmd/|\./)?latchkey(?:-linux-amd64)? (.*)$`)
	word := regexp.MustCompile(`"[^"]*"|'[^']*'|[^\s;|&<>)]+|[;|&<>)].*`)
	n := 0
	for _, page := range pages(t) {
		for _, block := range consoleBlocks(t, page) {
			for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
				found := used.FindStringSubmatch(strings.TrimSpace(line))
				if found == nil {
					continue
				}
				var args []string
				for _, w := range word.FindAllString(found[1], -1) {
					if strings.ContainsAny(w[:1], ";|&<>)") {
						break
					}
					args = append(args, strings.Trim(w, `"'`))
				}
				n++
				checkArguments(t, page+": "+line, args)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d commands were found", n)
	}
}

// TestEachAcceptedNameIsInTheHelp: a second name of a flag, such as --name for --client-name, is in
// the help text of the flag. No command has another second name, and no flag is hidden.
func TestEachAcceptedNameIsInTheHelp(t *testing.T) {
	t.Parallel()
	n := 0
	root := rootCommand(&command{streams: streams{strings.NewReader(""), io.Discard, io.Discard}, config: newConfig()})
	eachCommand(root, func(name string, cmd *cobra.Command) {
		if len(cmd.Aliases) > 0 {
			t.Errorf("%s has the aliases %v", name, cmd.Aliases)
		}
		names := make(map[string]*pflag.Flag)
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			names[f.Name] = f
			if f.Hidden {
				t.Errorf("%s: --%s is hidden", name, f.Name)
			}
		})
		for _, f := range clientfields.All() {
			flag := cmd.Flags().Lookup(f.ShortFlag)
			if f.ShortFlag == "" || flag == nil || names[f.ShortFlag] != nil {
				continue
			}
			n++
			if !strings.Contains(flag.Usage, "Also accepted as --"+f.ShortFlag+".") {
				t.Errorf("%s accepts --%s for --%s, and the help does not name it", name, f.ShortFlag, flag.Name)
			}
		}
	})
	if n < 20 {
		t.Errorf("only %d second names were found", n)
	}
}

// TestDocsUseOneNameOfEachFlag, so that a reader does not have to learn both --name and
// --client-name.
func TestDocsUseOneNameOfEachFlag(t *testing.T) {
	t.Parallel()
	long := make(map[string]string)
	for _, f := range clientfields.All() {
		if f.ShortFlag != "" {
			long[f.ShortFlag] = f.Flag()
		}
	}
	command := regexp.MustCompile("latchkey app (?:add|edit)(?:[^\n`]*\\\\\n)*[^\n`]*")
	n := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range command.FindAllString(string(text), -1) {
			for _, flag := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(found, -1) {
				n++
				if long[flag[1]] != "" && page != "CHANGELOG.md" {
					t.Errorf("%s: use --%s instead of --%s in %q", page, long[flag[1]], flag[1], found)
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d flags were found", n)
	}
}

// TestCommandsInSentencesOfTheDocsExist checks the names of commands and flags, as
// in `latchkey user add --claims`.
func TestCommandsInSentencesOfTheDocsExist(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile("`latchkey ([a-z][^`\n]*)`").FindAllStringSubmatch(string(text), -1) {
			n++
			root := rootCommand(&command{streams: streams{strings.NewReader(""), io.Discard, io.Discard}, config: newConfig()})
			args := strings.Fields(found[1])
			used, rest, err := root.Find(args)
			if err != nil || used == root || (used.HasSubCommands() && len(rest) > 0) {
				t.Errorf("%s: there is no command %q, %v", page, found[1], err)
				continue
			}
			for _, arg := range args {
				name, _, _ := strings.Cut(arg, "=")
				if flag, is := strings.CutPrefix(name, "--"); is && flag != "help" && used.Flag(flag) == nil {
					t.Errorf("%s: %q has no flag --%s", page, found[1], flag)
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d commands were found", n)
	}
}

// pages returns the paths of all pages of the documentation.
func pages(t *testing.T) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "docs/*/*/*.md", "examples/*.md", "deploy/*.md"} {
		found, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			paths = append(paths, strings.TrimPrefix(path, "../../"))
		}
	}
	return paths
}

// TestFilesOfTheDeploymentInTheDocsExist checks the paths in commands.
func TestFilesOfTheDeploymentInTheDocsExist(t *testing.T) {
	n := 0
	for _, block := range consoleBlocks(t, "docs/how-to/deploy.md") {
		for _, path := range regexp.MustCompile(`deploy/[\w/.-]+`).FindAllString(block, -1) {
			n++
			if _, err := os.Stat("../../" + path); err != nil {
				t.Error(err)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d paths", n)
	}
}
