package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// withPasskeys is an option with which a server has passkeys: its issuer has a host name.
func withPasskeys(o *latchkey.Options) {
	o.Issuer = strings.Replace(o.Issuer, "127.0.0.1", "localhost", 1)
}

// newPasskeyHouse returns a provider in which ada has a passkey, and perhaps no TOTP.
func newPasskeyHouse(t *testing.T, change func(*latchkey.Options)) (*guarded, *authenticator) {
	t.Helper()
	g := newGuarded(t, func(o *latchkey.Options) {
		withPasskeys(o)
		if change != nil {
			change(o)
		}
	})
	g.URL = strings.TrimSuffix(g.Issuer, "/o")
	g.ada = g.AddUser("bea", false)
	return g, addPasskey(t, g.Provider, g.ada, g.URL)
}

// options requests the options for a passkey, as the script of the page does.
func (g *guarded) options(b *latchkeytest.Browser, next string, more ...string) (int, string) {
	g.t.Helper()
	fields := url.Values{"next": {next}}
	for i := 0; i < len(more); i += 2 {
		fields.Set(more[i], more[i+1])
	}
	response, body := browserSends(g.t, b, "POST", g.Issuer+"/login/options/", fields.Encode(), "Origin", g.URL, "Sec-Fetch-Site", "same-origin")
	setCookies(b, response)
	return response.StatusCode, body
}

// TestPasskeyLogsInAndContinuesTheRequest: without a username and a password, and the ID
// token reports it.
func TestPasskeyLogsInAndContinuesTheRequest(t *testing.T) {
	g, a := newPasskeyHouse(t, nil)
	b := g.Browser()
	page := b.Open(openIDRequest(g.Provider, g.client))
	if !strings.Contains(page.Body, "Log in with a passkey") || !strings.Contains(page.Body, `autocomplete="username webauthn"`) {
		t.Fatalf("the login page: %s", page.Body)
	}
	next := page.Request.URL.Query().Get("next")
	status, options := g.options(b, next)
	if status != http.StatusOK || !strings.Contains(options, `"userVerification":"required"`) {
		t.Fatalf("the options: %d %s", status, options)
	}
	page = b.Submit(page, url.Values{"next": {next}, "passkey": {a.get(t, options)}})
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	_, body := redeem(t, g.Provider, g.client, g.key, responseFields(page).Get("code"))
	if claims := claimsOf(t, body); claims["acr"] != "phr" || claims["sub"] != g.ada.ID {
		t.Errorf("got %v", claims)
	}
	g.wantEvents("ok")
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	if body := b.Open(g.Issuer + "/login/").Body; strings.Index(body, "Log in with a passkey") > strings.Index(body, `name="username"`) {
		t.Error("the method that worked in this browser is not offered first")
	}
}

// TestAnswerOfAPasskeyIsForOneLogin: the same answer is refused in another browser, for
// another request, after ten minutes and again.
func TestAnswerOfAPasskeyIsForOneLogin(t *testing.T) {
	g, a := newPasskeyHouse(t, nil)
	send := func(b *latchkeytest.Browser, next, answer string) latchkeytest.Page {
		return b.Submit(b.Open(g.Issuer+"/login/?next="+url.QueryEscape(next)), url.Values{"next": {next}, "passkey": {answer}})
	}
	refused := func(name string, b *latchkeytest.Browser, page latchkeytest.Page) {
		t.Helper()
		if page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Body, "This passkey could not be verified") || g.isIn(b) {
			t.Errorf("%s: got %s %s", name, page.Status, page.Body)
		}
	}
	b, other := g.Browser(), g.Browser()
	_, options := g.options(b, "/o/account/")
	_, _ = g.options(other, "/o/account/")
	answer := a.get(t, options)
	refused("in another browser", other, send(other, "/o/account/", answer))
	refused("for another request", b, send(b, "/o/authorize/?resume=x", answer))
	refused("no answer", b, send(b, "/o/account/", "{}"))
	g.clock.move(10*time.Minute + time.Second) // the clock of the provider is slightly ahead
	refused("after ten minutes", b, send(b, "/o/account/", answer))
	_, options = g.options(b, "/o/account/")
	answer = a.get(t, options)
	if send(b, "/o/account/", answer); !g.isIn(b) {
		t.Fatal("the person is not logged in")
	}
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	again := send(b, "/o/account/", answer)
	refused("again", b, again)
	if strings.Contains(again.Body, "passkey-unknown") {
		t.Error("a passkey that exists is reported as unknown")
	}
	stranger := &authenticator{id: make([]byte, 20), handle: a.handle, key: a.key, origin: a.origin}
	_, options = g.options(b, "/o/account/")
	unknown := send(b, "/o/account/", stranger.get(t, options))
	refused("an unknown passkey", b, unknown)
	signal := `data-passkey-unknown="` + html.EscapeString(`{"rpId":"localhost","credentialId":"`+b64(stranger.id)+`"}`) + `"`
	if !strings.Contains(unknown.Body, signal) || !strings.Contains(unknown.Body, "passkey_signal.js") {
		t.Errorf("the page does not report the unknown passkey: %s", unknown.Body)
	}
	if page := b.Open(g.Issuer + "/login/"); strings.Contains(page.Body, "passkey-unknown") {
		t.Error("a passkey is reported without a login")
	}
	if status, _ := g.options(b, "/", "step", "second", "login", "x"); status != http.StatusBadRequest {
		t.Errorf("options for a login that does not exist: %d", status)
	}
}

