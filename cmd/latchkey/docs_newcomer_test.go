package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// consoleBlocks returns the blocks of a page that a person types.
func consoleBlocks(t *testing.T, page string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile("(?s)```console(?: run)?\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

// newcomer returns a shell that runs a script in the checkout, as for a person who
// has installed only Go: PATH contains only Go and the programs of the system. It
// uses the modules and the build cache of this machine.
func newcomer(t *testing.T, home, script string, env ...string) *exec.Cmd {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", "set -eu\n"+script)
	cmd.Dir = "../.."
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // "go run" starts another process
	cmd.Env = append([]string{"HOME=" + home, "PATH=" + filepath.Dir(tool) + ":/usr/bin:/bin"}, env...)
	for _, name := range []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOFLAGS", "GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB"} {
		if value, err := exec.Command(tool, "env", name).Output(); err == nil {
			cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	return cmd
}

// TestTutorialsNeedOnlyGo runs every command of the tutorials, unchanged except for
// the ports, while the demo that the first command starts is running.
func TestTutorialsNeedOnlyGo(t *testing.T) {
	t.Parallel()
	addr, consumer := freeAddress(t), freeAddress(t)
	_, port, _ := net.SplitHostPort(addr)
	_, consumerPort, _ := net.SplitHostPort(consumer)
	ports := strings.NewReplacer("localhost:8000", "localhost:"+port, "localhost:8001", "localhost:"+consumerPort)
	home := t.TempDir()
	env := []string{"LATCHKEY_ADDR=localhost:" + port, "LATCHKEY_CONSUMER_ADDR=localhost:" + consumerPort}

	first := consoleBlocks(t, "docs/tutorial/01-first-minute.md")
	if first[0] != consoleBlocks(t, "README.md")[0] {
		t.Errorf("README.md begins with %q, and the tutorial with %q", consoleBlocks(t, "README.md")[0], first[0])
	}
	var out, complaint syncBuffer
	demo := newcomer(t, home, first[0], env...)
	demo.Stdout, demo.Stderr = &out, &complaint
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-demo.Process.Pid, syscall.SIGINT)
		_ = demo.Wait()
		if t.Failed() {
			t.Logf("the demo printed: %s%s", out.String(), complaint.String())
		}
	})
	out.await(t, "go run ./cmd/latchkey app list --data ")

	t.Log("the demo prints what the pages show")
	data := filepath.Join(home, ".local", "share", "latchkey-demo")
	password := regexp.MustCompile(`(?m)^  Password .*$`)
	for _, page := range []string{"README.md", "docs/tutorial/01-first-minute.md"} {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		_, shown, _ := strings.Cut(string(text), "```text\n")
		shown, _, _ = strings.Cut(shown, "```")
		shown = strings.Replace(ports.Replace(shown), "/home/ada/.local/share/latchkey-demo", data, 1)
		if got := out.String(); shown == "" || !strings.HasPrefix(password.ReplaceAllString(got, ""), password.ReplaceAllString(shown, "")) {
			t.Errorf("%s shows\n%s\nand the demo prints\n%s", page, shown, got)
		}
	}

	script := strings.Join(append(first[1:], consoleBlocks(t, "docs/tutorial/02-protect-an-api.md")...), "") + "go run ./cmd/latchkey app list\n"
	var answers, errors bytes.Buffer
	session := newcomer(t, home, ports.Replace(script), env...)
	session.Stdout, session.Stderr = &answers, &errors
	if err := session.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, &errors, &answers)
	}
	for _, want := range []string{"Hello, OAuth2!", "401 Unauthorized", "Nightly report", "Hello API"} {
		if !strings.Contains(answers.String(), want) {
			t.Errorf("%q is missing in the answers:\n%s\n%s", want, &answers, &errors)
		}
	}
	if folders, err := os.ReadDir(filepath.Dir(data)); err != nil || len(folders) != 1 {
		t.Errorf("the commands have used the data folders %v, %v", folders, err)
	}
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
