package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// snippet returns the example of a language in the page about load balancers, for
// these servers and without TLS.
func snippet(t *testing.T, language, listen string, servers []*server) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/how-to/load-balancers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, found, _ := strings.Cut(string(text), "```"+language+"\n")
	found, _, ok := strings.Cut(found, "```")
	if !ok {
		t.Fatalf("the page has no example for %s", language)
	}
	found = regexp.MustCompile(`(?m)^ *ssl_.*\n`).ReplaceAllString(found, "")
	found = regexp.MustCompile(`listen 443 ssl;`).ReplaceAllString(found, "listen "+listen+";")
	found = regexp.MustCompile(`bind :443 .*`).ReplaceAllString(found, "bind "+listen)
	for i, s := range servers {
		address := fmt.Sprintf("10.0.0.1%d:8080", i+1)
		if !strings.Contains(found, address) {
			t.Fatalf("the example for %s has no server %s", language, address)
		}
		found = strings.ReplaceAll(found, address, strings.TrimPrefix(s.listens, "http://"))
	}
	return found
}

// balancers start a load balancer with a configuration, and keep it running until
// the test ends.
var balancers = map[string]func(t *testing.T, folder, config string) *exec.Cmd{
	"nginx": func(t *testing.T, folder, config string) *exec.Cmd {
		t.Helper()
		path := filepath.Join(folder, "nginx.conf")
		write(t, path, "daemon off; master_process off; pid "+folder+"/pid; events {} http { access_log off; client_body_temp_path "+folder+"/body; proxy_temp_path "+folder+"/proxy;\n"+
			"fastcgi_temp_path "+folder+"/fastcgi; uwsgi_temp_path "+folder+"/uwsgi; scgi_temp_path "+folder+"/scgi;\n"+config+"}")
		return exec.Command(needs.Nginx(t), "-p", folder, "-e", folder+"/error", "-c", path)
	},
	"haproxy": func(t *testing.T, folder, config string) *exec.Cmd {
		t.Helper()
		path := filepath.Join(folder, "haproxy.cfg")
		write(t, path, config)
		return exec.Command(needs.HAProxy(t), "-db", "-f", path)
	},
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLoadBalancersPassOnTheResponsesOfLatchkey runs the examples of the
// documentation in front of two processes whose database hangs, and which are then
// killed one after the other.
func TestLoadBalancersPassOnTheResponsesOfLatchkey(t *testing.T) {
	t.Parallel()
	for name, command := range balancers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startNodes(t, 2, nil)
			listen, folder := needs.Address(t), t.TempDir()
			cmd := command(t, folder, snippet(t, name, listen, c.servers))
			log, err := os.Create(filepath.Join(folder, "log"))
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdout, cmd.Stderr = log, log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = log.Close() })
			b := &balanced{t: t, at: "http://" + listen}
			app := runJSON(t, t.TempDir(), "app", "add", "--db", c.db, "--name", "API", "--grant", "client_credentials")
			b.request = url.Values{"grant_type": {"client_credentials"}, "client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
			for deadline := giveUp(t); b.token() != 200; {
				if time.Now().After(deadline) {
					text, _ := os.ReadFile(log.Name())
					t.Fatalf("%s does not answer: %s", name, text)
				}
			}
			b.documents()

			c.postgres.Hang()
			for range 3 {
				begun := time.Now()
				if status := b.token(); status != 503 || b.retryAfter == "" || !strings.Contains(b.body, "error_description") {
					t.Errorf("without a database: %d, Retry-After %q, %s", status, b.retryAfter, b.body)
				}
				if took := time.Since(begun); took > 2*oauth.MaxStoreWait {
					t.Errorf("the response came after %s", took)
				}
				b.documents()
			}
			c.postgres.Resume()
			for deadline := giveUp(t); b.token() != 200; {
				if time.Now().After(deadline) {
					t.Fatalf("with a database again: %s", b.body)
				}
			}

			// A POST that was sent to a process that dies is not repeated, so the
			// connections of the process must be closed before.
			_ = c.servers[0].Process.Kill()
			_ = c.servers[0].Wait()
			for range 10 {
				if status := b.token(); status != 200 {
					t.Errorf("with one of two processes: %d %s", status, b.body)
				}
			}
			_ = c.servers[1].Process.Kill()
			_ = c.servers[1].Wait()
			for range 5 {
				if status := b.token(); status != 503 || b.retryAfter == "" || !strings.Contains(b.body, "temporarily_unavailable") {
					t.Errorf("without any process: %d, Retry-After %q, %s", status, b.retryAfter, b.body)
				}
			}
		})
	}
}

// balanced is a client of a server behind a load balancer.
type balanced struct {
	t       *testing.T
	at      string
	request url.Values
	// retryAfter and body are those of the last response.
	retryAfter, body string
}

// token requests a token, and returns the status; 0 if the load balancer does not
// listen yet.
func (b *balanced) token() int {
	response, err := http.PostForm(b.at+"/o/token/", b.request)
	if err != nil {
		b.body = err.Error()
		return 0
	}
	return b.read(response)
}

func (b *balanced) read(response *http.Response) int {
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Error(err)
	}
	b.retryAfter, b.body = response.Header.Get("Retry-After"), string(body)
	return response.StatusCode
}

// documents checks that the key set, the discovery document and the health check
// of both processes are served.
func (b *balanced) documents() {
	b.t.Helper()
	for _, path := range []string{"/o/.well-known/jwks.json", "/o/.well-known/openid-configuration", "/healthz"} {
		for range 2 {
			response, err := http.Get(b.at + path)
			if err != nil {
				b.t.Fatal(err)
			}
			if status := b.read(response); status != 200 {
				b.t.Errorf("%s: status %d %s", path, status, b.body)
			}
		}
	}
}

// TestProbesDoNotDependOnTheDatabase requests the paths of the probes that the
// documentation has for Kubernetes.
func TestProbesDoNotDependOnTheDatabase(t *testing.T) {
	t.Parallel()
	postgres, db := startPostgres(t)
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0", "--db", db, "--migrate")
	postgres.Kill()
	at := map[string]string{"http": strings.TrimSuffix(s.issuer, "/o"), "ops": s.ops}
	probes := regexp.MustCompile(`httpGet: \{path: (\S+), port: (\w+)\}`).FindAllStringSubmatch(snippet(t, "yaml", "", nil), -1)
	if len(probes) != 2 {
		t.Fatalf("the example has %d probes", len(probes))
	}
	for _, probe := range probes {
		response, err := http.Get(at[probe[2]] + probe[1])
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != 200 {
			t.Errorf("%s: status %d", probe[1], response.StatusCode)
		}
	}
}
