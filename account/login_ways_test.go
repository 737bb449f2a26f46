package account_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// named is a login of the person who entered a name.
func named(name string) account.PasskeyLogin {
	return account.PasskeyLogin{Secret: browserSecret, Request: "request", Username: name}
}

func (p *people) namedOptions(t *testing.T, name string) []byte {
	t.Helper()
	p.now = p.now.Add(time.Second)
	prepared, err := p.PreparePasskeyLogin(ctx, named(name))
	must(t, err)
	return prepared
}

func (p *people) ways(t *testing.T, name string) account.LoginWays {
	t.Helper()
	ways, err := p.LoginWays(ctx, name)
	must(t, err)
	return ways
}

// TestWaysOfAPersonAreThoseThatWork: these are not a passkey that never verified the person, or an
// identity of a provider that is not configured.
func TestWaysOfAPersonAreThoseThatWork(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	p.Providers = providersNamed("acme")
	check := func(name string, want account.LoginWays) {
		t.Helper()
		if got := p.ways(t, name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	check("Ada", account.LoginWays{Password: true})
	p.linked(t, ada, adaAtAcme())
	check(" ADA ", account.LoginWays{Password: true, Providers: []string{"acme"}})
	p.Providers = nil
	check("ada", account.LoginWays{Password: true})

	grace := p.createWithEmail(t, "grace", "grace@example.com", true)
	weak := newAuthenticator(t, algES256)
	weak.flags = userPresent
	added := p.addPasskey(t, p.startSession(t, grace), weak)
	check("grace", account.LoginWays{Password: true})
	phone, laptop := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
	p.addPasskey(t, p.addPasskey(t, added.Cookie, phone).Cookie, laptop)
	check("Grace@example.com", account.LoginWays{Password: true, Passkeys: true})
	cookie, _ := p.passkeySession(t, phone)
	_, _, _, err := p.RemovePassword(ctx, cookie, visitor)
	must(t, err)
	check("grace", account.LoginWays{Passkeys: true})
	allow := parseOptions(t, p.namedOptions(t, "grace")).Allow
	if len(allow) != 2 || allow[0].ID != b64(phone.id) || allow[1].ID != b64(laptop.id) {
		t.Errorf("the browser is offered %v", allow)
	}
}

// TestNameWithoutAnAccountHasStableWays (WebAuthn §14.6.2): the same ways and the same
// passkeys after a restart, in any letter case, and others with the key of another server.
func TestNameWithoutAnAccountHasStableWays(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	p.Key = bytes.Repeat([]byte{1}, 32) // with some keys, 400 names do not have all combinations below
	p.Providers = providersNamed("acme", "globex")
	again := account.New(account.Config{Store: memstore.New(p.Clock), Key: p.Key, Providers: p.Providers, RelyingParty: p.RelyingParty})
	seen := make(map[string]int)
	for i := range 400 {
		name := fmt.Sprintf("nobody%d", i)
		ways := p.ways(t, name)
		upper, err := again.LoginWays(ctx, " "+strings.ToUpper(name))
		must(t, err)
		if !reflect.DeepEqual(ways, upper) {
			t.Fatalf("%s: got %+v, then %+v", name, ways, upper)
		}
		if !ways.Password && !ways.Passkeys && len(ways.Providers) == 0 {
			t.Fatalf("%s cannot log in", name)
		}
		allow := parseOptions(t, p.namedOptions(t, name)).Allow
		if ways.Passkeys != (len(allow) > 0) || !slices.Equal(allow, parseOptions(t, p.namedOptions(t, strings.ToUpper(name))).Allow) {
			t.Fatalf("%s: got %+v with %v", name, ways, allow)
		}
		seen[fmt.Sprint(ways)]++
	}
	// Each combination of a real account is also one of a name without an account.
	for _, ways := range []account.LoginWays{
		{Password: true},
		{Passkeys: true},
		{Password: true, Passkeys: true},
		{Providers: []string{"acme"}},
		{Password: true, Providers: []string{"globex"}},
		{Password: true, Passkeys: true, Providers: []string{"acme"}},
	} {
		if seen[fmt.Sprint(ways)] == 0 {
			t.Errorf("no name without an account has %+v", ways)
		}
	}
	other := account.New(account.Config{Store: memstore.New(p.Clock), Key: make([]byte, 32), RelyingParty: p.RelyingParty})
	differ := 0
	for i := range 50 {
		name := fmt.Sprintf("nobody%d", i)
		if ways, err := other.LoginWays(ctx, name); err != nil || ways.Passkeys != p.ways(t, name).Passkeys {
			differ++
		}
	}
	if differ == 0 {
		t.Error("anyone can compute the ways of a name without an account")
	}
}

// TestWaysOfANameNeedTheSameReads: whether or not it has an account.
func TestWaysOfANameNeedTheSameReads(t *testing.T) {
	p := &people{now: time.Now()}
	clock := func() time.Time { return p.now }
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{Clock: clock})
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	p.Accounts = account.New(account.Config{Store: store, Mails: store, Clock: clock, InsecurePasswordHashes: true})
	p.RelyingParty, err = account.NewRelyingParty("https://id.example", "", "Example")
	must(t, err)
	p.createWithEmail(t, "ada", "ada@example.com", true)
	reads := func(name string) int64 {
		before := store.RoundTrips()
		p.ways(t, name)
		return int64(store.RoundTrips() - before)
	}
	for _, pair := range [][2]string{{"ada", "bob"}, {"ada@example.com", "bob@example.com"}} {
		if known, unknown := reads(pair[0]), reads(pair[1]); known != unknown || known == 0 {
			t.Errorf("%s needs %d reads, and %s %d", pair[0], known, pair[1], unknown)
		}
	}
}

// TestPasskeyThatIsNotDiscoverableLogsInWithAName: the answer has no user handle. It is valid
// only for the name that was entered (WebAuthn §7.2, step 6).
func TestPasskeyThatIsNotDiscoverableLogsInWithAName(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	ada := p.createWithEmail(t, "grace", "grace@example.com", true)
	a := newAuthenticator(t, algES256)
	p.addPasskey(t, p.startSession(t, ada), a)
	p.createWithEmail(t, "eve", "grace@example.com", false)
	handle := a.handle
	for name, test := range map[string]struct {
		prepared, used string
		handle         []byte
		want           error
	}{
		"the username":                 {"grace", "grace", nil, nil},
		"the verified address":         {"Grace@example.com", "Grace@example.com", nil, nil},
		"a discoverable passkey":       {"grace", "grace", handle, nil},
		"another user handle":          {"grace", "grace", []byte("another"), account.ErrPasskey},
		"the name of another person":   {"ada", "ada", nil, account.ErrPasskey},
		"with a handle, too":           {"ada", "ada", handle, account.ErrPasskey},
		"a name that was not entered":  {"ada", "grace", nil, account.ErrPasskey},
		"an unverified address":        {"eve", "eve", nil, account.ErrPasskey},
		"a challenge for any person":   {"", "grace", nil, account.ErrPasskey},
		"no name for the same answer":  {"grace", "", nil, account.ErrPasskey},
		"no name, and a handle":        {"grace", "", handle, account.ErrPasskey},
		"a name without an account":    {"nobody", "nobody", nil, account.ErrPasskey},
		"a challenge for any person 2": {"", "grace", handle, account.ErrPasskey},
	} {
		a.handle = test.handle
		answer := a.get(t, p.namedOptions(t, test.prepared))
		_, s, u, err := p.LoginWithPasskey(ctx, named(test.used), answer)
		wantErr(t, name, err, test.want)
		if test.want == nil && err == nil && (u.ID != ada.ID || s.Assurance() != account.PhishingResistant) {
			t.Errorf("%s: got %v", name, s)
		}
	}
	hal, key := p.createWithEmail(t, "hal", "hal@example.com", false), newAuthenticator(t, algES256)
	p.addPasskey(t, p.startSession(t, hal), key)
	key.handle = nil
	_, _, _, err := p.LoginWithPasskey(ctx, named("hal@example.com"), key.get(t, p.namedOptions(t, "hal@example.com")))
	wantErr(t, "the unverified address of the owner", err, account.ErrPasskey)
	a.handle, a.flags = nil, userPresent
	_, _, _, err = p.LoginWithPasskey(ctx, named("grace"), a.get(t, p.namedOptions(t, "grace")))
	wantErr(t, "a passkey that does not verify the person", err, account.ErrPasskey)
}

// TestSealedNameOpensOnlyInItsBrowser and has a limited length.
func TestSealedNameOpensOnlyInItsBrowser(t *testing.T) {
	p := newPeople(t)
	sealed, err := p.SealName("  Ada-Lovelace ", browserSecret)
	must(t, err)
	if got := p.OpenName(sealed, browserSecret); got != "Ada-Lovelace" || strings.Contains(sealed, "Ada-Lovelace") {
		t.Errorf("got %q from %s", got, sealed)
	}
	p.now = p.now.Add(time.Hour - time.Second)
	if got := p.OpenName(sealed, browserSecret); got != "Ada-Lovelace" {
		t.Errorf("after almost an hour: %q", got)
	}
	p.now = p.now.Add(time.Second)
	if got := p.OpenName(sealed, browserSecret); got != "" {
		t.Errorf("after an hour: %q", got)
	}
	p.now = p.now.Add(-time.Hour)
	for _, other := range []string{p.OpenName(sealed, "another"), p.OpenName(sealed, ""), p.OpenName(sealed[1:], browserSecret), p.OpenName(strings.Repeat("a", 1<<20), browserSecret)} {
		if other != "" {
			t.Errorf("got %q", other)
		}
	}
	for _, name := range []string{"", "  ", strings.Repeat("a", 257), "a\x00b", "a\xff"} {
		if sealed, err := p.SealName(name, browserSecret); err == nil || sealed != "" {
			t.Errorf("%q is sealed", name)
		}
	}
	if _, err := p.SealName("Ada", ""); err == nil {
		t.Error("a name is sealed for no browser")
	}
}

// TestSpellingsOfANameRevealNothing: two spellings are the same name with an account exactly if
// they are the same name without one, both for a username and for a verified address.
func TestSpellingsOfANameRevealNothing(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	accountLike := make(map[string]string) // by a name without an account
	for i, pair := range [][2]string{{"kim1", "kim1@example.com"}, {"özgür", "özgür@example.com"}} {
		u := p.createWithEmail(t, pair[0], pair[1], true)
		p.addPasskey(t, p.startSession(t, u), newAuthenticator(t, algES256))
		for j := range 40 { // of which half have no passkeys
			accountLike[fmt.Sprintf("%s%d", pair[0][:len(pair[0])-1], 10*i+j+100)] = pair[0]
			accountLike[fmt.Sprintf("%s%d@example.com", pair[0][:len(pair[0])-1], 10*i+j+100)] = pair[1]
		}
	}
	fullWidth := func(s string) string {
		return strings.Map(func(r rune) rune {
			if '!' <= r && r <= '~' {
				return r - '!' + '！'
			}
			return r
		}, s)
	}
	for spelling, change := range map[string]func(string) string{
		"capitals":         strings.ToUpper,
		"the first letter": func(s string) string { return fullWidth(s[:1]) + s[1:] },
		"the last letter":  func(s string) string { return s[:len(s)-1] + fullWidth(s[len(s)-1:]) },
		"full width":       fullWidth,
		"an at sign":       func(s string) string { return strings.ReplaceAll(s, "@", "＠") },
		"kelvin":           func(s string) string { return strings.ReplaceAll(s, "k", "\u212a") },
		"decomposed":       func(s string) string { return strings.ReplaceAll(s, "ö", "o\u0308") },
		"a symbol":         func(s string) string { return s + "☃" },
		"another space":    func(s string) string { return "\u3000" + s },
	} {
		same := func(name string) bool {
			a, b := p.ways(t, name), p.ways(t, change(name))
			return reflect.DeepEqual(a, b) && slices.Equal(parseOptions(t, p.namedOptions(t, name)).Allow, parseOptions(t, p.namedOptions(t, change(name))).Allow)
		}
		for unknown, known := range accountLike {
			if p.ways(t, unknown).Passkeys && same(known) != same(unknown) {
				t.Errorf("%s of %s are another name: %t; of %s, which has no account: %t", spelling, known, !same(known), unknown, !same(unknown))
				break
			}
		}
	}
}

// TestNamesOfOneAddressAreLimited: so that nobody can compare the answers for many names.
func TestNamesOfOneAddressAreLimited(t *testing.T) {
	p := newPeople(t)
	for i := range 80 {
		sealed, err := p.EnterName(ctx, fmt.Sprintf("name%d", i), browserSecret, clientAddress)
		must(t, err)
		if p.OpenName(sealed, browserSecret) != fmt.Sprintf("name%d", i) {
			t.Fatalf("got %q", sealed)
		}
	}
	sealed, err := p.EnterName(ctx, "ada", browserSecret, clientAddress)
	if _, throttled := errors.AsType[*account.ThrottledError](err); !throttled || sealed != "" {
		t.Errorf("got %q, %v", sealed, err)
	}
	if _, err = p.EnterName(ctx, "ada", browserSecret, netip.MustParseAddr("192.0.2.1")); err != nil {
		t.Errorf("from another address: %v", err)
	}
	p.now = p.now.Add(11 * time.Minute)
	if _, err = p.EnterName(ctx, "ada", browserSecret, clientAddress); err != nil {
		t.Errorf("later: %v", err)
	}
}

// TestChangedProvidersKeepTheOtherWaysOfAName: otherwise, the ways of names without an account
// would change when a provider is added or removed, and those of people would not.
func TestChangedProvidersKeepTheOtherWaysOfAName(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	with := func(providers ...string) func(string) account.LoginWays {
		p.Providers = providersNamed(providers...)
		return func(name string) account.LoginWays { return p.ways(t, name) }
	}
	added, several := 0, 0
	for i := range 200 {
		name := fmt.Sprintf("nobody%d", i)
		few, more := with("acme", "globex")(name), with("initech", "acme", "globex")(name)
		if slices.Contains(more.Providers, "initech") {
			added++
		}
		if len(more.Providers) > 1 {
			several++
		}
		more.Providers = slices.DeleteFunc(more.Providers, func(s string) bool { return s == "initech" })
		if !slices.Equal(few.Providers, more.Providers) || few.Passkeys != more.Passkeys {
			t.Fatalf("%s: %+v became %+v", name, few, more)
		}
	}
	if added == 0 || several == 0 {
		t.Errorf("%d names have the new provider, and %d several", added, several)
	}
}

// TestInventedPasskeysLookLikeRealOnes (WebAuthn §14.6.2): neither has transports, and lists
// of several lengths occur.
func TestInventedPasskeysLookLikeRealOnes(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	grace := p.createWithEmail(t, "grace", "grace@example.com", true)
	p.addPasskey(t, p.startSession(t, grace), newAuthenticator(t, algES256))
	lists, lengths := make(map[int]int), make(map[int]int)
	for i := range 400 {
		name := "grace"
		if i > 0 {
			name = fmt.Sprintf("nobody%d", i)
		}
		options := p.namedOptions(t, name)
		if strings.Contains(string(options), "transports") {
			t.Fatalf("%s has transports: %s", name, options)
		}
		allow := parseOptions(t, options).Allow
		lists[len(allow)]++
		for _, d := range allow {
			lengths[len(d.ID)]++
		}
	}
	if lists[0] == 0 || lists[1] == 0 || lists[2] == 0 || lists[3] == 0 || len(lengths) < 5 {
		t.Errorf("lengths of lists %v, of IDs %v", lists, lengths)
	}
}
