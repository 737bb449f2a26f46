package loginproviders_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

var (
	ctx  = context.Background()
	acme = upstream.Settings{Name: "acme", Issuer: "https://acme.example", ClientID: "c", ClientSecret: "hush"}
)

// process returns the providers of one process, which shares the store with others.
func process(store *memstore.Store, key string, fixed ...upstream.Settings) *loginproviders.Set {
	return loginproviders.New(loginproviders.Config{
		Fixed: fixed, Store: store, Version: store.Version, Key: []byte(key), Clock: time.Now,
		Open: func(s upstream.Settings) (*upstream.Provider, error) {
			return upstream.New(s, upstream.Config{Outbound: outbound.New(outbound.Options{}), Clock: time.Now}), nil
		},
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// offered returns the names of the providers that people can use.
func offered(t *testing.T, s *loginproviders.Set) string {
	t.Helper()
	all, err := s.ForAccounts(ctx)
	must(t, err)
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// TestProvidersOfTheStoreFollowThoseOfTheOptions: another process obeys each change as soon
// as the version of the store is another one, and an unchanged provider keeps its metadata.
func TestProvidersOfTheStoreFollowThoseOfTheOptions(t *testing.T) {
	store := memstore.New(nil)
	one, two := process(store, "k", upstream.Settings{Name: "fixed", Issuer: "https://x.example", ClientID: "c"}), process(store, "k")
	must(t, one.Add(ctx, acme))
	before, err := two.Named(ctx, "acme")
	must(t, err)
	if offered(t, one) != "fixed acme" || before == nil || before.ClientSecret != "hush" {
		t.Fatalf("got %s, %+v", offered(t, one), before)
	}
	other := acme
	other.Name, other.Issuer = "zeta", "https://zeta.example"
	must(t, one.Add(ctx, other))
	if same, err := two.Named(ctx, "acme"); err != nil || same != before {
		t.Errorf("a provider that has not changed was opened again: %v", err)
	}
	changed := acme
	changed.Title, changed.ClientSecret = "Acme", ""
	must(t, two.Update(ctx, changed, 1))
	if now, err := one.Named(ctx, "acme"); err != nil || now.Title != "Acme" || now.ClientSecret != "hush" {
		t.Errorf("a change keeps the secret: %+v, %v", now, err)
	}
	if err := two.Update(ctx, changed, 1); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a change of an old version: %v", err)
	}
	must(t, one.Remove(ctx, "acme", 0))
	if offered(t, two) != "zeta" {
		t.Errorf("after the removal: %s", offered(t, two))
	}
	for _, err := range []error{one.Remove(ctx, "fixed", 0), one.Update(ctx, upstream.Settings{Name: "fixed"}, 1)} {
		if !errors.Is(err, loginproviders.ErrFixed) {
			t.Errorf("a provider of the options: %v", err)
		}
	}
}

// TestStoredSecretIsSentOnlyWhereItBelongs: also if a person changes the row, who does not
// have the master key.
func TestStoredSecretIsSentOnlyWhereItBelongs(t *testing.T) {
	for name, change := range map[string]func(*upstream.Settings){
		"another issuer": func(s *upstream.Settings) { s.Issuer = "https://evil.example" },
		"another client": func(s *upstream.Settings) { s.ClientID = "d" },
		"another type":   func(s *upstream.Settings) { s.Type = upstream.TypeGitHub },
	} {
		store := memstore.New(nil)
		set := process(store, "k")
		must(t, set.Add(ctx, acme))
		s := acme
		s.ClientSecret = ""
		change(&s)
		var faults loginproviders.Faults
		if err := set.Update(ctx, s, 1); !errors.As(err, &faults) || faults[0].Field != upstream.FieldSecret {
			t.Errorf("%s: %v", name, err)
		}
		rows, err := store.LoginProviders(ctx)
		must(t, err)
		if strings.Contains(string(rows[0].Settings)+rows[0].Secret, "hush") {
			t.Error("the secret is stored readable")
		}
		rows[0].Settings, err = s.JSON()
		must(t, err)
		must(t, store.UpdateLoginProvider(ctx, rows[0]))
		if offered(t, set) != "" {
			t.Errorf("%s in the row: it is offered", name)
		}
	}
}

// TestRowThatCannotBeReadIsNotOffered: it may have a rule that keeps people out. The others
// are offered, and administrators see the reason.
func TestRowThatCannotBeReadIsNotOffered(t *testing.T) {
	store := memstore.New(nil)
	must(t, process(store, "k").Add(ctx, acme))
	for name, settings := range map[string]string{
		"newer": `{"name":"newer","issuer":"https://x.example","client_id":"c","denied_groups":["x"]}`, "broken": `[`, "fixed": `{"name":"fixed","issuer":"https://y.example","client_id":"c"}`, "invalid": `{"issuer":"https://z.example"}`,
	} {
		must(t, store.AddLoginProvider(ctx, account.StoredProvider{Name: name, Settings: json.RawMessage(settings)}))
	}
	set := process(store, "k", upstream.Settings{Name: "fixed", Issuer: "https://x.example", ClientID: "c"})
	entries, err := set.Entries(ctx)
	must(t, err)
	if got := offered(t, set); got != "fixed acme" || len(entries) != 6 {
		t.Errorf("offered %s of %+v", got, entries)
	}
	for _, e := range entries {
		if (e.Fault == nil) != (e.Provider != nil) {
			t.Errorf("%s: %v", e.Name, e.Fault)
		}
	}
	if got := offered(t, process(store, "another master key")); strings.Contains(got, "acme") {
		t.Errorf("with another master key: %s", got)
	}
}

// TestChangeKeepsTheSecretOfItsVersion: a process that has not read the change of another one
// yet neither restores the old secret, nor reports a conflict with the version that the other
// process has shown.
func TestChangeKeepsTheSecretOfItsVersion(t *testing.T) {
	store := memstore.New(nil)
	one, late := process(store, "k"), process(store, "k")
	must(t, one.Add(ctx, acme))
	version := store.Version()
	late.Version = func() uint64 { return version }
	offered(t, late)
	rotated := acme
	rotated.ClientSecret = "rotated"
	must(t, one.Update(ctx, rotated, 1))
	titled := acme
	titled.Title, titled.ClientSecret = "Acme", ""
	if err := late.Update(ctx, titled, 1); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a change of the old version: %v", err)
	}
	must(t, late.Update(ctx, titled, 2))
	if now, err := one.Named(ctx, "acme"); err != nil || now == nil || now.Title != "Acme" || now.ClientSecret != "rotated" {
		t.Errorf("got %+v, %v", now, err)
	}
}

// TestRowOfANewerReleaseIsNotChanged: the settings that this release cannot read remain. It can
// still be removed.
func TestRowOfANewerReleaseIsNotChanged(t *testing.T) {
	for name, settings := range map[string]string{
		"an unknown setting": `{"issuer":"https://acme.example","client_id":"c","groups":["staff"],"denied_groups":["x"]}`,
		"another type":       `{"issuer":"https://acme.example","client_id":"c","groups":["staff"],"tenants":{"deny":"x"}}`,
		"no object":          `["acme"]`,
	} {
		store := memstore.New(nil)
		must(t, store.AddLoginProvider(ctx, account.StoredProvider{Name: "acme", Settings: json.RawMessage(settings)}))
		set := process(store, "k")
		e, err := set.Stored(ctx, "acme")
		must(t, err)
		if name != "no object" && (e.Address() != "https://acme.example" || len(e.Groups) != 1) {
			t.Errorf("%s: shown as %+v", name, e.Settings)
		}
		for _, change := range []upstream.Settings{acme, e.Settings} {
			if err := set.Update(ctx, change, 1); !errors.Is(err, loginproviders.ErrUnreadable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		rows, err := store.LoginProviders(ctx)
		must(t, err)
		if string(rows[0].Settings) != settings {
			t.Errorf("%s: saved as %s", name, rows[0].Settings)
		}
		must(t, set.Remove(ctx, "acme", 0))
	}
}

// TestFaultIsLoggedOnce: again only after the row or the fault has changed, and not whenever
// another row changes.
func TestFaultIsLoggedOnce(t *testing.T) {
	store := memstore.New(nil)
	must(t, store.AddLoginProvider(ctx, account.StoredProvider{Name: "broken", Settings: json.RawMessage(`{}`)}))
	var log strings.Builder
	set := process(store, "k")
	set.Logger = slog.New(slog.NewTextHandler(&log, nil))
	logged := func(want int) {
		t.Helper()
		offered(t, set)
		if got := strings.Count(log.String(), "provider=broken"); got != want {
			t.Errorf("logged %d times, want %d: %s", got, want, &log)
		}
	}
	logged(1)
	must(t, store.AddLoginProvider(ctx, account.StoredProvider{Name: "other", Settings: json.RawMessage(`{"issuer":"https://x.example","client_id":"c"}`)}))
	logged(1)
	must(t, store.UpdateLoginProvider(ctx, account.StoredProvider{Name: "broken", Version: 1, Settings: json.RawMessage(`{"later":1}`)}))
	logged(2)
	must(t, store.RemoveLoginProvider(ctx, "other", 0))
	logged(2)
}

// failing is a store that is unavailable.
type failing struct{ account.ProviderStore }

func (failing) LoginProviders(context.Context) ([]account.StoredProvider, error) {
	return nil, account.ErrUnavailable
}

// TestUnavailableStoreIsNotAnEmptyOne: the providers that were read before could have been
// removed.
func TestUnavailableStoreIsNotAnEmptyOne(t *testing.T) {
	store := memstore.New(nil)
	set := process(store, "k")
	must(t, set.Add(ctx, acme))
	offered(t, set)
	set.Store = failing{store}
	if _, err := set.All(ctx); err != nil {
		t.Errorf("nothing has changed: %v", err)
	}
	must(t, store.RemoveLoginProvider(ctx, "acme", 0))
	if all, err := set.All(ctx); !errors.Is(err, account.ErrUnavailable) {
		t.Errorf("got %v, %v", all, err)
	}
}

// TestOneProviderConfirmsNewLogins if people need it: GitHub alone would lock them out.
func TestOneProviderConfirmsNewLogins(t *testing.T) {
	gitHub := upstream.Settings{Name: "hub", Type: upstream.TypeGitHub, ClientID: "c", ClientSecret: "hush"}
	one := process(memstore.New(nil), "k")
	must(t, one.Add(ctx, gitHub)) // nothing requires more
	one = process(memstore.New(nil), "k", gitHub)
	one.MustConfirm = true
	if err := one.CheckNewLogins(ctx); !errors.Is(err, loginproviders.ErrNoNewLogins) {
		t.Errorf("with GitHub alone: %v", err)
	}
	second := gitHub
	second.Name, second.Issuer = "enterprise", "https://git.example"
	if _, ok := errors.AsType[loginproviders.Faults](one.Add(ctx, second)); !ok {
		t.Error("a second one of the kind is accepted")
	}
	must(t, one.Add(ctx, acme))
	must(t, one.CheckNewLogins(ctx))
	must(t, one.Add(ctx, second))
	if err := one.Remove(ctx, "acme", 0); !errors.Is(err, loginproviders.ErrNoNewLogins) {
		t.Errorf("the only one that confirms was removed: %v", err)
	}
	off := acme
	off.ClientSecret, off.Disabled = "", true
	if _, ok := errors.AsType[loginproviders.Faults](one.Update(ctx, off, 1)); !ok {
		t.Error("the only one that confirms was disabled")
	}
	must(t, one.Remove(ctx, "enterprise", 0))
	one.MustConfirm = false
	must(t, one.Add(ctx, second))
	must(t, one.Remove(ctx, "acme", 0))
	one.MustConfirm = true
	must(t, one.Remove(ctx, "enterprise", 0)) // it does not confirm, and was not the problem
}

// TestDisabledProviderIsNotOffered: it is still known, so that it can report logouts.
func TestDisabledProviderIsNotOffered(t *testing.T) {
	set := process(memstore.New(nil), "k")
	must(t, set.Add(ctx, acme))
	off := acme
	off.ClientSecret, off.Disabled = "", true
	must(t, set.Update(ctx, off, 1))
	used, err := set.Named(ctx, "acme")
	must(t, err)
	known, err := set.Known(ctx, "acme")
	must(t, err)
	if offered(t, set) != "" || used != nil || known == nil || known.ClientSecret != "hush" {
		t.Errorf("offered %q, used %v, known %v", offered(t, set), used, known)
	}
	off.Disabled = false
	must(t, set.Update(ctx, off, 2))
	if offered(t, set) != "acme" {
		t.Error("it is not enabled")
	}
	if other, err := set.Known(ctx, "other"); other != nil || err != nil {
		t.Errorf("got %v, %v", other, err)
	}
}

// owners is a store with identities of people.
type owners struct {
	*memstore.Store
	all []account.IdentityOwner
}

func (o owners) IdentityOwners(_ context.Context, limit int) ([]account.IdentityOwner, error) {
	return o.all[:min(limit, len(o.all))], nil
}

// TestPeopleAreCountedByTheirOtherWaysToLogIn: a password, a passkey, or another provider that is
// not disabled. With Only, passwords and passkeys are those of administrators.
func TestPeopleAreCountedByTheirOtherWaysToLogIn(t *testing.T) {
	store := owners{Store: memstore.New(nil)}
	set := process(store.Store, "k")
	for _, name := range []string{"acme", "zeta", "off"} {
		must(t, set.Add(ctx, upstream.Settings{Name: name, Issuer: "https://" + name + ".example", ClientID: "c", Disabled: name == "off"}))
	}
	person := func(u account.User, issuers ...string) {
		for _, issuer := range issuers {
			body := `{"provider":"old","issuer":"https://` + issuer + `.example","subject":"s"}`
			store.all = append(store.all, account.IdentityOwner{Factor: account.Factor{UserID: u.ID, Kind: account.FactorIdentity, Body: body}, User: u})
		}
	}
	person(account.User{ID: "a"}, "acme")
	person(account.User{ID: "b", PasswordHash: "x"}, "acme")
	person(account.User{ID: "c", Factors: []account.FactorKind{account.FactorPasskey}}, "acme", "acme")
	person(account.User{ID: "d", Factors: []account.FactorKind{account.FactorTOTP}}, "off", "acme")
	person(account.User{ID: "e"}, "acme", "zeta")
	person(account.User{ID: "f", PasswordHash: "x", Admin: true}, "acme")
	person(account.User{ID: "g"}, "zeta")
	set.Store = store
	counted := func(what, name string, only bool, connected, locked string) {
		t.Helper()
		set.Only = only
		e, err := set.Entry(ctx, name)
		must(t, err)
		people, err := set.People(ctx, e.Settings)
		if err != nil || people.Connected.String() != connected || people.Locked.String() != locked {
			t.Errorf("%s: got %v, %v", what, people, err)
		}
	}
	counted("a provider", "acme", false, "6", "2")
	counted("the only ways", "acme", true, "6", "4")
	counted("a disabled provider", "off", false, "1", "0")
	for i := range 9990 {
		person(account.User{ID: fmt.Sprint("h", i/2)}, "acme")
	}
	store.all = append(store.all, store.all[len(store.all)-1])
	set.Store = store
	counted("more than are read", "acme", false, "at least 5000", "at least 4996")
}
