package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPasswordsAreHashedInAProcessOfTheirOwn, which starts with the first password, has no secrets in
// its environment, is replaced if it fails, ignores signals that are for the server, and ends with it.
func TestPasswordsAreHashedInAProcessOfTheirOwn(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	password := runJSON(t, data, "user", "add", "ada", "--generate")["password"].(string)
	s := serve(t, data, "--addr", "localhost:0")
	if found := childrenOf(t, s.Process.Pid); len(found) > 0 {
		t.Errorf("processes %v run before the first password", found)
	}
	logIn(t, s.issuer, password)
	found := childrenOf(t, s.Process.Pid)
	if len(found) != 1 {
		t.Fatalf("processes %v hash passwords, want one", found)
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", found[0]))
	if err != nil || len(environment) > 0 {
		t.Errorf("its environment is %q %v", environment, err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := syscall.Kill(found[0], signal); err != nil {
			t.Fatal(err)
		}
	}
	logIn(t, s.issuer, password)
	if again := childrenOf(t, s.Process.Pid); len(again) != 1 || again[0] != found[0] {
		t.Errorf("after signals, the processes are %v, want %v", again, found)
	}
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.Wait()
	for deadline := time.Now().Add(time.Minute); syscall.Kill(found[0], 0) == nil && !isZombie(found[0]); {
		if time.Now().After(deadline) {
			t.Fatal("the process still runs a minute after its server was killed")
		}
		time.Sleep(10 * time.Millisecond) // another process
	}
}

// childrenOf returns the processes that a process has started and that run.
func childrenOf(t *testing.T, pid int) (found []int) {
	t.Helper()
	folders, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		id, err := strconv.Atoi(folder.Name())
		if err != nil {
			continue
		}
		if fields := statusOf(id); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			found = append(found, id)
		}
	}
	return found
}

// statusOf returns the state of a process, its parent, and more. See proc_pid_stat(5).
func statusOf(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil // it has ended
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// isZombie reports whether a process has ended and nobody has read its status.
func isZombie(pid int) bool {
	fields := statusOf(pid)
	return len(fields) > 0 && fields[0] == "Z"
}
