package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOAuth2ProxyLetsPeopleThrough runs oauth2-proxy as
// docs/how-to/connect/oauth2-proxy.md says. It requires a verified address.
func TestOAuth2ProxyLetsPeopleThrough(t *testing.T) {
	t.Parallel()
	program := filepath.Join(".bin", "oauth2-proxy")
	if _, err := os.Stat(program); err != nil {
		missing(t, "oauth2-proxy")
	}
	p := startProvider(t)
	p.run("", "user", "edit", personName, "--email-verified")
	port := freePort(t)
	site := fmt.Sprintf("http://localhost:%d", port)
	answer := p.run("", "app", "add", "--name", "Proxy", "--redirect-uri", site+"/oauth2/callback")
	cmd := exec.Command(program, //nolint:gosec // installed by tools/setup
		"--provider=oidc", "--oidc-issuer-url="+p.issuer, "--client-id="+text(answer["client_id"]), "--client-secret="+text(answer["client_secret"]),
		"--redirect-url="+site+"/oauth2/callback", "--code-challenge-method=S256", "--email-domain=*",
		"--provider-ca-file="+p.ca, fmt.Sprintf("--http-address=127.0.0.1:%d", port), "--upstream=static://202", "--set-xauthrequest",
		"--cookie-secret="+strings.Repeat("s", 32), "--cookie-secure=false", "--skip-provider-button",
	)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("oauth2-proxy: %s", log.String())
		}
	})
	waitUntilListening(t, port)

	visitor := newVisitor(t)
	start := visitor.get(site + "/")
	if start.StatusCode != http.StatusFound {
		t.Fatalf("the first request: %s", start.Status)
	}
	finished := visitor.get(newPerson(t, p).visit(start.Header.Get("Location")))
	if finished.StatusCode != http.StatusFound {
		t.Fatalf("after the login: %s", finished.Status)
	}
	page := visitor.get(site + "/")
	auth := visitor.get(site + "/oauth2/auth")
	if page.StatusCode != http.StatusAccepted || auth.Header.Get("X-Auth-Request-Email") != personEmail || auth.Header.Get("X-Auth-Request-Preferred-Username") != personName {
		t.Errorf("the page of a person who is logged in: %s, %v", page.Status, auth.Header)
	}
}

// text returns a member of an answer.
func text(value any) string {
	s, _ := value.(string)
	return s
}
