package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestEachKindOfRevocationIsAnEvent, with the application or the person that it is about.
func TestEachKindOfRevocationIsAnEvent(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "latchkey.yaml")
	if err := os.WriteFile(file, []byte("issuer: https://id.example.com/o\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(member string, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if status := execute(t.Context(), append(args, "--json", "--config", file, "--data", folder), streams{strings.NewReader(""), &stdout, &stderr}); status != exitOK {
			t.Fatalf("%v: %s", args, stderr.String())
		}
		var out map[string]any
		if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		text, _ := out[member].(string)
		return text
	}
	app := run("client_id", "app", "add", "--client-name", "Shop", "--redirect-uri", "https://app.example/cb")
	ada := run("id", "user", "add", "ada", "--generate")
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	seen := make(map[string]bool)
	events := func() (added []audit.Record) {
		waiting, err := audit.Waiting(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range waiting {
			if !seen[r.ID] {
				seen[r.ID] = true
				added = append(added, *r)
			}
		}
		return added
	}
	events()
	for _, test := range []struct {
		args             []string
		person, clientID string
	}{
		{[]string{"--user", "ada"}, ada, ""},
		{[]string{"--app", app}, "", app},
		{[]string{"--user", "ada", "--app", app}, ada, app},
		{[]string{"--all", "--yes"}, "", ""},
	} {
		run("", append([]string{"token", "revoke"}, test.args...)...)
		added := events()
		if len(added) != 1 || added[0].Event != oauth.EventAdministration || added[0].Person != test.person || added[0].ClientID != test.clientID {
			t.Errorf("token revoke %v: recorded %+v", test.args, added)
		}
	}
}
