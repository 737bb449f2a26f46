package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// testLoginProviders: they are listed by name, and each change has a condition and changes
// the version.
func testLoginProviders(t *testing.T, h *house) {
	provider := func(name string) account.StoredProvider {
		return account.StoredProvider{Name: name, Settings: json.RawMessage(`{"issuer":"https://` + name + `.example"}`), Secret: "sealed " + name, CreatedAt: h.now, UpdatedAt: h.now}
	}
	changes := func(what string, want error, change func() error) {
		t.Helper()
		before := h.Version()
		if err := change(); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		if want == nil && h.Version() == before {
			t.Errorf("%s: the version is the same", what)
		}
	}
	google, acme := provider("google"), provider("acme")
	changes("the first", nil, func() error { return h.AddLoginProvider(ctx, google) })
	changes("the second", nil, func() error { return h.AddLoginProvider(ctx, acme) })
	changes("the same name", account.ErrConflict, func() error { return h.AddLoginProvider(ctx, acme) })
	google.Version, acme.Version = 1, 1
	h.setNow(h.now.Add(time.Minute))
	next := acme
	next.Settings, next.Secret, next.UpdatedAt, next.CreatedAt = json.RawMessage(`{}`), "", h.now, h.now
	changes("a change", nil, func() error { return h.UpdateLoginProvider(ctx, next) })
	changes("a change of the version before", account.ErrConflict, func() error { return h.UpdateLoginProvider(ctx, next) })
	changes("a change of another one", account.ErrNotFound, func() error { return h.UpdateLoginProvider(ctx, provider("other")) })
	next.Version, next.CreatedAt = 2, acme.CreatedAt
	all, err := h.LoginProviders(ctx)
	must(t, err)
	same(t, "all", all, []account.StoredProvider{next, google})
	changes("a removal of the version before", account.ErrConflict, func() error { return h.RemoveLoginProvider(ctx, "acme", 1) })
	changes("a removal of a version of another one", account.ErrNotFound, func() error { return h.RemoveLoginProvider(ctx, "other", 1) })
	changes("a removal of the version", nil, func() error { return h.RemoveLoginProvider(ctx, "acme", 2) })
	changes("the same again", nil, func() error { return h.AddLoginProvider(ctx, acme) })
	changes("a removal", nil, func() error { return h.RemoveLoginProvider(ctx, "acme", 0) })
	changes("another removal", account.ErrNotFound, func() error { return h.RemoveLoginProvider(ctx, "acme", 0) })
	all, err = h.LoginProviders(ctx)
	must(t, err)
	same(t, "what is left", all, []account.StoredProvider{google})
}

// testIdentityOwners: identities are listed person by person, with what the person can log in
// with, and without other factors.
func testIdentityOwners(t *testing.T, h *house) {
	var want []account.IdentityOwner
	for p, name := range []string{"ada", "bob", "eve"} {
		u, err := h.User(ctx, h.user(t, name).ID)
		must(t, err)
		change := account.FactorChange{User: u, At: h.now}
		for i, kind := range []account.FactorKind{account.FactorIdentity, account.FactorPasskey, account.FactorIdentity, account.FactorToken}[p:] {
			f := account.Factor{ID: account.FactorID{byte(10*p + i + 1)}, UserID: u.ID, Kind: kind, Body: fmt.Sprint(name, i)}
			change.Add = append(change.Add, f)
			switch kind {
			case account.FactorPasskey:
				change.Factors = []account.FactorKind{kind}
			case account.FactorIdentity:
				want = append(want, account.IdentityOwner{Factor: f, User: account.User{ID: u.ID, PasswordHash: u.PasswordHash, Admin: u.Admin}})
			}
		}
		must(t, h.ChangeFactors(ctx, change))
		for i := range want {
			if want[i].User.ID == u.ID {
				want[i].User.Factors = change.Factors
			}
		}
	}
	for _, limit := range []int{10, 4, 3, 1} {
		got, err := h.IdentityOwners(ctx, limit)
		must(t, err)
		same(t, fmt.Sprint("at most ", limit), got, want[:min(limit, len(want))])
	}
}

// testLoginProviderContention: among concurrent callers, the names are unique, the number is
// limited, and one of several changes wins.
func testLoginProviderContention(t *testing.T, h *house) {
	const more = 20
	count := func(answers []error, want error) (n int) {
		for _, err := range answers {
			if errors.Is(err, want) {
				n++
			}
		}
		return n
	}
	add := func(i int) error {
		return h.AddLoginProvider(ctx, account.StoredProvider{Name: fmt.Sprintf("p%03d", i/2), Settings: json.RawMessage(`{}`), CreatedAt: h.now, UpdatedAt: h.now})
	}
	answers := together(2*(account.MaxStoredProviders+more), add)
	if n := count(answers, nil); n != account.MaxStoredProviders {
		t.Errorf("%d were added", n)
	}
	if n := count(answers, account.ErrTooManyProviders); n < more {
		t.Errorf("%d were too many", n)
	}
	all, err := h.LoginProviders(ctx)
	must(t, err)
	if len(all) != account.MaxStoredProviders {
		t.Fatalf("%d are stored", len(all))
	}
	answers = together(20, func(int) error { return h.UpdateLoginProvider(ctx, all[0]) })
	if n := count(answers, nil); n != 1 {
		t.Errorf("%d changes of the same version succeed", n)
	}
}
