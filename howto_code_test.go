package latchkey_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// howToSources contain the code of the pages in docs/how-to. latchkeytest/howto_test.go
// also contains whole tests.
var howToSources = []string{
	"howto_claims_test.go", "howto_clients_test.go", "howto_guard_test.go", "howto_users_test.go", "latchkeytest/howto_test.go",
	"examples/embed/main.go", "examples/grant/main.go", "examples/production/main.go", "examples/production/main_test.go", "adapters/grpcguard/howto_test.go",
}

// TestCodeOfTheHowTosIsCompiled: every Go block of every page is in a file that the
// compiler checks.
func TestCodeOfTheHowTosIsCompiled(t *testing.T) {
	withoutTabs := func(text string) string {
		var code strings.Builder
		for line := range strings.Lines(text) {
			code.WriteString(strings.TrimLeft(line, "\t"))
		}
		return code.String()
	}
	var source strings.Builder
	for _, file := range howToSources {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.WriteString(withoutTabs(string(text)))
	}
	pages, err := filepath.Glob("docs/how-to/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks, found := regexp.MustCompile("(?s)```go\n(.*?)```"), 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks.FindAllStringSubmatch(string(text), -1) {
			found++
			if !strings.Contains(source.String(), withoutTabs(block[1])) {
				t.Errorf("%s: the compiler does not check this block. Copy it to one of %q:\n%s", page, howToSources, block[1])
			}
		}
	}
	if found < 43 {
		t.Errorf("only %d blocks were found", found)
	}
}

// TestClaimsOfTheHowToAreInTokens runs the functions of add-claims-and-lifetimes.md.
func TestClaimsOfTheHowToAreInTokens(t *testing.T) {
	directory := companyDirectory{}
	for _, c := range []struct {
		name, claim string
		change      func(*latchkey.Options)
		want        any
	}{
		{"AddClaims", "department", func(o *latchkey.Options) { addClaims(o, directory) }, "department of user-1"},
		{"metadata of applications", "plan", metadataOfApplications, ""},
		{"metadata of tokens", "customer", func(o *latchkey.Options) { metadataOfTokens(o, directory) }, map[string]any{"tenant": "tenant of user-1"}},
	} {
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.People = &users{}
			claimsOfScopes(o, directory)
			lifetimesAndFormat(o)
			c.change(o)
		})
		var got map[string]any
		api := p.Server.Require("orders")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			token, _ := resource.FromContext(r.Context())
			if err := token.Claims(&got); err != nil {
				t.Error(err)
			}
		}))
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+p.Token("user-1", "orders"))
		api.ServeHTTP(httptest.NewRecorder(), r)
		if !reflect.DeepEqual(got[c.claim], c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got[c.claim], c.want)
		}
	}
}

// TestProgramOfTheHowTosStarts runs the other functions in a program with its own users.
func TestProgramOfTheHowTosStarts(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("AUDIT_SECRET", "whsec_"+strings.Repeat("QUFB", 8))
	if err := os.WriteFile("master.key", make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	options := latchkey.Options{Issuer: "https://shop.example/o", People: &users{}}
	if err := keepData(t.Context(), &options); err != nil {
		t.Fatal(err)
	}
	if err := options.Store.(interface{ Close() error }).Close(); err != nil { // the next one shares a database
		t.Fatal(err)
	}
	store, err := shareSQLite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	options.Store = store
	webhooks(&options)
	server, err := latchkey.New(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start finds the application
		if err := registerApplication(t.Context(), server); err != nil {
			t.Error(err)
		}
	}
	if err := registerApplicationWithLogout(t.Context(), server); err != nil {
		t.Error(err)
	}
	if _, err := metadataOfPeople(t.Context(), server, oauth.TokenInfo{Subject: "user-1"}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("metadata of a person without an account: %v", err)
	}
}

// TestScopesOfTheHowToAreInADatabase: only public permissions are scopes.
func TestScopesOfTheHowToAreInADatabase(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE permission (name TEXT, description TEXT, public BOOL);
		INSERT INTO permission VALUES ('orders', 'See your orders', true), ('audit', 'Audit', false)`); err != nil {
		t.Fatal(err)
	}
	var options latchkey.Options
	scopesFromDatabase(&options, db)
	scopes, err := options.ScopeSource(t.Context())
	if err != nil || len(scopes) != 1 || scopes[0].Name != "orders" || scopes[0].Description != "See your orders" {
		t.Errorf("got %v, %v", scopes, err)
	}
}

// TestPostgreSQLOfTheHowToStopsWithItsContext: this test needs no server.
func TestPostgreSQLOfTheHowToStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sharePostgreSQL(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestGuardsOfTheHowToProtectAnAPI runs the functions of guard-an-api.md.
func TestGuardsOfTheHowToProtectAnAPI(t *testing.T) {
	p := latchkeytest.New(t, logEvents)
	client, secret := p.AddClient("https://app.example/callback", func(c *oauth.Client) { c.ResourceServer = true })
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if plan, found, err := useToken(r); plan != "" || err != nil {
			t.Errorf("got %q, %t, %v", plan, found, err)
		}
	})
	request := func(api http.Handler, method, path, token string) int {
		r := httptest.NewRequest(method, path, nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code
	}
	expect := func(name string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	token := p.Token("ada", "read")
	for name, c := range map[string]struct {
		verifier resource.Verifier
		want     int
	}{
		"introspection": {introspection(p.Issuer, client.ID, secret), http.StatusOK},
		"introspection with a token, without the scope introspection": {introspectionWithToken(p.Issuer, client.ID, secret), http.StatusServiceUnavailable},
		"an opaque token as a JWT":                                    {verifierOfJWTs(p.Issuer), http.StatusUnauthorized},
	} {
		mux := http.NewServeMux()
		guardNotes(mux, c.verifier, ok)
		expect(name, request(mux, http.MethodGet, "/notes", token), c.want)
	}
	guard := acceptClientCredentials(p.Server)
	limitRate(guard)
	logRefusals(guard)
	mux := http.NewServeMux()
	guardTransfers(mux, guard, ok)
	expect("a transfer without its scopes", request(mux, http.MethodPost, "/transfers", token), http.StatusForbidden)
	api := guardRouter(guard, ok)
	writeRefusals(guard)
	expect("a route", request(api, http.MethodGet, "/notes", token), http.StatusOK)
	expect("another route", request(api, http.MethodGet, "/other", token), http.StatusNotFound)
	expect("a public route", request(api, http.MethodGet, "/public/", ""), http.StatusOK)
	expect("nobody is logged in", request(api, http.MethodGet, "/notes", ""), http.StatusUnauthorized)
	withSessions := p.Server.Guard("")
	acceptSessions(withSessions, true)
	expect("a session", request(withSessions.Require("read")(ok), http.MethodGet, "/notes", ""), http.StatusOK)
	allowOrigins(p.Server.Verifier(), ok)
	expect("an allowed origin", request(http.DefaultServeMux, http.MethodGet, "/api/hello", token), http.StatusOK)
}
