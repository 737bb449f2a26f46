package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// unrun are the commands of the tutorials that no test runs, by page and first line,
// with the test that checks them in another way.
var unrun = map[string]string{
	"10-production.md: latchkey check \"https://$NAME/o\"": "TestLatchkeyPassesAllChecks",
}

// course follows the tutorials, as a person does after installing only Go.
type course struct {
	t      *testing.T
	home   string
	env    []string
	names  *strings.Replacer // from ports and files of the pages to those of this machine
	paths  *strings.Replacer // of files in commands, if they are not those of the page
	reader *reader
	stop   func() // stops the demo
}

// TestTutorialsNeedOnlyGo runs every command of the tutorials and compares what they
// print with what the pages show. The commands are unchanged except for ports and the
// paths of files that the reader writes. All pages use one demo, as a reader does.
func TestTutorialsNeedOnlyGo(t *testing.T) {
	t.Parallel()
	c := newCourse(t)
	for _, page := range tutorials(t) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			if strings.Contains(page, "production") {
				c.onServer(t).run(t, page)
				return
			}
			c.run(t, page)
		})
	}
	if folders, err := os.ReadDir(filepath.Join(c.home, ".local", "share")); err != nil || len(folders) != 1 {
		t.Errorf("the commands have used the data folders %v, %v", folders, err)
	}
}

