package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// mcpServer is the example in examples/mcp, with a provider and a host for the
// documents of its clients.
type mcpServer struct {
	*provider
	documents *documentHost
	// uri is the URL of the MCP server, and config the configuration of the provider.
	uri, config string
	addr        string
}

// startMCPProvider starts a provider that issues tokens for an MCP server, which is
// not started.
func startMCPProvider(t *testing.T) *mcpServer {
	t.Helper()
	s := &mcpServer{documents: startDocumentHost(t), addr: freeAddress(t), config: filepath.Join(t.TempDir(), "latchkey.yaml")}
	s.uri = "http://" + s.addr + "/mcp"
	text := `
scopes:
  - name: notes:read
    description: See your notes
  - name: notes:write
    description: Add notes
resources:
  - uri: ` + s.uri + `
    name: Notes
    scopes: [notes:read, notes:write]
    token_format: jwt
`
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.provider = startProvider(t, append([]string{"--config", s.config, "--registration", "open"}, s.documents.flags()...)...)
	return s
}

// addPublic registers a public client with the command line.
func (s *mcpServer) addPublic(redirectURI string, grants ...string) string {
	s.t.Helper()
	args := []string{"app", "add", "--name", "MCP client", "--type", "public", "--redirect-uri", redirectURI, "--config", s.config}
	for _, grant := range grants {
		args = append(args, "--grant", grant)
	}
	id, _ := s.run("", args...)["client_id"].(string)
	return id
}

// start starts the MCP server.
func (s *mcpServer) start() {
	t := s.t
	t.Helper()
	program := filepath.Join(t.TempDir(), "mcp")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s", "-o", program, ".")
	build.Dir, build.Env = filepath.Join("..", "examples", "mcp"), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "ISSUER="+s.issuer, "ADDR="+s.addr, "SSL_CERT_FILE="+s.ca)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("the MCP server did not report that it is ready")
	}
}
