package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestAWrongSettingIsReportedBeforeAPortInUse: otherwise it would be found only at the
// next start.
func TestAWrongSettingIsReportedBeforeAPortInUse(t *testing.T) {
	t.Parallel()
	used := listenFor(t, "tcp", "127.0.0.1:0")
	for _, test := range []struct{ flag, value, want string }{
		{"--code-ttl", "10h", "--code-ttl is 10h0m0s"},
		{"--issuer", "http://id.example.com/o", "does not use https"},
	} {
		out, err := exec.Command(program(t), "serve", "--data", t.TempDir(), "--addr", used.Addr().String(), test.flag, test.value).CombinedOutput()
		if err == nil || !strings.Contains(string(out), test.want) || strings.Contains(string(out), "cannot listen") {
			t.Errorf("%s %s: %v %s", test.flag, test.value, err, out)
		}
	}
	out, err := exec.Command(program(t), "serve", "--data", t.TempDir(), "--addr", used.Addr().String()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "cannot listen") {
		t.Errorf("with right settings: %v %s", err, out)
	}
}
