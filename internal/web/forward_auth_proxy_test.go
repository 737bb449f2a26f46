package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// forwardExample returns the example of a language in the guide, for the servers of the
// test and without TLS.
func forwardExample(t *testing.T, language string, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/how-to/forward-authentication.md")
	if err != nil {
		t.Fatal(err)
	}
	_, found, _ := strings.Cut(string(text), "```"+language+"\n")
	found, _, ok := strings.Cut(found, "```")
	if !ok {
		t.Fatalf("the guide has no example for %s", language)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(found, replace[i]) {
			t.Fatalf("the example for %s does not contain %q", language, replace[i])
		}
		found = strings.ReplaceAll(found, replace[i], replace[i+1])
	}
	return found
}

// proxies return the command that runs a proxy at a port with the example of the guide.
var proxies = map[string]func(t *testing.T, folder, issuer, program string, port int) *exec.Cmd{
	"nginx": func(t *testing.T, folder, issuer, program string, port int) *exec.Cmd {
		t.Helper()
		config := forwardExample(t, "nginx", "127.0.0.1:8000", issuer, "127.0.0.1:3000", program, "listen 443 ssl;", fmt.Sprintf("listen 127.0.0.1:%d;", port),
			"    ssl_certificate /etc/ssl/wiki.example.com.pem;\n", "", "    ssl_certificate_key /etc/ssl/wiki.example.com.key;\n", "", "wiki.example.com", "localhost")
		var temporary string
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			temporary += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, folder, kind)
		}
		writeFile(t, folder, "nginx.conf", "daemon off; master_process off; pid "+folder+"/pid; events {} http { access_log off;\n"+temporary+config+"}")
		return exec.CommandContext(t.Context(), needs.Nginx(t), "-p", folder, "-e", folder+"/error", "-c", folder+"/nginx.conf")
	},
	"Caddy": func(t *testing.T, folder, issuer, program string, port int) *exec.Cmd {
		t.Helper()
		config := forwardExample(t, "caddyfile", "127.0.0.1:8000", issuer, "127.0.0.1:3000", program, "wiki.example.com", fmt.Sprintf("http://localhost:%d", port))
		writeFile(t, folder, "Caddyfile", "{\n\tadmin off\n}\n"+config)
		cmd := exec.CommandContext(t.Context(), needs.Caddy(t), "run", "--config", folder+"/Caddyfile", "--adapter", "caddyfile")
		cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
		return cmd
	},
}

func writeFile(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestForwardAuthBehindProxies runs the examples of the guide in front of a program that
// returns the headers that it receives.
func TestForwardAuthBehindProxies(t *testing.T) {
	for name, command := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := needs.Port(t)
			host := fmt.Sprintf("http://localhost:%d", port)
			g := newGate(t, nil)
			own := *g.client
			own.ID, own.Version, own.RedirectURIs = "wiki", 0, []string{host + provider.ForwardCallback}
			own.DefaultScopes = oauth.Scopes{oauth.ScopeOpenID, oauth.ScopeProfile}
			if err := g.Store.CreateClient(t.Context(), &own); err != nil {
				t.Fatal(err)
			}
			g.addAda(`{}`)
			program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = fmt.Fprintf(w, "%s %s user=%q email=%q same=%q", r.Method, r.URL, r.Header.Values("Remote-User"), r.Header.Values("Remote-Email"), r.Header.Values("Remote_User"))
			}))
			t.Cleanup(program.Close)
			runProxy(t, command(t, t.TempDir(), strings.TrimPrefix(g.URL, "http://"), strings.TrimPrefix(program.URL, "http://"), port), port)
			walkThroughProxy(t, g, host)
		})
	}
}

// runProxy runs a proxy until the test ends, and waits until it listens.
func runProxy(t *testing.T, cmd *exec.Cmd, port int) {
	t.Helper()
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("localhost:%d", port))
		if err == nil {
			_ = connection.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v: %s", err, log.String())
		}
	}
}

// walkThroughProxy does what a person, a script and an attacker do at the protected host.
func walkThroughProxy(t *testing.T, g *gate, host string) {
	t.Helper()
	browser := g.Browser()
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	request := func(method, address string, headers ...string) (int, string, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, response.Header.Get("Location"), string(body)
	}
	for _, headers := range [][]string{{"Remote-User", "root"}, {"Remote-User", "root", "Sec-Fetch-Mode", "cors"}} {
		if status, _, body := request("POST", host+"/page", headers...); status != http.StatusUnauthorized {
			t.Errorf("a form without a login: got %d %s", status, body)
		}
	}
	status, login, body := request("GET", host+"/page?id=1", "X-Forwarded-Host", "evil.example", "X-Forwarded-Uri", "/evil")
	if status != http.StatusFound || !strings.HasPrefix(login, g.Issuer+"/authorize/?") {
		t.Fatalf("a page without a login: got %d %s %s", status, login, body)
	}
	callback, err := g.browser.Decide(login, "ada", true)
	if err != nil {
		t.Fatal(err)
	}
	status, page, body := request("GET", callback.String())
	if status != http.StatusFound || page != host+"/page?id=1" {
		t.Fatalf("the callback: got %d %s %s", status, page, body)
	}
	// Programs that read headers as variables, as those with WSGI and CGI do, cannot
	// distinguish Remote_User and Remote-User.
	if status, _, body := request("GET", page, "Remote-User", "root", "Remote-Email", "root@example.com", "Remote_User", "root"); status != http.StatusOK || !strings.HasPrefix(body, `GET /page?id=1 user=["ada"] email=[`) || strings.Contains(body, "root") {
		t.Errorf("the page: got %d %s", status, body)
	}
	if status, _, body := request("POST", host+"/page"); status != http.StatusOK || !strings.HasPrefix(body, "POST /page") {
		t.Errorf("a form: got %d %s", status, body)
	}
	if status, location, _ := request("GET", host+"/.latchkey/logout"); status != http.StatusFound || location != g.Issuer+"/logout/" {
		t.Errorf("logout: got %d %s", status, location)
	}
	if status, _, body := request("GET", page, "Sec-Fetch-Mode", "cors"); status != http.StatusUnauthorized {
		t.Errorf("after the logout: got %d %s", status, body)
	}
}
