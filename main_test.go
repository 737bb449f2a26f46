package latchkey_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestMain reports which tests "go test ./..." skips on this machine.
func TestMain(m *testing.M) {
	if line := needs.Skipped(); line != "" {
		reportToTerminal(line)
	}
	os.Exit(m.Run())
}

// reportToTerminal prints a line to the standard error of the go command, which
// does not show the output of packages that pass. It works on Linux; elsewhere
// the line is lost.
func reportToTerminal(line string) {
	terminal, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", os.Getppid()), os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer func() { _ = terminal.Close() }()
	_, _ = fmt.Fprintln(terminal, line)
}
