package e2e

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMCPClientsUseAProtectedServer: the official TypeScript and Python SDKs of MCP
// find the provider of the example in examples/mcp, which accepts only tokens for
// itself, and request one more scope when a tool needs it. Both clients can also
// register themselves (RFC 7591).
func TestMCPClientsUseAProtectedServer(t *testing.T) {
	t.Parallel()
	addr := freeAddress(t)
	uri := "http://" + addr + "/mcp"
	config := filepath.Join(t.TempDir(), "latchkey.yaml")
	text := `
scopes:
  - name: notes:read
    description: See your notes
  - name: notes:write
    description: Add notes
resources:
  - uri: ` + uri + `
    name: Notes
    scopes: [notes:read, notes:write]
    token_format: jwt
`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProvider(t, "--config", config, "--registration", "open")
	startMCPServer(t, p, addr)
	for script, grants := range map[string][]string{
		"mcp.mjs":       {"authorization_code"}, // with a refresh token, the SDK refreshes when it needs another scope, and gives up
		"mcp_client.py": {"authorization_code", "refresh_token"},
	} {
		t.Run(script, func(t *testing.T) {
			args := []string{"app", "add", "--name", "MCP client", "--type", "public", "--redirect-uri", redirectURI, "--config", config}
			for _, grant := range grants {
				args = append(args, "--grant", grant)
			}
			answer := p.run("", args...)
			runClient(t, p, script, map[string]any{"server": uri, "client_id": answer["client_id"], "redirect_uri": redirectURI})
		})
		t.Run(script+" registers itself", func(t *testing.T) {
			runClient(t, p, script, map[string]any{"server": uri, "redirect_uri": redirectURI})
		})
	}
}

// freeAddress returns an address of this machine that no program listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startMCPServer starts the example in examples/mcp.
func startMCPServer(t *testing.T, p *provider, addr string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mcp")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join("..", "examples", "mcp")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "ISSUER="+p.issuer, "ADDR="+addr, "SSL_CERT_FILE="+p.ca)
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
