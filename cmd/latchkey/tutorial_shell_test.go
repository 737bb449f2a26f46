package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// run runs all commands of a page in one shell, as a person who copies one block
// after the other. After each block it compares the output with what the page shows.
func (c *course) run(t *testing.T, page string) {
	t.Helper()
	blocks := blocksOf(t, page)
	var steps []step
	for i, b := range blocks {
		if b.kind != "console" || b.info == "unrun" {
			continue
		}
		s := step{block: b}
		if i+1 < len(blocks) && blocks[i+1].kind == "text" {
			s.shows = &blocks[i+1]
		}
		steps = append(steps, s)
	}
	sh := c.startShell(t, steps)
	for _, s := range steps {
		switch {
		case s.info != "background":
			sh.next(t, s)
		case strings.Contains(s.text, "latchkey demo"):
			c.startDemo(s)
		default:
			c.start(t, s)
		}
	}
	sh.finish(t)
}

// step is a block of commands, with the block that shows their output, or nil.
type step struct {
	block
	shows *block
}

// compare fails the test if the output is not what the page shows.
func (c *course) compare(t *testing.T, s step, output string) {
	t.Helper()
	if s.shows != nil && !shown(c.here(s.shows.text), output) {
		t.Errorf("%s:%d shows\n%s\nand the commands printed\n%s", s.page, s.shows.line, c.here(s.shows.text), output)
	}
}

// shell is the shell of a page.
type shell struct {
	c       *course
	cmd     *exec.Cmd
	output  *bufio.Scanner
	answers io.Writer // to questions of the commands
	proceed io.Closer // lets the shell start the next block
	gate    io.Writer
}

const blockEnds = "--- the block ends ---"

// startShell starts the shell. It waits before each block until a line arrives at the
// file descriptor 3, so that what runs in the background is started in between.
func (c *course) startShell(t *testing.T, steps []step) *shell {
	t.Helper()
	var script strings.Builder
	for _, s := range steps {
		if s.info != "background" {
			fmt.Fprintf(&script, "read -r _ <&3\n%s\nprintf '\\n%s\\n'\n", s.text, blockEnds)
		}
	}
	sh := &shell{c: c, cmd: c.newcomer(script.String())}
	gate, proceed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	sh.cmd.ExtraFiles, sh.gate, sh.proceed = []*os.File{gate}, proceed, proceed
	if sh.answers, err = sh.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := sh.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	sh.cmd.Stderr = sh.cmd.Stdout
	sh.output = bufio.NewScanner(out)
	if err := sh.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = gate.Close()
	t.Cleanup(func() { _ = syscall.Kill(-sh.cmd.Process.Pid, syscall.SIGTERM) }) // and what it started
	return sh
}

var openLink = regexp.MustCompile(`(?m)(http://localhost:\d+/(?:o/(?:authorize|device)/?\?\S+?|admin/applications/add/))"?,?$`)

// next runs one block. If it prints a link for the browser, the reader opens it. The
// address that the browser ends at answers the question of a command.
func (sh *shell) next(t *testing.T, s step) {
	t.Helper()
	_, _ = io.WriteString(sh.gate, "\n")
	var output strings.Builder
	for sh.output.Scan() {
		line := sh.output.Text()
		if line == blockEnds {
			sh.c.compare(t, s, output.String())
			return
		}
		output.WriteString(line + "\n")
		if link := openLink.FindStringSubmatch(line); link != nil {
			address, asked, err := sh.c.visit(link[1])
			if err != nil {
				t.Errorf("%s:%d: %v", s.page, s.line, err)
			}
			if asked && !strings.Contains(s.section, "*Authorize*") {
				t.Errorf("%s:%d: the section does not say that the reader is asked for permission", s.page, s.line)
			}
			if address != "" {
				_, _ = io.WriteString(sh.answers, address+"\n")
			}
		}
	}
	t.Fatalf("%s:%d: the shell has exited: %v\n%s", s.page, s.line, sh.cmd.Wait(), &output)
}

func (sh *shell) finish(t *testing.T) {
	t.Helper()
	_ = sh.proceed.Close()
	if err := sh.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// start starts commands that run in a shell of their own, and waits until their output
// begins with what the page shows and the addresses in it accept connections. They are stopped at the end of the test t, or by
// the function that start returns.
func (c *course) start(t *testing.T, s step) (output string, stop func()) {
	t.Helper()
	if s.shows == nil {
		t.Fatalf("%s:%d: the page does not show what the commands print", s.page, s.line)
	}
	cmd := c.newcomer(s.text)
	var out, complaint syncBuffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); out.end(); close(exited) }()
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		<-exited
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s:%d printed: %s%s", s.page, s.line, out.String(), complaint.String())
		}
	})
	want := strings.TrimSpace(c.here(s.shows.text))
	last, _, _ := strings.Cut(want[strings.LastIndex(want, "\n")+1:], "…")
	output = out.await(t, last)
	if !begins(want, output) {
		t.Fatalf("%s:%d shows\n%s\nand the commands printed\n%s", s.page, s.shows.line, want, output)
	}
	for _, address := range regexp.MustCompile(`localhost:\d+`).FindAllString(want, -1) {
		until(t, func() bool { return accepts(address) }) // a program may print its address before it listens
	}
	return output, stop
}

// accepts reports whether an address accepts connections.
func accepts(address string) bool {
	conn, err := net.Dial("tcp", address)
	return err == nil && conn.Close() == nil
}