// TestPasskeyIsTheSecondStepAfterThePassword: offered to the person whose password was
// right, and to nobody else.
func TestPasskeyIsTheSecondStepAfterThePassword(t *testing.T) {
	g, a := newPasskeyHouse(t, nil)
	b := g.Browser()
	page := b.LogIn(b.Open(g.Issuer+"/login/"), "bea")
	if !strings.Contains(page.Body, "Use a passkey") || strings.Contains(page.Body, "One-time code") {
		t.Fatalf("got %s", page.Body)
	}
	login := page.Request.URL.Query().Get("login")
	status, options := g.options(b, "/", "step", "second", "login", login)
	if status != http.StatusOK || !strings.Contains(options, b64(a.id)) {
		t.Fatalf("the options: %d %s", status, options)
	}
	if status, _ := g.options(g.Browser(), "/", "step", "second", "login", login); status != http.StatusBadRequest {
		t.Errorf("the options in another browser: %d", status)
	}
	if b.Submit(page, url.Values{"passkey": {a.get(t, options)}}); !g.isIn(b) {
		t.Error("the person is not logged in")
	}
	g.wantEvents("second_factor ok")
}

// TestPageOfAPasskeyLoginNeedsTwoRoundTrips: one round trip reads the
// passkey with its person, and one starts the session and records the login. The options
// need none.
func TestPageOfAPasskeyLoginNeedsTwoRoundTrips(t *testing.T) {
	var store *sqlstore.Store
	g, a := newPasskeyHouse(t, func(o *latchkey.Options) {
		var err error
		if store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{Clock: o.Clock}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		o.Store = store
	})
	for current := false; !current; {
		version := store.Version()
		b := g.Browser()
		_, _ = g.options(b, "/o/account/") // reads what is cached
		before := store.RoundTrips()
		_, options := g.options(b, "/o/account/")
		prepared := store.RoundTrips() - before
		fields := url.Values{"next": {"/o/account/"}, "passkey": {a.get(t, options)}}
		before = store.RoundTrips()
		response, _ := browserSends(t, b, "POST", g.Issuer+"/login/passkey/", fields.Encode(), "Origin", g.URL, "Sec-Fetch-Site", "same-origin")
		n := store.RoundTrips() - before
		if current = store.Version() == version; !current {
			continue // on a busy machine, what is cached was read again
		}
		if prepared != 0 {
			t.Errorf("the options need %d round trips", prepared)
		}
		if n != 2 || response.StatusCode != http.StatusSeeOther {
			t.Errorf("the login needs %d round trips: %s", n, response.Status)
		}
	}
	wantRecordedLogin(t, store)
}

