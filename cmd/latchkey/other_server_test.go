package main

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestSettingsOfAnotherServerAreReported: by commands if the issuer differs from that of the
// database, and by a server if applications have scopes that its settings lack.
func TestSettingsOfAnotherServerAreReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	testdb.SQLiteFile(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if err := store.UseIssuer(t.Context(), oauth.IssuerUse{Issuer: "https://id.example/o", Server: "one", Lasts: time.Minute}); err != nil {
		t.Fatal(err)
	}
	client := &oauth.Client{ID: "shop", Name: "Shop", Type: oauth.Public, Scopes: oauth.Scopes{"read", "fly"}, CreatedAt: time.Now(), UpdatedAt: time.Now()}
	if err := store.CreateClient(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	for issuer, want := range map[string]bool{"https://other.example/o": true, "https://id.example/o": false, "": false} {
		var errs bytes.Buffer
		t.Setenv("LATCHKEY_ISSUER", issuer)
		status := execute(t.Context(), []string{"app", "list", "--db", path}, streams{strings.NewReader(""), io.Discard, &errs})
		if got := strings.Contains(errs.String(), "the settings have the issuer "+issuer+", but the server that started last on this database has https://id.example/o"); status != exitOK || got != want {
			t.Errorf("issuer %q: status %d, %s", issuer, status, &errs)
		}
	}
	for scopes, want := range map[string]string{"read": `scopes="shop: fly"`, "read fly": ""} {
		var log bytes.Buffer
		c := &command{config: newConfig()}
		for _, name := range strings.Fields(scopes) {
			c.config.Scopes = append(c.config.Scopes, oauth.ScopeInfo{Name: name})
		}
		if err := c.warnOfScopes(t.Context(), &instance{store: store, logger: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), want) || (want == "") != (log.Len() == 0) {
			t.Errorf("with the scopes %s: %s", scopes, &log)
		}
	}
}
