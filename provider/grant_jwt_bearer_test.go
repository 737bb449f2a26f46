package provider_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// bear sends an assertion to the token endpoint.
func (f *foreign) bear(assertion string, pairs ...string) (*provider.TokenResponse, error) {
	f.t.Helper()
	return f.token(append([]string{"grant_type", oauth.GrantJWTBearer, "assertion", assertion}, pairs...)...)
}

// TestAssertionOfATrustedIssuerGrantsAccessForItsPerson: RFC 7523 §2.1, §3.1.
func TestAssertionOfATrustedIssuerGrantsAccessForItsPerson(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		f := newForeign(t, func(_ *provider.Config, c *oauth.Client, _ *oauth.TrustedIssuer) { c.AccessTokenFormat = format })
		response, err := f.bear(f.jwt("", nil), "scope", "read openid offline_access profile")
		if err != nil {
			t.Fatal(err)
		}
		if response.Scope != "read" || response.RefreshToken != "" || response.IDToken != "" {
			t.Errorf("%s: %+v", format, response)
		}
		found, err := f.CheckAccessToken(ctx, response.AccessToken)
		if err != nil || found.Subject != "corp:u-1" || found.ClientID != f.id || found.Scope != "read" {
			t.Errorf("%s: %+v %v", format, found, err)
		}
	}
}

// TestTokenForAnAssertionHasTheLoginOfTheAssertion: RFC 9068 §2.2.1. RFC 7523 does not say
// that a person logged in when an assertion was issued.
func TestTokenForAnAssertionHasTheLoginOfTheAssertion(t *testing.T) {
	f := newForeign(t, nil)
	login := f.now.Add(-time.Hour).Unix()
	for name, test := range map[string]struct {
		claims map[string]any
		want   int64 // negative: invalid_grant
	}{
		"none":              {nil, 0},
		"an hour ago":       {map[string]any{"auth_time": login}, login},
		"in the future":     {map[string]any{"auth_time": f.now.Add(time.Hour).Unix()}, -1},
		"not a NumericDate": {map[string]any{"auth_time": "yesterday"}, -1},
	} {
		response, err := f.bear(f.jwt("", test.claims), "scope", "read")
		if test.want < 0 {
			wantCode(t, err, "invalid_grant")
			continue
		}
		if err != nil {
			t.Fatal(name, err)
		}
		if found, err := f.CheckAccessToken(ctx, response.AccessToken); err != nil || found.AuthTime != test.want {
			t.Errorf("%s: got auth_time %d, want %d: %v", name, found.AuthTime, test.want, err)
		}
	}
}

func TestPersonOfAnAssertionIsFoundByTheRuleOfItsIssuer(t *testing.T) {
	verified := map[string]any{"email": "ada@example.com", "email_verified": true}
	for name, test := range map[string]struct {
		rule   oauth.PersonRule
		claims map[string]any
		want   string // empty: invalid_grant
	}{
		"by subject":                    {oauth.PersonRule{By: oauth.PersonBySubject}, map[string]any{"sub": "ada-id"}, "ada-id"},
		"by a part of the subject":      {oauth.PersonRule{By: oauth.PersonBySubject, Prefix: "ada-"}, map[string]any{"sub": "id"}, "ada-id"},
		"by username":                   {oauth.PersonRule{By: oauth.PersonByUsername, Claim: "login"}, map[string]any{"login": "ada"}, "ada-id"},
		"by email":                      {oauth.PersonRule{By: oauth.PersonByEmail, Claim: "email"}, verified, "ada-id"},
		"by creating a subject":         {oauth.PersonRule{By: oauth.PersonBySubject, Prefix: "x:", Create: true}, nil, "x:u-1"},
		"a person without an account":   {oauth.PersonRule{By: oauth.PersonBySubject}, nil, ""},
		"by a username without account": {oauth.PersonRule{By: oauth.PersonByUsername}, nil, ""},
		"by a claim that is missing":    {oauth.PersonRule{By: oauth.PersonByUsername, Claim: "login"}, nil, ""},
		"by a claim that is a list":     {oauth.PersonRule{By: oauth.PersonByUsername, Claim: "login"}, map[string]any{"login": []string{"ada"}}, ""},
		"by an unverified address":      {oauth.PersonRule{By: oauth.PersonByEmail, Claim: "email"}, map[string]any{"email": "ada@example.com"}, ""},
		"by an address with a text":     {oauth.PersonRule{By: oauth.PersonByEmail, Claim: "email"}, map[string]any{"email": "ada@example.com", "email_verified": "true"}, ""},
	} {
		f := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) { i.Person = test.rule })
		response, err := f.bear(f.jwt("", test.claims), "scope", "read")
		if test.want == "" {
			wantCode(t, err, "invalid_grant")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if found, err := f.CheckAccessToken(ctx, response.AccessToken); err != nil || found.Subject != test.want {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}

// TestScopeOfAnAssertionIsBoundedByTheIssuerAndTheClient: RFC 7521 §4.1.
func TestScopeOfAnAssertionIsBoundedByTheIssuerAndTheClient(t *testing.T) {
	for name, test := range map[string]struct {
		issuer, client   oauth.Scopes
		requested, grant string // an empty grant: invalid_scope
	}{
		"no bound":                       {nil, nil, "read write", "read write"},
		"the default":                    {nil, nil, "", "read write"},
		"the default within the bound":   {oauth.Scopes{"read"}, nil, "", "read"},
		"beyond the issuer":              {oauth.Scopes{"read"}, nil, "read write", ""},
		"beyond the client":              {nil, oauth.Scopes{"read"}, "write", ""},
		"within both":                    {oauth.Scopes{"read"}, oauth.Scopes{"read", "write"}, "read", "read"},
		"none in common":                 {oauth.Scopes{"read"}, oauth.Scopes{"write"}, "", ""},
		"only scopes about the person":   {nil, nil, "openid profile offline_access", ""},
		"an unknown scope":               {nil, nil, "other", ""},
		"openid in the bound and beyond": {oauth.Scopes{"openid"}, nil, "openid", ""},
	} {
		f := newForeign(t, func(_ *provider.Config, c *oauth.Client, i *oauth.TrustedIssuer) {
			i.Scopes, c.Scopes = test.issuer, test.client
		})
		response, err := f.bear(f.jwt("", nil), "scope", test.requested)
		switch {
		case test.grant == "":
			wantCode(t, err, "invalid_scope")
		case err != nil || response.Scope != test.grant:
			t.Errorf("%s: %+v %v", name, response, err)
		}
	}
}

func TestAssertionIsRejectedForOtherClientsAndPeople(t *testing.T) {
	f := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) { i.Clients = []string{"other"} })
	_, err := f.bear(f.jwt("", nil))
	wantCode(t, err, "invalid_grant")

	f = newForeign(t, func(_ *provider.Config, c *oauth.Client, _ *oauth.TrustedIssuer) { c.Type = oauth.Public })
	_, err = f.bear(f.jwt("", nil))
	wantCode(t, err, "unauthorized_client")

	f = newForeign(t, func(_ *provider.Config, c *oauth.Client, _ *oauth.TrustedIssuer) {
		c.GrantTypes = []string{oauth.GrantClientCredentials}
	})
	_, err = f.bear(f.jwt("", nil))
	wantCode(t, err, "unauthorized_client")

	f = newForeign(t, nil)
	_, err = f.bear("")
	wantCode(t, err, "invalid_request")
	f.down = true
	_, err = f.bear(f.jwt("", nil))
	wantCode(t, err, "temporarily_unavailable")
	f.down = false
	f.pass(time.Minute)
	if err := f.store.SetSubject(ctx, "corp:u-1", true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	_, err = f.bear(f.jwt("", nil))
	wantCode(t, err, "invalid_grant")
}

