package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// origin is that of the application which a foreign client runs.
const origin = "https://client.example"

// connection is an application that uses a client of others, configured as
// docs/how-to/connect says.
type connection struct {
	script   string
	callback string   // the path of its redirect URI
	flags    []string // of latchkey app add
}

var connections = []connection{
	{"authjs.mjs", "/auth/callback/latchkey", nil},
	{"next-auth.mjs", "/api/auth/callback/latchkey", nil},
	{"express-openid-connect.mjs", "/callback", nil},
	{"authlib_client.py", "/cb", nil},
	{"msal_client.py", "/cb", nil},
	{"social.py", "/cb", nil},
}

// TestClientsOfOthersLogInWithTheirDefaults: an application is added with a name
// and a redirect URI, and the client is configured with the issuer and the
// credentials. The person's name and email address arrive.
func TestClientsOfOthersLogInWithTheirDefaults(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	for _, c := range connections {
		t.Run(c.script, func(t *testing.T) {
			answer := p.run("", append([]string{
				"app", "add", "--name", c.script, "--redirect-uri", origin + c.callback, "--post-logout-redirect-uri", origin,
			}, c.flags...)...)
			id, _ := answer["client_id"].(string)
			secret, _ := answer["client_secret"].(string)
			runClient(t, p, c.script, map[string]any{
				"issuer": p.issuer, "client_id": id, "client_secret": secret, "origin": origin, "redirect_uri": origin + c.callback,
				"username": personName, "email": personEmail, "name": personFullName,
			})
		})
	}
}

// python returns the path of a Python with the clients from PyPI.
func python(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(".venv", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		missing(t, "Python with the packages of e2e/requirements.txt")
	}
	return path
}

// TestEveryConnectionIsDocumented: a page of docs/how-to/connect names the client.
func TestEveryConnectionIsDocumented(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/how-to/connect/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	for _, c := range connections {
		found := false
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(text), "e2e/clients/"+c.script)
		}
		if !found {
			t.Errorf("no page names e2e/clients/%s", c.script)
		}
	}
}
