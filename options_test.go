package latchkey_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestNewReportsEveryFaultAtOnce(t *testing.T) {
	_, err := latchkey.New(t.Context(), latchkey.Options{
		Issuer: "http://example.com/", MasterKey: []byte("short"), Store: (*memstore.Store)(nil),
		LoginSettings: latchkey.LoginSettings{SessionTTL: -1, BreachList: "foo"},
		ProtocolSettings: latchkey.ProtocolSettings{
			Scopes: []oauth.ScopeInfo{{Name: "two words"}}, DefaultScopes: oauth.Scopes{"unknown"},
			CodeTTL: time.Hour, RequestTTL: 3 * time.Hour, AccessTokenTTL: 1000 * time.Hour, IDTokenTTL: time.Millisecond,
		},
		Templates: fstest.MapFS{"web/login.html": {Data: []byte("{{")}, "web/authorize.html": {Data: []byte("{{end}}")}, "admin/index.html": {Data: []byte("{{")}},
	})
	want := `latchkey: SessionTTL is -1ns; it must be at least 1s
latchkey: BreachList is "foo"; it must be an https URL to which digits can be appended, such as https://api.pwnedpasswords.com/range/
latchkey: Templates: template web/authorize.html:1: unexpected {{end}}
latchkey: Templates: template web/login.html:1: unclosed action
latchkey: Templates: template admin/index.html:1: unclosed action
latchkey: Issuer "http://example.com/" does not use https (http is allowed only for localhost)
latchkey: Scopes: "two words" is not a valid scope (RFC 6749 section 3.3); use only ASCII characters other than spaces, quotation marks and backslashes
latchkey: DefaultScopes: "unknown" is not one of Scopes
latchkey: RequestTTL is 3h0m0s; it must be at most 2h
latchkey: CodeTTL is 1h0m0s; it must be at most 10m (RFC 6749 section 4.1.2)
latchkey: AccessTokenTTL is 1000h0m0s; it must be at most 720h (the key that signed the token is published for that long)
latchkey: IDTokenTTL is 1ms; it must be at least 1s
latchkey: Store is missing
latchkey: MasterKey has 5 bytes; it must have at least 32 random bytes`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestNewEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := latchkey.New(ctx, latchkey.Options{Issuer: "https://id.example/o", Store: endingStore{memstore.New(nil)}, MasterKey: make([]byte, 32)})
	if err == nil {
		t.Error("New succeeded although its context had ended")
	}
}

// endingStore is a Store that observes the context, as a database does.
type endingStore struct{ latchkey.Store }

func (s endingStore) SigningKeys(ctx context.Context) ([]oauth.SigningKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.Store.SigningKeys(ctx)
}

func TestRunReturnsNilWhenItsContextEnds(t *testing.T) {
	p := latchkeytest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Server.Run(ctx); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestLoginDecidesWhatTheMetadataOffers: logout, sign-up and the class of a login
// depend on who logs people in.
func TestLoginDecidesWhatTheMetadataOffers(t *testing.T) {
	own := map[string]bool{`"end_session_endpoint"`: true, `"create"`: true, `"acr_values_supported":["urn:latchkey:acr:1fa","urn:latchkey:acr:2fa","phr"]`: true}
	host := map[string]bool{`"end_session_endpoint"`: true, `"check_session_iframe"`: true, `"create"`: true, `"acr_values_supported":["urn:example:mfa"]`: true}
	onlyCurrent := map[string]bool{`"end_session_endpoint"`: false, `"check_session_iframe"`: false, `"frontchannel_logout_supported":true`: false, `"create"`: false}
	for name, c := range map[string]struct {
		change func(*latchkey.Options)
		want   map[string]bool
	}{
		"Latchkey": {func(o *latchkey.Options) { o.SignUp = true }, own},
		"host": {func(o *latchkey.Options) {
			o.SignUp, o.ACRValues, o.People = true, []string{"urn:example:mfa"}, hosttest.New()
		}, host},
		"host without LogOut": {func(o *latchkey.Options) { o.People = people{} }, onlyCurrent},
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t, c.change)
			body := p.Browser().Open(p.URL + "/.well-known/oauth-authorization-server/o").Body
			for text, want := range c.want {
				if strings.Contains(body, text) != want {
					t.Errorf("%s in the metadata: %t, want %t", text, !want, want)
				}
			}
		})
	}
}

