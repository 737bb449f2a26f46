package sqlite_test

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// firstRelease is what a database of the first tables held: as that release
// wrote it.
const firstRelease = `
INSERT INTO client VALUES ('c', 'Old app', 'confidential', '', 0, 0, 1, 1, 1, '{"grant_types":["authorization_code"],"redirect_uris":["https://a"]}');
INSERT INTO account VALUES ('id-ada', 'ada', 'ada', '', '', '', '$argon2id$', 1, 0, 1, 1, 0, 1);
INSERT INTO consent VALUES ('id-ada', 'c', 'read', 1, 1);
INSERT INTO code VALUES ($1, $2, 'c', 'id-ada', 's', 'https://a', 0, 'read', '', '', $3, $3, $4, 0);
INSERT INTO family VALUES ($5, 'c', 'id-ada', 's', 'read', $3, $2, x'', 0, 0, 'read', $3, $4, $4, 0);
INSERT INTO access_token VALUES ($5, $2, 'c', 'id-ada', $5, 'read', $3, $4);
`

// firstTables is a database file as the first release made it.
func firstTables(t *testing.T) (path string, db *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := fs.Sub(migrations.Files, "sqlite")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(ctx, 1); err != nil {
		t.Fatal(err)
	}
	return path, db
}

// TestR8_7_ADatabaseOfTheFirstTablesIsBroughtUpToDate, and all that it held
// stays good.
func TestR8_7_ADatabaseOfTheFirstTablesIsBroughtUpToDate(t *testing.T) {
	path, db := firstTables(t)
	now := time.Now().Truncate(time.Millisecond)
	code, family := oauth.NewToken(oauth.KindCode, now), oauth.NewToken(oauth.KindRefresh, now)
	hash := code.Hash()
	if _, err := db.Exec(firstRelease, code.ID[:], hash[:], now.UnixMilli(), now.Add(time.Hour).UnixMilli(), family.ID[:]); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if c, err := s.Client(ctx, "c"); err != nil || c.Name != "Old app" || !c.Allows("authorization_code") {
		t.Errorf("the application: %+v %v", c, err)
	}
	if u, err := s.UserByName(ctx, "ada"); err != nil || !u.Admin {
		t.Errorf("the person: %+v %v", u, err)
	}
	if token, standing, err := s.AccessToken(ctx, family.ID); err != nil || standing.RevokedBecause(token.IssuedAt) != "" {
		t.Errorf("the access token: %+v %v", standing, err)
	}
	redeemed, err := s.Redeem(ctx, oauth.Redemption{
		ID: code.ID, Hash: hash, ClientID: "c", RedirectURI: "https://a", Now: now,
		Family: oauth.Family{Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)},
	})
	if err != nil || !redeemed.Won || !redeemed.Code.Details.IsZero() {
		t.Errorf("the code: %+v %v", redeemed, err)
	}
	rotated, err := s.Rotate(ctx, oauth.Rotation{FamilyID: family.ID, ClientID: "c", Presented: hash, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour)})
	if err != nil || !rotated.Won {
		t.Errorf("the refresh token: %+v %v", rotated, err)
	}
}
