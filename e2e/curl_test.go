package e2e

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestScriptInTheDocsUsesEveryFlowWithCurl runs the blocks of docs/how-to/curl.md as one
// script: private_key_jwt (RFC 7523 §2.2), a pushed request (RFC 9126), token
// exchange (RFC 8693) and a device (RFC 8628).
func TestScriptInTheDocsUsesEveryFlowWithCurl(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/how-to/curl.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		script.WriteString(block[1])
	}
	installed(t, "curl", "curl")
	installed(t, "openssl", "openssl")
	p := startProvider(t, "--device-poll-interval", "1s")
	folder := t.TempDir()
	cmd := exec.Command("sh", "-c", script.String()) //nolint:gosec // the script of the docs
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "ISSUER="+p.issuer, "CURL_CA_BUNDLE="+p.ca, "LATCHKEY_DATA="+p.data,
		"PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	who, answers := newPerson(t, p), make(map[string]string)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		label, value, _ := strings.Cut(lines.Text(), ": ")
		answers[label] = value
		switch label {
		case "Open this link":
			_, _ = in.Write([]byte(who.visit(value) + "\n"))
		case "Connect the device":
			who.connect(value)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s\n%v", err, complaint.String(), answers)
	}
	for label, parts := range map[string][]string{
		"The application has a token": {`"active":true`, `"scope":"read"`},
		"The person is":               {`"sub":"`},
		"The exchanged token":         {`"active":true`, `"scope":"read"`, `"act":{"sub":"`},
		"The device has a token":      {`"active":true`, `"scope":"read"`},
	} {
		for _, part := range parts {
			if !strings.Contains(answers[label], part) {
				t.Errorf("%s: %q, want %s in it", label, answers[label], part)
			}
		}
	}
}
