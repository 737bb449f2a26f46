package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpringBootLogsPeopleInAndVerifiesTokens runs the application in the folder
// spring, as docs/how-to/connect/spring-boot.md describes it.
func TestSpringBootLogsPeopleInAndVerifiesTokens(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	port := freePort(t)
	site := fmt.Sprintf("http://localhost:%d", port)
	shop := p.run("", "app", "add", "--name", "Shop", "--redirect-uri", site+"/login/oauth2/code/latchkey")
	caller := p.run("", "app", "add", "--name", "Caller", "--grant-type", "client_credentials", "--access-token-format", "jwt")
	job, key := p.addSpringJob()
	startSpring(t, p, port, shop, text(caller["client_id"]), job, key)

	visitor := newVisitor(t)
	start := visitor.get(site + "/oauth2/authorization/latchkey")
	finished := visitor.get(newPerson(t, p).visit(start.Header.Get("Location")))
	if to := finished.Header.Get("Location"); to == "" || strings.Contains(to, "error") {
		t.Fatalf("after the login the browser goes to %q (%s)", to, finished.Status)
	}
	page, err := visitor.http.Get(site + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Body.Close() }()
	body, err := io.ReadAll(page.Body)
	if err != nil || !strings.Contains(string(body), personEmail) || !strings.Contains(string(body), personFullName) {
		t.Errorf("the page of a person who is logged in: %s %s %v", page.Status, body, err)
	}

	keyed, err := visitor.http.Get(site + "/job") // private_key_jwt (RFC 7523 §2.2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keyed.Body.Close() }()
	body, err = io.ReadAll(keyed.Body)
	if err != nil || !strings.Contains(string(body), `"scope":["read"]`) || !strings.Contains(string(body), `"token":"lk_at_`) {
		t.Errorf("the job that authenticates with its key: %s %s %v", keyed.Status, body, err)
	}

	for name, test := range map[string]struct {
		token  string
		status int
	}{
		"a token with the scope": {p.ownToken(text(caller["client_id"]), text(caller["client_secret"]), "read"), http.StatusOK},
		"another scope":          {p.ownToken(text(caller["client_id"]), text(caller["client_secret"]), "write"), http.StatusForbidden},
		"no token":               {"", http.StatusUnauthorized},
	} {
		if status := callAPI(t, site+"/api", test.token); status != test.status {
			t.Errorf("%s: status %d, want %d", name, status, test.status)
		}
	}
}

// addSpringJob adds an application that authenticates with a key, and returns its
// client_id and the file with the key.
func (p *provider) addSpringJob() (id, file string) {
	p.t.Helper()
	private, public := newJWK(p.t, "job", "sig")
	folder := p.t.TempDir()
	for name, content := range map[string]any{"key.json": private, "jwks.json": map[string]any{"keys": []any{public}}} {
		text, err := json.Marshal(content)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	id, _ = p.addClient("--auth-method", "private_key_jwt", "--jwks", filepath.Join(folder, "jwks.json"))
	return id, filepath.Join(folder, "key.json")
}

// startSpring starts the application, which trusts the authority of the provider.
func startSpring(t *testing.T, p *provider, port int, app map[string]any, caller, job, key string) {
	t.Helper()
	built := filepath.Join("spring", "target")
	if _, err := os.Stat(filepath.Join(built, ".lock")); err != nil {
		missing(t, "the Spring Boot application")
	}
	trust := filepath.Join(t.TempDir(), "trust.p12")
	keytool := exec.Command(installed(t, "Java", "keytool"), "-importcert", "-noprompt", "-alias", "test", "-file", p.ca, "-keystore", trust, "-storepass", "changeit", "-storetype", "PKCS12") //nolint:gosec // the test's own files
	if out, err := keytool.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const registration, jobs = "--spring.security.oauth2.client.registration.latchkey.", "--spring.security.oauth2.client.registration.job."
	const issuer = "--spring.security.oauth2.client.provider.latchkey.issuer-uri="
	cmd := exec.Command(installed(t, "Java", "java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djavax.net.ssl.trustStore="+trust, "-Djavax.net.ssl.trustStorePassword=changeit", //nolint:gosec // the test's own files
		"-cp", filepath.Join(built, "classes")+":"+filepath.Join(built, "lib", "*"), "app.App", fmt.Sprintf("--server.port=%d", port), "--server.address=127.0.0.1", issuer+p.issuer, "--caller="+caller,
		registration+"client-id="+text(app["client_id"]), registration+"client-secret="+text(app["client_secret"]), registration+"scope=openid,profile,email",
		jobs+"provider=latchkey", jobs+"client-id="+job, jobs+"client-authentication-method=private_key_jwt", jobs+"authorization-grant-type=client_credentials", jobs+"scope=read", "--job-key="+key)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("Spring Boot: %s", log.String())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Started App") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatal("the application did not start")
}

// ownToken returns an access token that the client got for itself.
func (p *provider) ownToken(id, secret, scope string) string {
	p.t.Helper()
	response, err := p.client().PostForm(p.issuer+"/token/", url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {id}, "client_secret": {secret},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(body), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

func callAPI(t *testing.T, address, token string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
