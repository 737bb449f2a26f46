package account_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestLoginWithAPasskeyNeedsTwoRoundTrips: one reads the passkey with its user, and one
// starts the session.
func TestLoginWithAPasskeyNeedsTwoRoundTrips(t *testing.T) {
	p := &people{now: time.Now()}
	clock := func() time.Time { return p.now }
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p.Accounts = account.New(account.Config{Store: store, Mails: store, Clock: clock, InsecurePasswordHashes: true})
	p.RelyingParty, err = account.NewRelyingParty("https://id.example", "", "Example")
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthenticator(t, algES256)
	p.addPasskey(t, p.startSession(t, p.create(t, "Ada")), a)
	answer := a.get(t, p.loginOptions(t))
	before := store.RoundTrips()
	if _, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, answer); err != nil {
		t.Fatal(err)
	}
	if n := store.RoundTrips() - before; n > 2 {
		t.Errorf("a login with a passkey needs %d round trips", n)
	}
}
