package main

import (
	"os"
	"os/exec"
	"regexp"
)

// goRunPath matches the path of a program that "go run" has built: in a temporary
// folder, or in the build cache.
var goRunPath = regexp.MustCompile(`[/\\]go-build\d+[/\\]b\d+[/\\]exe[/\\]|[/\\][0-9a-f]{64}-d[/\\]`)

// invocation returns the command with which a person can run this program again:
// "go run ./cmd/latchkey", "latchkey" if it is in PATH, or its path.
func invocation() string {
	path, err := os.Executable()
	if err != nil {
		return "latchkey"
	}
	if goRunPath.MatchString(path) {
		return "go run ./cmd/latchkey"
	}
	if found, err := exec.LookPath("latchkey"); err == nil && sameFile(found, path) {
		return "latchkey"
	}
	return path
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
