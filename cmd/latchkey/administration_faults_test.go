package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestRevokingEverythingRevokesTheOwnTokenLast: otherwise the applications after it would keep
// their tokens, however often the command is repeated.
func TestRevokingEverythingRevokesTheOwnTokenLast(t *testing.T) {
	a := administer(t)
	client, secret := a.AddClient("https://machine.example/cb", func(c *oauth.Client) {
		c.Name, c.GrantTypes, c.AdminRole, c.Scopes = "A", []string{oauth.GrantClientCredentials}, string(account.RoleAdministrator), oauth.Scopes{oauth.ScopeAdmin}
	})
	for range 4 {
		a.AddClient("https://other.example/cb", nil)
	}
	t.Setenv("LATCHKEY_TOKEN", "")
	t.Setenv("LATCHKEY_CLIENT_ID", client.ID)
	t.Setenv("LATCHKEY_CLIENT_SECRET", secret)
	for range 2 {
		if status, stdout, stderr := a.run("token", "revoke", "--all", "--yes", "--server", a.URL); status != exitOK || !strings.Contains(stdout, "5 applications") {
			t.Errorf("status %d: %s %s", status, stdout, stderr)
		}
	}
	t.Setenv("LATCHKEY_TOKEN", "lk_at_unknown")
	if _, _, stderr := a.run("app", "list", "--server", a.URL); !strings.Contains(stderr, "the token of LATCHKEY_TOKEN") {
		t.Errorf("got %s", stderr)
	}
}

// TestApplicationsThatWereNotRevokedAreNamed: the token is that of an application that the
// command does not know.
func TestApplicationsThatWereNotRevokedAreNamed(t *testing.T) {
	revoked := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case revoked:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"detail":"The token was revoked."}`)
		case r.Method == http.MethodPost:
			revoked = true
		case strings.HasSuffix(r.URL.Path, "/deleted-applications"):
			_, _ = io.WriteString(w, `{"data":[]}`)
		default:
			_, _ = io.WriteString(w, `{"data":[{"client_id":"one"},{"client_id":"two"},{"client_id":"three"}]}`)
		}
	}))
	defer server.Close()
	t.Setenv("LATCHKEY_TOKEN", "token")
	status, _, stderr := administered{t: t}.run("token", "revoke", "--all", "--yes", "--server", server.URL)
	if status != exitFailed || !strings.Contains(stderr, "1 of 3 applications were revoked, but not three, two: The token was revoked. (the server did not accept the token of LATCHKEY_TOKEN). If the token is one of the application one, set LATCHKEY_CLIENT_ID") {
		t.Errorf("%d %s", status, stderr)
	}
}

// TestGeneratedSecretIsPrintedEvenIfTheNextRequestFails: nobody can read it again, and the earlier one
// was replaced.
func TestGeneratedSecretIsPrintedEvenIfTheNextRequestFails(t *testing.T) {
	rotated := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case rotated:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method == http.MethodPost:
			rotated = true
			_, _ = io.WriteString(w, `{"client_id":"x","client_type":"confidential","client_name":"X","client_secret":"generated-secret"}`)
		default:
			_, _ = io.WriteString(w, `{"client_id":"x","client_type":"confidential","client_name":"X"}`)
		}
	}))
	defer server.Close()
	t.Setenv("LATCHKEY_TOKEN", "token")
	for _, command := range []string{"app rotate-secret x", "app rotate-secret x --json", "app add --client-name X --redirect-uri https://x.example/", "app add --client-name X --redirect-uri https://x.example/ --disabled"} {
		rotated = false
		status, stdout, stderr := administered{t: t}.run(append(strings.Fields(command), "--server", server.URL)...)
		if status != exitFailed || !strings.Contains(stdout, "generated-secret") || !strings.Contains(stderr, "503") || strings.Contains(command, "--disabled") && !strings.Contains(stderr, "may still be enabled") {
			t.Errorf("%s: %d %s %s", command, status, stdout, stderr)
		}
	}
}

// TestListOfAServerThatRepeatsAPageEnds with an error.
func TestListOfAServerThatRepeatsAPageEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[],"next":"again"}`)
	}))
	defer server.Close()
	t.Setenv("LATCHKEY_TOKEN", "token")
	if status, _, stderr := (administered{t: t}).run("app", "list", "--server", server.URL); status != exitFailed || !strings.Contains(stderr, "the same page of the list twice") {
		t.Errorf("%d %s", status, stderr)
	}
}

