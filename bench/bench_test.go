package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
)

// TestMain runs a server if the bench started this process as one. The data of the tests
// is in memory if there is space: they test the bench, and not how fast the machine is.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role); err != nil {
			os.Stderr.WriteString("bench " + role + ": " + err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	if err := os.Setenv("TMPDIR", pgtest.CheapDir()); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	remove := pgtest.CopyClusters()
	status := m.Run()
	remove()
	os.Exit(status)
}

// TestOperationsAreNamedInTheHelpAndInErrors compares both with the list.
func TestOperationsAreNamedInTheHelpAndInErrors(t *testing.T) {
	_, wrong := parse([]string{"-operations", "exchange"})
	if wrong == nil {
		t.Fatal("there is an operation exchange")
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = write
	_, err = parse([]string{"-h"})
	os.Stderr = stderr
	_ = write.Close()
	help, failed := io.ReadAll(read)
	if !errors.Is(err, flag.ErrHelp) || failed != nil {
		t.Fatal(err, failed)
	}
	for _, op := range operations {
		for place, text := range map[string]string{"the error": wrong.Error(), "-h": string(help)} {
			if !strings.Contains(text, op.name) {
				t.Errorf("%s does not name %s: %s", place, op.name, text)
			}
		}
	}
}

// TestEveryOperationIsMeasured measures each operation for a moment, and writes
// the table and the picture.
func TestEveryOperationIsMeasured(t *testing.T) {
	folder := t.TempDir()
	table, picture := filepath.Join(folder, "bench.csv"), filepath.Join(folder, "bench.svg")
	short := []string{"-time", "20ms", "-rounds", "2", "-connections", "2", "-fill", "100", "-expired", "100"}
	if err := run(t.Context(), append(short, "-stores", "memory,sqlite")); err != nil {
		t.Fatal(err)
	}
	needs.PostgreSQL(t)
	err := run(t.Context(), append(short, "-stores", "postgres", "-operations", "code exchange", "-csv", table, "-svg", picture))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{table: "code exchange,postgres,2,", picture: "postgres alone"} {
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
}