// TestLoginWithAPasskeyComputesNoSlowHash: neither the page, nor the options, nor the login
// allocates the memory of one argon2id computation. A login with a password does.
func TestLoginWithAPasskeyComputesNoSlowHash(t *testing.T) {
	g, a := newPasskeyHouse(t, func(o *latchkey.Options) { o.InsecurePasswordHashes = false })
	slow := uint64(hashcost.Cost{}.Params().Memory) << 10 // in bytes, which argon2id allocates at once
	allocates := func(login func(*latchkeytest.Browser)) uint64 {
		b := g.Browser()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		login(b)
		runtime.ReadMemStats(&after)
		if !g.isIn(b) {
			t.Fatal("the person is not logged in")
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	byPasskey := func(b *latchkeytest.Browser) {
		page := b.Open(g.Issuer + "/login/?next=/o/account/")
		_, options := g.options(b, "/o/account/")
		b.Submit(page, url.Values{"next": {"/o/account/"}, "passkey": {a.get(t, options)}})
	}
	allocates(byPasskey) // pages are parsed when they are first shown
	if n := allocates(byPasskey); n >= slow {
		t.Errorf("a login with a passkey allocates %d bytes; a slow hash allocates %d", n, slow)
	}
	g.AddUser("cy", false)
	if n := allocates(func(b *latchkeytest.Browser) { b.LogIn(b.Open(g.Issuer+"/login/?next=/o/account/"), "cy") }); n < slow {
		t.Errorf("a login with a password allocates only %d bytes", n)
	}
}

// wantRecordedLogin fails the test unless the newest record of the audit log is that of a
// login in a browser, with its session, and the login has no other record.
func wantRecordedLogin(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	log := audit.New(audit.Config{Store: store, Key: []byte("key"), Clock: time.Now})
	if _, err := log.Link(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, _, err := store.AuditRows(t.Context(), audit.Filter{}, paging.Page{Limit: 10})
	if err != nil || len(rows) == 0 || (len(rows) > 1 && rows[0].At.Equal(rows[1].At)) {
		t.Fatalf("the records: %+v, %v", rows, err)
	}
	record, err := rows[0].Record()
	if err != nil || record.Event != oauth.EventLogin || record.Outcome != oauth.OutcomeOK || record.ActorKind != audit.ActorPerson || record.Actor != record.Person || record.Origin.Session == "" || record.Origin.Address == "" || record.Origin.Name == "" {
		t.Errorf("the record: %+v, from %+v", record, record.Origin)
	}
}

// TestLoginWithAPasswordNeedsNoRoundTripForItsRecord: it reads the person, begins and ends
// the attempt, and starts the session with the record. The steps for the back office need none either.
func TestLoginWithAPasswordNeedsNoRoundTripForItsRecord(t *testing.T) {
	var store *sqlstore.Store
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		var err error
		if store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{Clock: o.Clock}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		o.Store = store
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	for current := false; !current; {
		version := store.Version()
		b := p.Browser()
		page := b.Open(authorizeURL(p, client, nil))
		fields := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}, "next": {page.Request.URL.Query().Get("next")}}
		before := store.RoundTrips()
		response, _ := browserSends(t, b, "POST", p.Issuer+"/login/", fields.Encode(), "Origin", p.URL, "Sec-Fetch-Site", "same-origin")
		n := store.RoundTrips() - before
		if current = store.Version() == version; current && (n != 4 || response.StatusCode != http.StatusSeeOther) { // otherwise, what is cached was read again
			t.Errorf("the login needs %d round trips: %s", n, response.Status)
		}
	}
	wantRecordedLogin(t, store)
}

// TestServerWithoutADomainOffersNoPasskeys.
func TestServerWithoutADomainOffersNoPasskeys(t *testing.T) {
	g := newGuarded(t, nil)
	if body := g.Browser().Open(g.Issuer + "/login/").Body; strings.Contains(body, "passkey") {
		t.Errorf("got %s", body)
	}
	if err := g.Accounts.Store.ChangeFactors(t.Context(), account.FactorChange{User: g.AddUser("cy", false), Factors: []account.FactorKind{account.FactorPasskey}, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	b := g.Browser()
	if body := b.LogIn(b.Open(g.Issuer+"/login/"), "cy").Body; strings.Contains(body, "Use a passkey") || !strings.Contains(body, "Recovery code") {
		t.Errorf("a person with a passkey of another server: got %s", body)
	}
	if status, body := g.options(b, "/"); status != http.StatusBadRequest {
		t.Errorf("the options: got %d %s", status, body)
	}
}

// TestSecurityPageNamesTheAcceptedPasskeys for the browser, which deletes all others of this person (WebAuthn
// §5.1.10.2): a missing one would be lost, and a removed one would be offered at the next login.
func TestSecurityPageNamesTheAcceptedPasskeys(t *testing.T) {
	g, device := newPasskeyHouse(t, nil)
	b := g.Browser()
	cookie, _, err := g.Accounts.StartFirstSession(t.Context(), g.AddUser("kay", false), account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	origin, _ := url.Parse(g.URL)
	signaled := func() account.AcceptedPasskeys {
		t.Helper()
		page := b.Open(g.Issuer + "/account/security/")
		found := regexp.MustCompile(`data-passkey-signal="([^"]*)"`).FindStringSubmatch(page.Body)
		if found == nil {
			t.Fatalf("the page has no signal: %s", page.Body)
		}
		var accepted account.AcceptedPasskeys
		if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &accepted); err != nil {
			t.Fatal(err)
		}
		return accepted
	}
	b.Jar.SetCookies(origin, []*http.Cookie{{Name: "lk_session", Value: cookie, Path: "/"}})
	if got := signaled(); len(got.CredentialIDs) != 0 || got.RPID != "localhost" {
		t.Errorf("a person without a passkey: %+v", got)
	}
	options, err := g.Accounts.PreparePasskey(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	phone := newAuthenticator(t, g.URL)
	added, err := g.Accounts.AddPasskey(t.Context(), cookie, phone.create(t, options), "Phone")
	if err != nil {
		t.Fatal(err)
	}
	b.Jar.SetCookies(origin, []*http.Cookie{{Name: "lk_session", Value: added.Cookie, Path: "/"}})
	if got := signaled(); len(got.CredentialIDs) != 1 || got.CredentialIDs[0] != b64(phone.id) || got.CredentialIDs[0] == b64(device.id) || got.UserID == "" {
		t.Errorf("with one passkey: %+v", got)
	}
}