// TestAssertionGrantsAccessOnce: RFC 7523 §3, number 7. A rejected request does
// not use it up.
func TestAssertionGrantsAccessOnce(t *testing.T) {
	f := newForeign(t, nil)
	text := f.jwt("", nil)
	_, err := f.bear(text, "scope", "unknown")
	wantCode(t, err, "invalid_scope")
	_, err = f.bear(text)
	wantCode(t, err, "")
	_, err = f.bear(text)
	wantCode(t, err, "invalid_grant")
	f.pass(5*time.Minute + 59*time.Second) // within the leeway after its exp
	_, err = f.bear(text)
	wantCode(t, err, "invalid_grant")
	_, err = f.bear(f.jwt("", map[string]any{"jti": nil}))
	wantCode(t, err, "invalid_grant")

	again := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) { i.Reusable = true })
	text = again.jwt("", map[string]any{"jti": nil})
	for range 2 {
		_, err = again.bear(text)
		wantCode(t, err, "")
	}
}

func TestOneOfManyConcurrentUsesOfAnAssertionGrantsAccess(t *testing.T) {
	f := newForeign(t, nil)
	text := f.jwt("", nil)
	var requests sync.WaitGroup
	var granted atomic.Int32
	for range 64 {
		requests.Go(func() {
			if _, err := f.bear(text); err == nil {
				granted.Add(1)
			} else {
				wantCode(t, err, "invalid_grant")
			}
		})
	}
	requests.Wait()
	if n := granted.Load(); n != 1 {
		t.Errorf("%d requests were granted", n)
	}
}

// TestAccessOfAnAssertionIsRevokedWithItsPersonClientAndConsent: it has a family.
func TestAccessOfAnAssertionIsRevokedWithItsPersonClientAndConsent(t *testing.T) {
	for name, revoke := range map[string]func(f *foreign, token string) error{
		"the token": func(f *foreign, token string) error {
			return f.Revoke(ctx, "", params(f.t, "client_id", f.id, "client_secret", f.key, "token", token))
		},
		"the person":  func(f *foreign, _ string) error { return f.store.SetSubject(ctx, "corp:u-1", false, f.now) },
		"the consent": func(f *foreign, _ string) error { return f.store.WithdrawConsent(ctx, "corp:u-1", f.id, f.now) },
	} {
		for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
			f := newForeign(t, func(_ *provider.Config, c *oauth.Client, _ *oauth.TrustedIssuer) { c.AccessTokenFormat = format })
			response, err := f.bear(f.jwt("", nil))
			if err != nil || !f.active(response.AccessToken) {
				t.Fatalf("%s, %s: %v", name, format, err)
			}
			f.pass(time.Second)
			if err := revoke(f, response.AccessToken); err != nil || f.active(response.AccessToken) {
				t.Errorf("%s, %s: the token is still active: %v", name, format, err)
			}
		}
	}
}

func TestAssertionMadeBeforeARevocationIsRejected(t *testing.T) {
	f := newForeign(t, nil)
	old := f.jwt("", nil)
	f.pass(2 * time.Second)
	if err := f.store.SetSubject(ctx, "corp:u-1", false, f.now); err != nil {
		t.Fatal(err)
	}
	_, err := f.bear(old)
	wantCode(t, err, "invalid_grant")
	f.pass(time.Second)
	_, err = f.bear(f.jwt("", nil))
	wantCode(t, err, "")
}
