package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// apacheModules is the folder of the modules of Debian's Apache.
const apacheModules = "/usr/lib/apache2/modules"

// apacheConfig is that of docs/how-to/connect/apache.md, with the parts of Apache
// that it needs.
const apacheConfig = `
ServerRoot "%[1]s"
ServerName localhost
Listen 127.0.0.1:%[2]d
PidFile "%[1]s/pid"
ErrorLog "%[1]s/error.log"
DefaultRuntimeDir "%[1]s"
DocumentRoot "%[1]s/pages"
%[7]s
OIDCProviderMetadataURL %[3]s/.well-known/openid-configuration
OIDCClientID %[4]s
OIDCClientSecret %[5]s
OIDCRedirectURI http://localhost:%[2]d/redirect_uri
OIDCCryptoPassphrase a-passphrase-of-the-test
OIDCScope "openid profile email"
OIDCCABundlePath "%[6]s"

<Location />
  AuthType openid-connect
  Require valid-user
  Header set Email "expr=%%{reqenv:OIDC_CLAIM_email}"
  Header set Name "expr=%%{reqenv:OIDC_CLAIM_name}"
</Location>
`

// TestApacheLogsPeopleIn runs Apache with mod_auth_openidc.
func TestApacheLogsPeopleIn(t *testing.T) {
	t.Parallel()
	program := installed(t, "Apache", "apache2", "/usr/sbin/apache2")
	if _, err := os.Stat(filepath.Join(apacheModules, "mod_auth_openidc.so")); err != nil {
		missing(t, "mod_auth_openidc")
	}
	p := startProvider(t)
	port := freePort(t)
	site := fmt.Sprintf("http://localhost:%d", port)
	answer := p.run("", "app", "add", "--name", "Apache", "--redirect-uri", site+"/redirect_uri")
	startApache(t, p, program, port, answer)

	visitor := newVisitor(t)
	start := visitor.get(site + "/index.html")
	if start.StatusCode != http.StatusFound {
		t.Fatalf("the first request: %s", start.Status)
	}
	finished := visitor.get(newPerson(t, p).visit(start.Header.Get("Location")))
	if to := finished.Header.Get("Location"); to != site+"/index.html" {
		t.Fatalf("after the login the browser goes to %q (%s)", to, finished.Status)
	}
	page := visitor.get(site + "/index.html")
	if page.StatusCode != http.StatusOK || page.Header.Get("Email") != personEmail || page.Header.Get("Name") != personFullName {
		t.Errorf("the page of a person who is logged in: %s %v", page.Status, page.Header)
	}
}

// startApache starts Apache for an application, and waits until it listens.
func startApache(t *testing.T, p *provider, program string, port int, app map[string]any) {
	t.Helper()
	folder, err := os.MkdirTemp("", "latchkey-apache")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	var modules strings.Builder
	if os.Getuid() == 0 { // Apache does not serve as root
		modules.WriteString("User nobody\nGroup nogroup\n")
	}
	for _, name := range []string{"mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc"} {
		if _, err := os.Stat(filepath.Join(apacheModules, "mod_"+name+".so")); err == nil { // others are built in
			fmt.Fprintf(&modules, "LoadModule %s_module %s/mod_%s.so\n", name, apacheModules, name)
		}
	}
	authority, err := os.ReadFile(p.ca)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{folder, filepath.Join(folder, "pages")} {
		_ = os.Mkdir(name, 0o700)
		if err := os.Chmod(name, 0o755); err != nil { //nolint:gosec // Apache reads it as another user
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf(apacheConfig, folder, port, p.issuer, app["client_id"], app["client_secret"], filepath.Join(folder, "ca.pem"), modules.String())
	for name, text := range map[string]string{"httpd.conf": config, "pages/index.html": "hello", "ca.pem": string(authority)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil { //nolint:gosec // Apache reads it as another user
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-X", "-f", filepath.Join(folder, "httpd.conf"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(folder, "error.log"))
			t.Logf("Apache: %s\n%s", said.String(), log)
		}
	})
	waitUntilListening(t, port)
}

// waitUntilListening waits until a server listens on the port.
func waitUntilListening(t *testing.T, port int) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing listens on port %d: %v", port, err)
		}
	}
}

// visitor is the person's browser at an application. It does not follow redirects.
type visitor struct {
	t    *testing.T
	http *http.Client
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (v *visitor) get(address string) *http.Response {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") // as a browser asks for a page
	response, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response
}
