package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestServerPassesTheConformanceSuiteOfMCP runs every scenario for authorization
// servers of the conformance suite of MCP, with a client of each kind. Nothing is
// skipped, and there are no warnings.
func TestServerPassesTheConformanceSuiteOfMCP(t *testing.T) {
	t.Parallel()
	s := startMCPProvider(t)
	const callback = "http://127.0.0.1/callback" // on any port
	for name, id := range map[string]string{
		"added by an administrator": s.addPublic(callback, "authorization_code"),
		"registered itself":         s.register(callback),
		"has a metadata document":   s.documents.publish("/conformance.json", callback, "authorization_code"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.conform(t, id)
		})
	}
}

// register registers a public client dynamically (RFC 7591) and returns its client_id.
func (s *mcpServer) register(redirectURI string) string {
	s.t.Helper()
	text, err := json.Marshal(map[string]any{"client_name": "MCP client", "redirect_uris": []string{redirectURI}, "token_endpoint_auth_method": "none"})
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.client().Post(s.issuer+"/register/", "application/json", bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		ID string `json:"client_id"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.ID == "" {
		s.t.Fatalf("got %s %v", response.Status, err)
	}
	return answer.ID
}

// conform runs the conformance suite with a client, and acts as the person.
func (s *mcpServer) conform(t *testing.T, id string) {
	results := t.TempDir()
	suite, err := filepath.Abs(filepath.Join("node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js"))
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(freePort(t))
	cmd := exec.Command(node22(t), suite, "authorization", "--url", s.issuer, "--client-id", id, "--resource", s.uri, "--port", port, "--output-dir", results)
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.ca)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var output strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		output.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), s.issuer+"/authorize/?") {
			response, err := http.Get(newPerson(t, s.provider).visit(lines.Text()))
			if err != nil {
				t.Error(err)
				_ = cmd.Process.Kill()
				break
			}
			_ = response.Body.Close()
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s%s", err, output.String(), complaint.String())
	}
	want := []string{"authorization-code-grant SUCCESS", "authorization-server-metadata SUCCESS", "authorization-server-metadata-cimd SUCCESS"}
	if got := readChecks(t, results); !slices.Equal(got, want) {
		t.Errorf("the checks are %q, want %q\n%s", got, want, output.String())
	}
}

// readChecks returns the names and results of the checks in a folder, in order.
func readChecks(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*", "checks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var checks []struct{ ID, Status string }
		if err := json.Unmarshal(text, &checks); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, check := range checks {
			all = append(all, check.ID+" "+check.Status)
		}
	}
	slices.Sort(all)
	return all
}
