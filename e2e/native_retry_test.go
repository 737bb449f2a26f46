package e2e

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// lockDatabase lets no other process write to the database until unlock is called.
func (p *provider) lockDatabase() (unlock func()) {
	p.t.Helper()
	script := `import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()`
	cmd := exec.Command(installed(p.t, "Python", "python3"), "-c", script, filepath.Join(p.data, "latchkey.db"))
	input, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		p.t.Fatalf("the database cannot be locked: %q %v", line, err)
	}
	return func() {
		_ = input.Close()
		if err := cmd.Wait(); err != nil {
			p.t.Error(err)
		}
	}
}

// TestTryAgainLeadsToAnAppWithItsOwnScheme sends the forms of an app's request while
// the database is unavailable, and again from the page of the error.
func TestTryAgainLeadsToAnAppWithItsOwnScheme(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	client := p.app("com.example.app:/cb")
	b := newBrowser(t, true)
	b.open(p.authorize(client))
	b.logIn(personName, personPassword)
	fails := func(steps func()) (again func(what string)) {
		t.Helper()
		unlock := p.lockDatabase()
		steps()
		b.says("Temporarily unavailable")
		unlock()
		return func(what string) {
			t.Helper()
			if got := b.departs("main form button"); !strings.HasPrefix(got, "com.example.app:/cb?") || !strings.Contains(got, "code=") {
				t.Errorf("%s: the app receives %q", what, got)
			}
		}
	}
	again := fails(func() { b.click("#allow"); b.clickThrough("button[value=authorize]") })
	again("Authorize")

	b = b.tab()
	b.open(p.authorize(client, "prompt", "select_account"))
	again = fails(func() { b.clickThrough("button[value=continue]") })
	again("the choice of an account")

	b = b.tab()
	b.open(p.authorize(client, "prompt", "login"))
	again = fails(func() { b.logIn(personName, personPassword) })
	b.typed("main input[type=password]", personPassword)
	again("Log in")
}

// TestExpiredRequestOfAnAppStartsAgain: the page of a request that has expired leads
// to the app with another request.
func TestExpiredRequestOfAnAppStartsAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	app, _ := w.AddClient("com.example.app:/cb", func(c *oauth.Client) { c.Type = oauth.Public })
	for _, decision := range []string{"authorize", "cancel"} {
		b := newBrowser(t, true)
		b.open(w.Issuer + "/authorize/?" + request(app.ID, "redirect_uri", app.RedirectURIs[0]).Encode())
		b.logIn("ada", latchkeytest.Password)
		resume := b.address()
		w.Advance(time.Hour)
		b.open(resume)
		b.says("has expired")
		b.clickThrough("main .actions a")
		b.see("button[value=authorize]")
		if decision == "authorize" {
			b.click("#allow")
		}
		if got := b.departs("button[value=" + decision + "]"); !strings.HasPrefix(got, "com.example.app:/cb?") {
			t.Errorf("%s: the app receives %q", decision, got)
		}
	}
}