// TestOnlyApplicationsCanBeRestored after a deletion.
func TestOnlyApplicationsCanBeRestored(t *testing.T) {
	for kind, want := range map[string]bool{declared.LoginProviders: false, declared.Applications: true} {
		var out bytes.Buffer
		new(command).printPlan(&out, &declared.Plan{Steps: []declared.Step{{Action: declared.Delete, Kind: kind, Name: "acme"}}}, false)
		if strings.Contains(out.String(), "can be restored") != want {
			t.Errorf("%s: %s", kind, &out)
		}
	}
}

// questioned calls asked when the question is printed.
type questioned struct {
	bytes.Buffer
	asked func()
}

func (q *questioned) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte("Make these changes?")) {
		q.asked()
	}
	return q.Buffer.Write(text)
}

// TestInterruptEndsTheQuestion: Ctrl-C cancels the context, and the read of the answer continues.
func TestInterruptEndsTheQuestion(t *testing.T) {
	folder := t.TempDir()
	file, db := filepath.Join(folder, "f.yaml"), filepath.Join(folder, "x.db")
	write(t, file, "applications: [{client_id: shop, client_name: Shop, client_type: public, redirect_uris: ['https://shop.example/']}]")
	if status, _, stderr := (administered{t: t}).run("user", "add", "ada", "--generate", "--db", db); status != exitOK {
		t.Fatal(stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	in, w := io.Pipe()
	defer func() { _ = w.Close() }()
	ended := make(chan int)
	errs := &questioned{asked: cancel}
	go func() {
		ended <- execute(ctx, []string{"apply", "-f", file, "--db", db}, streams{in, io.Discard, errs})
	}()
	select {
	case status := <-ended:
		if status != exitFailed || !strings.Contains(errs.String(), "nothing was changed: the command was interrupted") {
			t.Errorf("%d %s", status, errs)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the command still waits for an answer")
	}
}

// TestImportWaitsForAServerThatLimitsRequests, and reports what was added before a failure.
func TestImportWaitsForAServerThatLimitsRequests(t *testing.T) {
	var dryRuns, imports, limited int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		added := `{"data":[` + strings.TrimSuffix(strings.Repeat(`{"added":true},`, bytes.Count(body, []byte("username"))), ",") + `]}`
		switch {
		case limited == 0:
			limited++
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		case bytes.Contains(body, []byte(`"dry_run":true`)):
			dryRuns++
			_, _ = io.WriteString(w, added)
		default:
			if imports++; imports == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = io.WriteString(w, added)
		}
	}))
	defer server.Close()
	t.Setenv("LATCHKEY_TOKEN", "token")
	name := filepath.Join(t.TempDir(), "users.json")
	var users []string
	for i := range 150 {
		users = append(users, fmt.Sprintf(`{"username": "u%d"}`, i))
	}
	if err := os.WriteFile(name, []byte("["+strings.Join(users, ",")+"]"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := (administered{t: t}).run("user", "import", name, "--server", server.URL)
	if status != exitFailed || !strings.Contains(stderr, ". At least 100 of 150 users added. Run the command again: it does not change users who exist already") || limited != 1 || dryRuns != 2 || imports != 2 {
		t.Errorf("%d %s; %d dry runs, %d imports", status, stderr, dryRuns, imports)
	}
}