// newCourse writes the files of all pages, and chooses the ports.
func newCourse(t *testing.T) *course {
	t.Helper()
	c := &course{t: t, home: t.TempDir(), paths: strings.NewReplacer()}
	// The password of the pages is an example, and so is the home folder.
	names := []string{"kuvac-lpofi-mnkwb-ow6t4-grkzo", "…", "/home/ada/", c.home + "/", "shop.db", c.home + "/shop.db", "shop.key", c.home + "/shop.key", "go install ./cmd/latchkey", "test -x \"$(go env GOPATH)/bin/latchkey\""}
	text := allText(t)
	for _, found := range regexp.MustCompile(`localhost:\d+`).FindAllString(text, -1) {
		if !slices.Contains(names, found) && found != "localhost:9" { // nothing runs at port 9
			port := strconv.Itoa(needs.Port(t))
			names = append(names, found, "localhost:"+port)
		}
	}
	bin := filepath.Join(c.home, "go", "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program(t), filepath.Join(bin, "latchkey")); err != nil { // go install, without the seconds that linking takes
		t.Fatal(err)
	}
	c.names = strings.NewReplacer(names...) // for the files too
	c.names = strings.NewReplacer(append(names, c.writeOtherFiles(t)...)...)
	write(t, filepath.Join(c.home, ".curlrc"), "no-progress-meter\n") // as on a terminal
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	// A shell finds only Go and the programs of the system. It uses the modules and the
	// build cache of this machine, and the compiled packages of the function binary.
	c.env = []string{
		"HOME=" + c.home, "PATH=" + filepath.Dir(tool) + ":/usr/bin:/bin", "GOPATH=" + filepath.Join(c.home, "go"),
		"CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false -ldflags=-s -overlay=" + c.writePrograms(t),
		"LATCHKEY_ADDR=" + c.here("localhost:8000"), "LATCHKEY_CONSUMER_ADDR=" + c.here("localhost:8001"),
	}
	for _, name := range []string{"GOMODCACHE", "GOCACHE", "GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB"} {
		if value, err := exec.Command(tool, "env", name).Output(); err == nil {
			c.env = append(c.env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	return c
}

// allText returns the text of all tutorials.
func allText(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, page := range tutorials(t) {
		content, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(content)
	}
	return text.String()
}

// here replaces the ports and files of the pages by those of this machine.
func (c *course) here(text string) string { return c.names.Replace(text) }

// writePrograms writes the Go programs of the pages, and returns an overlay with which
// the go command sees them in the checkout.
func (c *course) writePrograms(t *testing.T) (overlay string) {
	t.Helper()
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, page := range tutorials(t) {
		for _, b := range blocksOf(t, page) {
			if b.kind == "go" && !strings.HasPrefix(b.info, "from ") {
				path := filepath.Join(c.home, strings.ReplaceAll(b.info, "/", "-"))
				write(t, path, c.here(b.text)+"\n")
				files[filepath.Join(checkout, b.info)] = path
			}
		}
	}
	content, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(c.home, "overlay.json")
	write(t, overlay, string(content))
	return overlay
}

// writeOtherFiles writes the other files of the pages, and returns pairs of their names
// and their paths.
func (c *course) writeOtherFiles(t *testing.T) (names []string) {
	t.Helper()
	for _, page := range tutorials(t) {
		for _, b := range blocksOf(t, page) {
			if b.kind == "yaml" && b.info != "" {
				path := filepath.Join(c.home, b.info)
				write(t, path, c.here(b.text)+"\n")
				names = append(names, b.info, path)
			}
		}
	}
	return names
}

// newcomer returns a shell that runs commands in the checkout.
func (c *course) newcomer(commands string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", "-c", "set -eu\n"+c.paths.Replace(c.here(commands)))
	cmd.Dir, cmd.Env = "../..", c.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // "go run" starts another process
	return cmd
}

// startDemo starts the demo of a page, in place of the one that is running.
func (c *course) startDemo(s step) {
	c.t.Helper()
	if c.stop != nil {
		c.stop()
	}
	var output string
	output, c.stop = c.start(c.t, s)
	if found := regexp.MustCompile(`(?m)^  Password +(\S+)`).FindStringSubmatch(output); found != nil {
		var err error
		if c.reader, err = newReader("http://"+c.here("localhost:8000"), administrator, found[1]); err != nil {
			c.t.Fatal(err)
		}
	}
}

// TestReadmeBeginsLikeTheFirstTutorial: the first command and its output are the same.
func TestReadmeBeginsLikeTheFirstTutorial(t *testing.T) {
	readme, first := blocksOf(t, "README.md"), blocksOf(t, "docs/tutorial/01-first-minute.md")
	for i := range 2 {
		if readme[i].text != first[i].text {
			t.Errorf("README.md shows\n%s\nand the first tutorial\n%s", readme[i].text, first[i].text)
		}
	}
}

// TestEveryBlockOfTheTutorialsIsChecked: a block is run, compared with output or with
// the file that it is from, or listed in unrun.
func TestEveryBlockOfTheTutorialsIsChecked(t *testing.T) {
	found := make(map[string]string)
	for _, page := range tutorials(t) {
		blocks := blocksOf(t, page)
		for i, b := range blocks {
			at := func(text string) { t.Errorf("%s:%d: %s", b.page, b.line, text) }
			switch path, isFile := strings.CutPrefix(b.info, "from "); {
			case b.kind == "console" && b.info == "unrun":
				first, _, _ := strings.Cut(b.text, "\n")
				found[filepath.Base(page)+": "+first] = unrun[filepath.Base(page)+": "+first]
			case b.kind == "console" && (b.info == "" || b.info == "background"):
			case b.kind == "text" && (i == 0 || blocks[i-1].kind != "console"):
				at("this is the output of no command")
			case b.kind == "text":
			case b.kind != "go" && b.kind != "yaml" || b.info == "":
				at("a block of this kind is not checked")
			case isFile:
				if content, err := os.ReadFile("../../" + path); err != nil || !strings.Contains(plain(string(content)), plain(b.text)) {
					at("the excerpt is not in the file " + path)
				}
			case !strings.Contains(b.before, "`"+b.info+"`"):
				at("the sentence before does not name the file " + b.info)
			}
		}
	}
	if !maps.Equal(found, unrun) {
		t.Errorf("the blocks that are not run are %q", slices.Sorted(maps.Keys(found)))
	}
	tests := testFiles(t)
	for command, test := range unrun {
		if !strings.Contains(tests, "func "+test+"(") {
			t.Errorf("%s: there is no test %s", command, test)
		}
	}
}

// testFiles returns the text of the tests that may check commands of the tutorials.
func testFiles(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, pattern := range []string{"../../e2e/*_test.go", "../../internal/livecheck/*_test.go", "*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(content)
		}
	}
	return text.String()
}

// plain returns a text without indentation.
func plain(text string) string {
	return regexp.MustCompile(`(?m)^\s+`).ReplaceAllString(text, "")
}