// A setting of accounts has no effect on the people of a host. One that is for security must
// not be dropped in silence.
func TestSettingsOfAccountsAreRejectedWithThePeopleOfAHost(t *testing.T) {
	for want, change := range map[string]func(*latchkey.Options){
		"": func(o *latchkey.Options) { o.RequireSecondFactor = "nobody" },
		"latchkey: RequireSecondFactor: People replaces the accounts":                   func(o *latchkey.Options) { o.RequireSecondFactor = "everybody" },
		"latchkey: SessionTTL: People replaces the accounts":                            func(o *latchkey.Options) { o.SessionTTL = time.Hour },
		"latchkey: ForbidDeletion: People replaces the accounts":                        func(o *latchkey.Options) { o.ForbidDeletion = true },
		`latchkey: Scopes: SecondFactor of "pay" has no effect, because People`:         func(o *latchkey.Options) { o.Scopes = []oauth.ScopeInfo{{Name: "pay", SecondFactor: true}} },
		"latchkey: LoginProviders need accounts in the Store, and People replaces them": func(o *latchkey.Options) { o.LoginProviders = []latchkey.LoginProvider{{Name: "up"}} },
	} {
		o := latchkey.Options{Issuer: "https://id.example/o", People: hosttest.New()}
		change(&o)
		if err := latchkey.Check(t.Context(), o); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestBackOfficeCannotReplaceThePagesOfTheServer: it can be below the path of the issuer.
func TestBackOfficeCannotReplaceThePagesOfTheServer(t *testing.T) {
	for _, c := range []struct {
		issuer, path string
		free         bool
	}{
		{"https://id.example/o", "/o/", false},
		{"https://id.example/o", "/o/login/", false},
		{"https://id.example", "/", false},
		{"https://id.example/a/b", "/a/b/account/", false},
		{"https://id.example/o", "/o/login/with/google/", false},
		{"https://id.example/o", "/o/applications/add/", false},
		{"https://id.example/o", "/o/static/", false},
		{"https://id.example/o", "/o/token/office/", true},
		{"https://id.example/o", "/o/log/", true},
		{"https://id.example/o", "/o/office/", true},
		{"https://id.example/o", "/", true},
		{"https://id.example/a/b", "/a/", true},
		{"https://id.example", "/office/", true},
	} {
		o := latchkey.Options{Issuer: c.issuer, AdminPath: c.path, Store: memstore.New(nil), MasterKey: make([]byte, 32)}
		_, err := latchkey.New(t.Context(), o)
		for name, err := range map[string]error{"New": err, "Check": latchkey.Check(t.Context(), o)} {
			if (err == nil) != c.free || err != nil && !strings.Contains(err.Error(), "choose another path") {
				t.Errorf("%s at %s: %s: %v", c.issuer, c.path, name, err)
			}
		}
	}
}

// TestGitHubAloneCannotBeTheOnlyWayIfASecondFactorIsRequired: nobody could add the factor,
// unless there is another provider in the Store.
func TestGitHubAloneCannotBeTheOnlyWayIfASecondFactorIsRequired(t *testing.T) {
	for required, allowed := range map[string]bool{"everybody": false, "administrators": true, "nobody": true} {
		o := latchkey.Options{Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: make([]byte, 32)}
		o.LoginProviders = []latchkey.LoginProvider{{Name: "hub", Type: "github", ClientID: "c", ClientSecret: "s"}}
		o.LoginProvidersOnly, o.RequireSecondFactor = true, required
		if _, err := latchkey.New(t.Context(), o); (err == nil) != allowed || err != nil && !strings.Contains(err.Error(), "login_providers_only") {
			t.Errorf("%s: got %v", required, err)
		}
	}
}
