package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTokenRequestsAreMeasuredDuringLogins runs a very short measurement.
func TestTokenRequestsAreMeasuredDuringLogins(t *testing.T) {
	var out strings.Builder
	if err := measureLogins(t.Context(), &out, t.TempDir(), []string{"memory"}, 100*time.Millisecond, 1); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if line := lines[len(lines)-1]; !regexp.MustCompile(`^\| memory \| \d+ \| 20 \| .* \| 20 \| .* \| 20 \| .* \| (yes|no) \|$`).MatchString(line) {
		t.Errorf("got %s", out.String())
	}
}
