package upstream_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// TestOnlyAllowedPeopleLogIn: the domain counts only if the provider has verified the
// address.
func TestOnlyAllowedPeopleLogIn(t *testing.T) {
	for name, test := range map[string]struct {
		settings func(*upstream.Settings)
		claims   map[string]any
		want     error
	}{
		"the domain":               {settings: func(s *upstream.Settings) { s.EmailDomains = []string{"x.example", "ACME.example"} }},
		"another domain":           {settings: func(s *upstream.Settings) { s.EmailDomains = []string{"acme.example.org", "me.example"} }, want: upstream.ErrNotAllowed},
		"an address in an address": {settings: func(s *upstream.Settings) { s.EmailDomains = []string{"acme.example"} }, claims: map[string]any{"email": "ada@evil.example@acme.example"}, want: upstream.ErrNotAllowed},
		"another letter":           {settings: func(s *upstream.Settings) { s.EmailDomains = []string{"books.example"} }, claims: map[string]any{"email": "ada@boo\u212as.example"}, want: upstream.ErrNotAllowed},
		"an unverified address":    {settings: func(s *upstream.Settings) { s.EmailDomains = []string{"acme.example"} }, claims: map[string]any{"email_verified": false}, want: upstream.ErrNotAllowed},
		"a group":                  {settings: func(s *upstream.Settings) { s.Groups = []string{"a", "b"} }, claims: map[string]any{"groups": []any{"c", 1, "b"}}},
		"one group":                {settings: func(s *upstream.Settings) { s.Groups = []string{"a"} }, claims: map[string]any{"groups": "a"}},
		"other groups":             {settings: func(s *upstream.Settings) { s.Groups = []string{"a"} }, claims: map[string]any{"groups": []any{"A", "ab"}}, want: upstream.ErrNotAllowed},
		"no groups":                {settings: func(s *upstream.Settings) { s.Groups = []string{"a"} }, claims: map[string]any{"groups": nil}, want: upstream.ErrNotAllowed},
		"another claim": {settings: func(s *upstream.Settings) {
			s.Groups, s.Claims = []string{"a"}, map[string]string{"groups": "roles"}
		}, claims: map[string]any{"roles": []any{"a"}}},
	} {
		f := newFake(t)
		f.userInfo = map[string]any{"sub": "248289761001"}
		f.claims = func(c map[string]any) {
			for name, value := range test.claims {
				c[name] = value
			}
		}
		if _, err := f.login(f.provider(test.settings)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// TestNewLoginMustBeConfirmed: after prompt=login and max_age, the provider must say when the
// person logged in (OpenID Connect Core §2, auth_time).
func TestNewLoginMustBeConfirmed(t *testing.T) {
	for name, test := range map[string]struct {
		fresh  bool
		maxAge time.Duration
		at     any // seconds before the request, or nil
		omits  bool
		want   error
		age    time.Duration // of AuthTime; 0 means now
	}{
		"nothing required, and unknown":      {maxAge: -1},
		"nothing required, an old login":     {maxAge: -1, at: 7200, age: 2 * time.Hour},
		"nothing required, in the future":    {maxAge: -1, at: -7200},
		"a new login":                        {fresh: true, maxAge: -1, at: 0},
		"a new login, and another clock":     {fresh: true, maxAge: -1, at: 50},
		"a login before the request":         {fresh: true, maxAge: -1, at: 70, want: upstream.ErrNotFresh},
		"a new login that is not confirmed":  {fresh: true, maxAge: -1, want: upstream.ErrNotFresh},
		"a provider that never confirms":     {fresh: true, maxAge: -1, omits: true},
		"a provider that confirms sometimes": {fresh: true, maxAge: -1, at: 70, omits: true, want: upstream.ErrNotFresh},
		"a login that is not too old":        {maxAge: 5 * time.Minute, at: 200, age: 200 * time.Second},
		"a login that is too old":            {maxAge: 5 * time.Minute, at: 400, want: upstream.ErrNotFresh},
		"an age that is not confirmed":       {maxAge: 5 * time.Minute, want: upstream.ErrNotFresh},
	} {
		f := newFake(t)
		p, r := f.provider(func(s *upstream.Settings) { s.OmitsAuthTime = test.omits }), f.request()
		r.Fresh, r.MaxAge = test.fresh, test.maxAge
		f.claims = func(c map[string]any) {
			if seconds, ok := test.at.(int); ok {
				c["auth_time"] = f.now.Unix() - int64(seconds)
			}
		}
		i, err := p.Identity(ctx, r, url.Values{"code": {"code"}})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
			continue
		}
		age := time.Duration(0)
		if err == nil && !i.AuthTime.IsZero() {
			age = f.now.Sub(i.AuthTime)
		}
		if _, dated := test.at.(int); err == nil && i.Undated != (!dated && !test.omits) {
			t.Errorf("%s: undated is %v", name, i.Undated)
		}
		if err == nil && age != test.age {
			t.Errorf("%s: the login is %s old, want %s", name, age, test.age)
		}
	}
}

// TestTwoFactorsOfAProvider are in amr, or in an acr of the settings.
func TestTwoFactorsOfAProvider(t *testing.T) {
	for name, test := range map[string]struct {
		amr, acr any
		want     bool
	}{
		"none": {}, "one": {amr: []string{"pwd"}}, "mfa": {amr: []string{"pwd", "mfa"}, want: true},
		"a listed acr": {acr: "gold", want: true}, "another acr": {acr: "silver"}, "no text": {acr: 2},
	} {
		f := newFake(t)
		f.claims = func(c map[string]any) { c["amr"], c["acr"] = test.amr, test.acr }
		i, err := f.login(f.provider(func(s *upstream.Settings) { s.SecondFactorACR = []string{"gold"} }))
		if err != nil || i.TwoFactors != test.want {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
}

// TestIssuersOfAProvider: identities of other issuers do not belong to it.
func TestIssuersOfAProvider(t *testing.T) {
	const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	acme := upstream.Settings{Issuer: "https://acme.example"}
	microsoft := upstream.Settings{Issuer: "https://login.example/common/v2.0", Tenants: []string{tenant}}
	directory := upstream.Settings{Type: upstream.TypeLDAP, URL: "ldaps://ldap.example", BaseDN: "dc=acme, dc=example"}
	for _, test := range []struct {
		settings upstream.Settings
		issuer   string
		want     bool
	}{
		{acme, "https://acme.example", true},
		{acme, "https://acme.example/", false},
		{acme, "https://other.example", false},
		{acme, "", false},
		{microsoft, "https://login.example/" + tenant + "/v2.0", true},
		{microsoft, "https://login.example/common/v2.0", false},
		{microsoft, "https://login.example/" + strings.Replace(tenant, "7", "8", 1) + "/v2.0", false},
		{microsoft, "https://evil.example/" + tenant + "/v2.0", false},
		{microsoft, "http://login.example/" + tenant + "/v2.0", false},
		{microsoft, "https://login.example/x" + tenant + "/v2.0", false},
		{upstream.Settings{Type: upstream.TypeGitHub}, "https://github.com", true},
		{upstream.Settings{Type: upstream.TypeGitHub}, "", false},
		{upstream.Settings{Type: upstream.TypeGitHub, Issuer: "https://hub.example/"}, "https://hub.example", true},
		{upstream.Settings{Type: upstream.TypeGitHub, Issuer: "https://hub.example/"}, "https://github.com", false},
		{directory, "ldap:dc=acme,dc=example", true},
		{directory, "ldaps://ldap.example", false},
	} {
		if got := test.settings.Issues(test.issuer); got != test.want {
			t.Errorf("%s %s and %q: got %v", test.settings.Kind(), test.settings.Issuer, test.issuer, got)
		}
	}
}

// TestTenantsAreChecked: a multi-tenant provider has one issuer per tenant.
func TestTenantsAreChecked(t *testing.T) {
	const ours, theirs = "72f988bf-86f1-41af-91ab-2d7cd011db47", "9188040d-6c67-4c5b-b112-36a304b66dad"
	f := newFake(t)
	f.metadata = func(m map[string]any) { m["issuer"] = f.URL + "/{tenantid}/v2.0" }
	tenants := func(s *upstream.Settings) { s.Tenants = []string{ours} }
	for name, test := range map[string]struct {
		iss, tid string
		want     error
	}{
		"the tenant":                     {f.URL + "/" + ours + "/v2.0", ours, nil},
		"another tenant":                 {f.URL + "/" + theirs + "/v2.0", theirs, upstream.ErrInvalid},
		"the issuer of another tenant":   {f.URL + "/" + theirs + "/v2.0", ours, upstream.ErrInvalid},
		"a claim of another tenant":      {f.URL + "/" + ours + "/v2.0", theirs, upstream.ErrInvalid},
		"no tenant":                      {f.URL + "/" + ours + "/v2.0", "", upstream.ErrInvalid},
		"an issuer without the tenant":   {f.URL, ours, upstream.ErrInvalid},
		"an issuer with the placeholder": {f.URL + "/{tenantid}/v2.0", "{tenantid}", upstream.ErrInvalid},
	} {
		f.claims = func(c map[string]any) { c["iss"], c["tid"] = test.iss, test.tid }
		i, err := f.login(f.provider(tenants))
		if !errors.Is(err, test.want) || (err == nil && i.Issuer != test.iss) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	if _, err := f.login(f.provider(nil)); !errors.Is(err, upstream.ErrUnavailable) {
		t.Errorf("without tenants in the settings: %v", err)
	}
	f.metadata = func(m map[string]any) { m["issuer"] = "https://evil.example/{tenantid}/v2.0" }
	if _, err := f.login(f.provider(tenants)); !errors.Is(err, upstream.ErrUnavailable) {
		t.Errorf("the issuer of another host: %v", err)
	}
}

// TestProviderThatIsUnavailableIsAskedRarely: New sends no request, old metadata is used if
// there is no newer, and a failure is remembered for a few seconds.
func TestProviderThatIsUnavailableIsAskedRarely(t *testing.T) {
	f := newFake(t)
	f.down.Store(true)
	p := f.provider(nil)
	if f.hits.Load() != 0 {
		t.Error("New has sent a request")
	}
	for range 3 {
		if _, err := p.URL(ctx, f.request()); !errors.Is(err, upstream.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	if f.hits.Load() != 1 {
		t.Errorf("%d requests", f.hits.Load())
	}
	f.down.Store(false)
	f.now = f.now.Add(6 * time.Second)
	for range 3 {
		if _, err := p.URL(ctx, f.request()); err != nil {
			t.Error(err)
		}
	}
	if f.hits.Load() != 2 {
		t.Errorf("%d requests", f.hits.Load())
	}
	f.now = f.now.Add(2 * time.Hour)
	f.down.Store(true)
	if _, err := p.URL(ctx, f.request()); err != nil || f.hits.Load() != 3 {
		t.Errorf("with old metadata: %v after %d requests", err, f.hits.Load())
	}
}

// TestErrorsContainNoSecret, and not what the provider writes.
func TestErrorsContainNoSecret(t *testing.T) {
	f := newFake(t)
	f.tokens = func(m map[string]any) { m["id_token"] = "eyJ-very-secret.x.y" }
	if _, err := f.login(f.provider(nil)); err == nil || strings.Contains(err.Error(), "very-secret") {
		t.Errorf("got %v", err)
	}
	if _, err := f.login(f.provider(nil), "error", "\u202e\n"+long(9000)); err == nil || len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\n\u202e") {
		t.Errorf("got %v", err)
	}
}

// TestAddressThatIsNotAllowedIsReportedWithTheSetting, and the text is not cut off.
func TestAddressThatIsNotAllowedIsReportedWithTheSetting(t *testing.T) {
	f := newFake(t)
	strict := upstream.New(f.provider(nil).Settings, upstream.Config{RedirectURI: "https://id.example/cb", Outbound: outbound.New(outbound.Options{}), Clock: time.Now})
	_, err := strict.URL(ctx, f.request())
	if err == nil || !strings.HasSuffix(err.Error(), "insecure_outbound (LATCHKEY_INSECURE_OUTBOUND) of the server") {
		t.Errorf("got %v", err)
	}
	if steps := strict.Test(ctx, ""); !strings.HasSuffix(steps[0].Fault, "insecure_outbound (LATCHKEY_INSECURE_OUTBOUND) of the server") {
		t.Errorf("got %+v", steps)
	}
}

// TestMistakesInTheSettingsAreReported, all at once.
func TestMistakesInTheSettingsAreReported(t *testing.T) {
	good := upstream.Settings{Name: "acme", Issuer: "https://acme.example", ClientID: "c"}
	if err := upstream.Check([]upstream.Settings{good, {Name: "git-hub", Type: "github", ClientID: "c", ClientSecret: "s"}}, nil); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*upstream.Settings){
		"name must have":           func(s *upstream.Settings) { s.Name = "../x" },
		"another provider has":     func(*upstream.Settings) {},
		"issuer must be":           func(s *upstream.Settings) { s.Issuer = "https://acme.example?x=1" },
		"client_id is missing":     func(s *upstream.Settings) { s.ClientID = "" },
		"type must be":             func(s *upstream.Settings) { s.Type = "saml" },
		"client secret is missing": func(s *upstream.Settings) { s.Type = "github" },
		"must contain openid":      func(s *upstream.Settings) { s.Scopes = []string{"email"} },
		"is not a domain":          func(s *upstream.Settings) { s.EmailDomains = []string{"@acme.example"} },
		"is not an ID such as":     func(s *upstream.Settings) { s.Tenants = []string{"common"} },
		"claims cannot set":        func(s *upstream.Settings) { s.Claims = map[string]string{"admin": "admin"} },
		"title must have":          func(s *upstream.Settings) { s.Title = "a\nb" },
	} {
		bad := good
		change(&bad)
		if err := upstream.Check([]upstream.Settings{good, bad}, nil); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestDirectoriesDoNotShareIdentities: a person of one could otherwise log in as a person of
// the other.
func TestDirectoriesDoNotShareIdentities(t *testing.T) {
	directory := func(name, base, issuer string) upstream.Settings {
		return upstream.Settings{Name: name, Type: upstream.TypeLDAP, URL: "ldaps://" + name + ".example", BindDN: "cn=x", ClientSecret: "x", BaseDN: base, Issuer: issuer}
	}
	for name, c := range map[string]struct {
		all  []upstream.Settings
		want bool
	}{
		"the same base":         {[]upstream.Settings{directory("a", "dc=example", ""), directory("b", "DC=Example", "")}, false},
		"another base":          {[]upstream.Settings{directory("a", "dc=example", ""), directory("b", "dc=other", "")}, true},
		"another issuer":        {[]upstream.Settings{directory("a", "dc=example", ""), directory("b", "dc=example", "https://b.example")}, true},
		"the same issuer":       {[]upstream.Settings{directory("a", "dc=example", "https://b.example"), directory("b", "dc=other", "https://b.example")}, false},
		"the issuer of another": {[]upstream.Settings{{Name: "a", Issuer: "https://a.example", ClientID: "x"}, directory("b", "dc=example", "https://a.example")}, false},
	} {
		if err := upstream.Check(c.all, nil); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
