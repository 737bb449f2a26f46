package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestSettingsInAnotherFormAreFiltered: a client is found by a member of its settings, also if an earlier release
// wrote the members in another order, or another program wrote them with spaces.
func TestSettingsInAnotherFormAreFiltered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	s := open(t, path, nil)
	if err := s.CreateClient(t.Context(), &oauth.Client{ID: "https://c.example", Name: "c", CreatedAt: s.Clock()}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const other = `{"client_uri": "", "review" : "waiting", "legacy_features": [ {"feature": "implicit"} ],
		"document_fetched_at": "2026-11-30T00:00:00Z", "grant_types": [ "x" ]}`
	if _, err := db.ExecContext(t.Context(), `UPDATE latchkey_client SET settings = $1`, other); err != nil {
		t.Fatal(err)
	}
	for _, f := range []oauth.ClientFilter{{Review: oauth.ReviewWaiting}, {Legacy: true}, {AddedBy: oauth.AddedByDocument}, {GrantType: "x"}} {
		if found, _, err := s.Clients(t.Context(), f, paging.Page{}); err != nil || len(found) != 1 {
			t.Errorf("%+v: %d clients, %v", f, len(found), err)
		}
	}
}
