package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestAnApplicationThatWasPrintedAnHourAgoCanBeGivenBack: app edit accepts what
// app show printed as long as nobody changed the application, whatever the time
// is.
func TestAnApplicationThatWasPrintedAnHourAgoCanBeGivenBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "latchkey.db")
	store, err := sqlite.Open(t.Context(), file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	before := time.Now().Add(-time.Hour)
	if err := store.CreateClient(t.Context(), &oauth.Client{
		ID: "shop", Name: "Shop", Type: oauth.Public, RedirectURIs: []string{"https://app.example/cb"},
		GrantTypes: []string{oauth.GrantAuthorizationCode}, CreatedAt: before, UpdatedAt: before,
	}); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.Command(program(t), "app", "show", "shop", "--db", file, "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "shop.json")
	if err := os.WriteFile(path, []byte(strings.Replace(string(printed), `"Shop"`, `"Store"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program(t), "app", "edit", "shop", "--db", file, "--json", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if client, err := store.Client(t.Context(), "shop"); err != nil || client.Name != "Store" || !client.UpdatedAt.After(before.Add(time.Minute)) {
		t.Errorf("the application is %+v: %v", client, err)
	}
}
