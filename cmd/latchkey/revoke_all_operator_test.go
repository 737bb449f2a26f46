package main

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestAnOperatorRevokesAllApplications: an operator has the permission to revoke applications, and not
// the one to revoke the API tokens of people. The error names what remains.
func TestAnOperatorRevokesAllApplications(t *testing.T) {
	a := administer(t) // root, an administrator, has an API token
	a.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.ID = "shop" })
	operator := a.AddUser("op", false)
	operator.SetRoles(account.Roles{account.RoleOperator})
	if err := a.Accounts.Update(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	text := oauth.NewToken(oauth.KindPersonal, a.Now()).String()
	if _, err := a.Accounts.AddPersonalToken(t.Context(), operator.ID, text, "script", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LATCHKEY_TOKEN", text)
	status, _, errs := a.run("token", "revoke", "--all", "--yes", "--server", a.URL)
	c, err := a.Store.Client(t.Context(), "shop")
	if err != nil || c.RevokedBefore.IsZero() || status == exitOK || !strings.Contains(errs, "the API tokens of people were not all revoked") || !strings.Contains(errs, "Revoked: what was issued to 1 application, 0 sessions") {
		t.Errorf("revoked before %s, %v; status %d: %s", c.RevokedBefore, err, status, errs)
	}
}
