package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestMockOfTheHowTo starts the mock with the file and the command of the page, and
// runs its Python tests against it.
func TestMockOfTheHowTo(t *testing.T) {
	t.Parallel()
	python := needs.Python(t)
	text, err := os.ReadFile("../../docs/how-to/test-a-program.md")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(needs.Port(t))
	page := strings.ReplaceAll(string(text), "9400", port)
	block := func(language string) string {
		t.Helper()
		found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("the page has no block of %s", language)
		}
		return found[1]
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "mock.json"), block("json"))
	write(t, filepath.Join(folder, "test.py"), block("python"))
	mock := exec.Command(program(t), strings.Fields(block("console"))[1:]...)
	mock.Dir = folder
	out, err := mock.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := mock.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = mock.Process.Signal(os.Interrupt)
		if err := mock.Wait(); err != nil {
			t.Errorf("the mock ended with %v", err)
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "Issuer: http://localhost:"+port+"/o\n" {
		t.Fatalf("the mock printed %q, %v", line, err)
	}
	tests := exec.Command(python, "test.py")
	tests.Dir = folder
	if out, err := tests.CombinedOutput(); err != nil || !strings.Contains(string(out), "Ran 3 tests") {
		t.Errorf("%v\n%s", err, out)
	}
}
