package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestImportChecksIDsBeforeItAddsUsers: an ID that another user has is found before users are added.
func TestImportChecksIDsBeforeItAddsUsers(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "l.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	a := account.New(account.Config{Store: s})
	const id = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
	if _, err := a.Import(t.Context(), account.ImportedUser{ID: id, NewUser: account.NewUser{Username: "bob"}}); err != nil {
		t.Fatal(err)
	}
	users, err := parseUsers([]byte(`[{"username": "ada"},
		{"username": "carol", "id": "` + id + `"}]`))
	if err != nil {
		t.Fatal(err)
	}
	missing, err := (&inDatabase{&command{config: newConfig()}, nil, s}).CheckImport(t.Context(), users)
	if err == nil || !strings.Contains(err.Error(), "line 2, user 2 (carol): id: There is already another user with this ID") {
		t.Errorf("%v; %d users would be added before the fault is found", err, len(missing))
	}
}
