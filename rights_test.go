package latchkey_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// personTokens holds an access token of an application for a person.
type personTokens struct {
	*latchkeytest.Provider
	client  *oauth.Client
	secret  string
	subject string
	access  string
	session string
}

// newPersonTokens lets a person log in and allow an application the scope.
func newPersonTokens(t *testing.T, scope string) personTokens {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "notes", Description: "See your notes"})
	})
	user := p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	x := personTokens{Provider: p, client: client, secret: secret, subject: user.ID}
	x.access = x.authorize(t, scope)
	families, _, err := p.Store.Families(t.Context(), oauth.FamilyFilter{Subject: user.ID}, paging.Page{})
	if err != nil || len(families) != 1 {
		t.Fatalf("%d families %v", len(families), err)
	}
	x.session = families[0].SessionID
	return x
}

func (x personTokens) authorize(t *testing.T, scope string) (access string) {
	t.Helper()
	return x.authorizeWith(t, x.Browser(), scope)
}

func (x personTokens) authorizeWith(t *testing.T, browser *latchkeytest.Browser, scope string) (access string) {
	t.Helper()
	query := url.Values{
		"response_type": {"code"}, "client_id": {x.client.ID}, "redirect_uri": {"https://app.example/cb"}, "scope": {scope}, "nonce": {"n"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	code, err := browser.Authorize(x.Issuer+"/authorize/?"+query.Encode(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	return tokenOf(t, x.Provider, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://app.example/cb"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}, "client_id": {x.client.ID}, "client_secret": {x.secret},
	})
}

// valid reports whether the access token can be used.
func (x personTokens) valid(t *testing.T, token string) bool {
	t.Helper()
	_, err := x.Server.Verifier().Verify(t.Context(), token)
	return err == nil
}

func TestHostRevokesWhatAPersonAllowed(t *testing.T) {
	for name, test := range map[string]struct {
		revoke   func(personTokens) error
		consents int
	}{
		"RevokeSubject":   {func(x personTokens) error { return x.Server.RevokeSubject(t.Context(), x.subject) }, 1},
		"RevokeSession":   {func(x personTokens) error { return x.Server.RevokeSession(t.Context(), x.subject, x.session) }, 1},
		"WithdrawConsent": {func(x personTokens) error { return x.Server.WithdrawConsent(t.Context(), x.subject, x.client.ID) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			x := newPersonTokens(t, "notes") // outlives the session: it is not bound to it
			if given, err := x.Server.Consents(t.Context(), x.subject); err != nil || len(given) != 1 || given[0].ClientName != x.client.Name || !given[0].Scope.Contains("notes") {
				t.Fatalf("the consents are %+v %v", given, err)
			}
			if !x.valid(t, x.access) {
				t.Fatal("the token is not valid")
			}
			if err := test.revoke(x); err != nil {
				t.Fatal(err)
			}
			if x.valid(t, x.access) {
				t.Error("the token is still valid")
			}
			if given, err := x.Server.Consents(t.Context(), x.subject); err != nil || len(given) != test.consents {
				t.Errorf("then the consents are %+v %v", given, err)
			}
		})
	}
}

// TestRevokedSessionTakesNoOtherSessionWithIt, of the same person.
func TestRevokedSessionTakesNoOtherSessionWithIt(t *testing.T) {
	x := newPersonTokens(t, "notes")
	other := x.authorize(t, "notes") // in another browser
	if err := x.Server.RevokeSession(t.Context(), x.subject, x.session); err != nil {
		t.Fatal(err)
	}
	if x.valid(t, x.access) || !x.valid(t, other) {
		t.Errorf("valid are: the token of the session %v, the other %v", x.valid(t, x.access), x.valid(t, other))
	}
}

// TestRevokedSessionOfAHostRevokesTheTokensThatOutliveIt: the Store knows the session by a
// hash of the id that the host uses.
func TestRevokedSessionOfAHostRevokesTheTokensThatOutliveIt(t *testing.T) {
	sessions := make(map[string]time.Time)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.People = people{sessions}
		o.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "notes", Description: "See your notes"})
	})
	sessions["stolen"], sessions["other"] = p.Now(), p.Now()
	client, secret := p.AddClient("https://app.example/cb", nil)
	x := personTokens{Provider: p, client: client, secret: secret, subject: "42"}
	issuer, err := url.Parse(p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	access := make(map[string]string)
	for id := range sessions {
		browser := p.Browser()
		browser.Jar.SetCookies(issuer, []*http.Cookie{{Name: "my-session", Value: id, Path: "/"}})
		access[id] = x.authorizeWith(t, browser, "notes")
	}
	if err := p.Server.RevokeSession(t.Context(), x.subject, "stolen"); err != nil {
		t.Fatal(err)
	}
	if x.valid(t, access["stolen"]) || !x.valid(t, access["other"]) {
		t.Errorf("valid are: the token of the session %v, the other %v", x.valid(t, access["stolen"]), x.valid(t, access["other"]))
	}
}

