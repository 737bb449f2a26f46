package latchkey_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// TestNewWarnsIfThePeopleInTheStoreAreNotItsOwn: those of a host program cannot log in to a server with
// accounts, and nobody can log in to an account of a server with Options.People. A program can change
// from one to the other, and back.
func TestNewWarnsIfThePeopleInTheStoreAreNotItsOwn(t *testing.T) {
	store := memstore.New(nil)
	const ofHost, ofAccounts = "are those of a program with Options.People", "nobody can log in to them, because the people are those of Options.People"
	start := func(people latchkey.People, want string) *latchkey.Server {
		t.Helper()
		var log bytes.Buffer
		o := latchkey.Options{Issuer: "https://id.example/o", MasterKey: make([]byte, 32), NewKey: testkeys.NewSource()}
		o.People, o.Store, o.Logger = people, store, slog.New(slog.NewTextHandler(&log, nil))
		s, err := latchkey.New(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, warning := range []string{ofHost, ofAccounts} {
			if strings.Contains(log.String(), warning) != (warning == want) {
				t.Errorf("want the warning %q, and got %s", want, &log)
			}
		}
		return s
	}
	site := hosttest.New()
	start(nil, "")
	start(site, "")
	start(nil, ofHost)
	if err := start(site, "").UseAccounts(t.Context()); err == nil {
		t.Error("UseAccounts had no error with Options.People")
	}
	if err := start(nil, ofHost).UseAccounts(t.Context()); err != nil {
		t.Error(err)
	}
	start(nil, "")
	if err := store.CreateUser(t.Context(), &account.User{ID: "u1", Username: "ada", Admin: true}, "ada", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	start(nil, "")
	start(site, ofAccounts)
	start(nil, ofHost)
}
