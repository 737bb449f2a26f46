package e2e

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// deployment is a server with the files of the folder deploy, at the socket that
// systemd would pass, and without a proxy.
type deployment struct {
	*provider
	folder, socket, certificate, key string
	port                             int // of the proxy
	log                              *log
}

// log holds the lines that a server has logged until now.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// deploymentFile returns a file of the folder deploy with other names and paths.
// Each of them must be in the file.
func deploymentFile(t *testing.T, name string, replace ...string) string {
	t.Helper()
	content, err := os.ReadFile("../deploy/" + name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("%s does not contain %q", name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}

// deploy starts the server and adds the first administrator, as
// docs/how-to/deploy.md says.
func deploy(t *testing.T) *deployment {
	t.Helper()
	folder, err := os.MkdirTemp("", "lk") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	d := &deployment{provider: &provider{t: t, data: filepath.Join(folder, "data"), pool: x509.NewCertPool()}, folder: folder, socket: filepath.Join(folder, "s"), port: freePort(t), log: new(log)}
	d.certificate, d.key = d.certify()
	config := d.file("latchkey.yaml", deploymentFile(t, "latchkey.yaml",
		"https://id.example.com/o", fmt.Sprintf("https://localhost:%d/o", d.port), "/var/lib/latchkey", d.data, "127.0.0.1:9090", "127.0.0.1:0"))
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(d.socket, 0o666); err != nil { //nolint:gosec // a proxy connects as its own user
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" serve`, binary)
	cmd.Env = append(os.Environ(), "LATCHKEY_CONFIG="+config)
	cmd.ExtraFiles = []*os.File{socket}
	cmd.Stderr = d.log
	d.run(cmd)
	d.await("Latchkey is ready")
	d.issuer = fmt.Sprintf("https://localhost:%d/o", d.port)

	page, err := os.ReadFile("../docs/how-to/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^sudo -u latchkey latchkey (user add \S+ --admin) --generate --config /etc/latchkey/latchkey.yaml$`).FindSubmatch(page)
	if command == nil {
		t.Fatal("the page does not say how to add the first administrator")
	}
	add := exec.Command(binary, append(strings.Fields(string(command[1])), "--password-stdin", "--config", config)...)
	add.Stdin = strings.NewReader(personPassword + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return d
}

// run starts a program that runs until the test ends.
func (d *deployment) run(cmd *exec.Cmd) {
	d.t.Helper()
	var complaint log
	if cmd.Stderr == nil {
		cmd.Stdout, cmd.Stderr = &complaint, &complaint
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if d.t.Failed() {
			d.t.Logf("%s: %s%s", cmd.Path, complaint.String(), d.log.String())
		}
	})
}

func (d *deployment) await(text string) {
	d.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(d.log.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("the log has no %q: %s", text, d.log.String())
		}
	}
}

// file writes a file that other users can read.
func (d *deployment) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // the proxy reads it
		d.t.Fatal(err)
	}
	return path
}

// logsIn logs the first administrator in over TLS. The log has the address of the
// browser, although the browser claims another one.
func (d *deployment) logsIn() {
	d.t.Helper()
	b := newBrowser(d.t, true)
	b.open(strings.TrimSuffix(d.issuer, "/o") + "/admin/")
	b.logIn("admin", personPassword)
	b.says("Get started")
	d.await(`"route":"/admin/"`)
	for _, header := range []string{"X-Forwarded-For", "Forwarded"} {
		request := d.request("/o/.well-known/jwks.json")
		request.Header.Set(header, map[string]string{"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}[header])
		response, err := d.client().Do(request)
		if err != nil {
			d.t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != 200 {
			d.t.Errorf("%s: %s", header, response.Status)
		}
	}
	for line := range strings.Lines(d.log.String()) {
		if strings.Contains(line, `"msg":"request"`) && !strings.Contains(line, `"remote":"127.0.0.1"`) && !strings.Contains(line, `"remote":"::1"`) {
			d.t.Errorf("the address of the browser is unknown: %s", line)
		}
		if strings.Contains(line, `"level":"WARN"`) && !strings.Contains(line, "There is no administrator yet") { // the first one is added later
			d.t.Errorf("logged: %s", line)
		}
	}
}