// An empty subject would select all people in the lists of a Store.
func TestEmptySubjectsAndSessionsAreRejected(t *testing.T) {
	x := newPersonTokens(t, "notes")
	_, consents := x.Server.Consents(t.Context(), "")
	for name, err := range map[string]error{
		"RevokeSubject": x.Server.RevokeSubject(t.Context(), ""), "Consents": consents,
		"WithdrawConsent":             x.Server.WithdrawConsent(t.Context(), "", x.client.ID),
		"RevokeSession of nobody":     x.Server.RevokeSession(t.Context(), "", x.session),
		"RevokeSession of no session": x.Server.RevokeSession(t.Context(), x.subject, ""),
	} {
		if err == nil {
			t.Errorf("%s succeeds", name)
		}
	}
	if !x.valid(t, x.access) {
		t.Error("the token was revoked")
	}
}

// TestErasedPersonOfAHostLeavesNoConsentAndNoName in the audit log.
func TestErasedPersonOfAHostLeavesNoConsentAndNoName(t *testing.T) {
	x := newPersonTokens(t, "notes")
	if err := x.Server.ErasePerson(t.Context(), x.subject); err != nil {
		t.Fatal(err)
	}
	if err := x.Server.ErasePerson(t.Context(), ""); err == nil {
		t.Error("an empty subject is accepted")
	}
	rows, err := x.Store.AuditQueue(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	erasures := 0
	for _, r := range rows {
		if r.Event == oauth.EventErasure && r.Person == x.subject {
			erasures++
		}
	}
	if erasures != 1 {
		t.Errorf("%d erasures are in the queue", erasures)
	}
	if consents, err := x.Server.Consents(t.Context(), x.subject); err != nil || len(consents) != 0 {
		t.Errorf("the consents are %+v, %v", consents, err)
	}
}

// TestErasedPersonOfAHostLeavesNoAddress in the permissions of applications.
func TestErasedPersonOfAHostLeavesNoAddress(t *testing.T) {
	x := newPersonTokens(t, "notes")
	addresses := func() (all []string) {
		t.Helper()
		families, _, err := x.Store.Families(t.Context(), oauth.FamilyFilter{Subject: x.subject}, paging.Page{Limit: 10})
		if err != nil || len(families) == 0 {
			t.Fatal(families, err)
		}
		for i := range families {
			f, _, err := x.Store.Family(t.Context(), families[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f.Address)
		}
		return all
	}
	if before := addresses(); before[0] == "" {
		t.Fatal("the permission has no address before the erasure")
	}
	if err := x.Server.ErasePerson(t.Context(), x.subject); err != nil {
		t.Fatal(err)
	}
	if after := addresses(); after[0] != "" {
		t.Errorf("the addresses are %q", after)
	}
}
