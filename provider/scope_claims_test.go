package provider_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newGroupsHouse returns a server with a scope that releases the groups and the
// department of a person.
func newGroupsHouse(t *testing.T, change func(*oauth.Client)) *house {
	return newHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "groups", Description: "See your groups", Claims: []string{"groups", "department"}})
		config.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) {
			return map[string]any{"groups": []string{"admins", "staff"}, "department": "R&D", "secret": "x", "email": "ada@example.com"}, nil
		}
		if change != nil {
			change(c)
		}
	})
}

// TestScopeReleasesTheClaimsThatAnAdministratorChose in the ID token, where many
// clients read groups, and at the userinfo endpoint.
func TestScopeReleasesTheClaimsThatAnAdministratorChose(t *testing.T) {
	for name, test := range map[string]struct {
		scope       string
		change      func(*oauth.Client)
		claims      string
		token, info bool // have the groups
	}{
		"the scope":                      {scope: "openid groups", token: true, info: true},
		"without the scope":              {scope: "openid profile"},
		"omitted from ID tokens":         {scope: "openid groups", change: func(c *oauth.Client) { c.OmitProfile = true }, info: true},
		"requested for the ID token":     {scope: "openid", claims: `{"id_token":{"groups":null}}`, token: true},
		"requested at userinfo":          {scope: "openid", claims: `{"userinfo":{"groups":{"essential":true}}}`, info: true},
		"the client cannot have it":      {scope: "openid", change: func(c *oauth.Client) { c.Scopes = oauth.Scopes{"openid"} }, claims: `{"id_token":{"groups":null},"userinfo":{"groups":null}}`},
		"a claim that no scope releases": {scope: "openid groups", claims: `{"id_token":{"secret":null}}`, token: true, info: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newGroupsHouse(t, test.change)
			answer := h.tokens("scope", test.scope, "claims", test.claims)
			h.pass(time.Minute)
			again, err := h.refresh(answer.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			for _, claims := range []map[string]any{h.payload(answer.IDToken), h.payload(again.IDToken)} {
				if (claims["groups"] != nil) != test.token || claims["secret"] != nil {
					t.Errorf("the ID token has %v", claims)
				}
			}
			if info := h.userinfo(again.AccessToken); (info["groups"] != nil) != test.info || info["secret"] != nil {
				t.Errorf("userinfo returns %v", info)
			}
		})
	}
}

// TestPersonIsAskedForTheScopeOfARequestedClaim, also after the request was
// sealed and opened again.
func TestPersonIsAskedForTheScopeOfARequestedClaim(t *testing.T) {
	h := newGroupsHouse(t, nil)
	r, err := h.ask("scope", "openid", "claims", `{"id_token":{"department":null}}`)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := h.Seal(r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := h.Open(ctx, handle, "browser")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*provider.AuthorizationRequest{r, opened} {
		if !r.RequestedScopes().Contains("groups") {
			t.Errorf("the person is asked for %v", r.RequestedScopes())
		}
	}
}

// TestScopesThatReleaseClaimsNeedAPerson: they are not default scopes, and a
// client does not get them for itself.
func TestScopesThatReleaseClaimsNeedAPerson(t *testing.T) {
	h := newGroupsHouse(t, nil)
	for _, scope := range []string{"read groups", ""} {
		answer, err := h.token("grant_type", "client_credentials", "scope", scope)
		if err != nil || strings.Contains(answer.Scope, "groups") {
			t.Errorf("%q: %+v %v", scope, answer, err)
		}
	}
}

func TestClaimBelongsToOneScope(t *testing.T) {
	for name, test := range map[string]struct {
		scopes []oauth.ScopeInfo
		want   string
	}{
		"a claim of its own":             {[]oauth.ScopeInfo{{Name: "groups", Claims: []string{"groups"}}}, ""},
		"a further claim of profile":     {[]oauth.ScopeInfo{{Name: "profile", Claims: []string{"department", "name"}}}, ""},
		"a claim of the token":           {[]oauth.ScopeInfo{{Name: "x", Claims: []string{"sub"}}}, "cannot release the claim sub"},
		"a claim that names the family":  {[]oauth.ScopeInfo{{Name: "x", Claims: []string{"Family"}}}, "cannot release the claim Family"},
		"a claim of the login":           {[]oauth.ScopeInfo{{Name: "x", Claims: []string{"acr"}}}, "cannot release the claim acr"},
		"a standard claim":               {[]oauth.ScopeInfo{{Name: "x", Claims: []string{"email"}}}, "belongs to the scope email"},
		"a claim of two scopes":          {[]oauth.ScopeInfo{{Name: "a", Claims: []string{"g"}}, {Name: "b", Claims: []string{"g"}}}, "belongs to the scope a"},
		"a claim without a name":         {[]oauth.ScopeInfo{{Name: "a", Claims: []string{""}}}, "a claim without a name"},
		"a standard claim for the other": {[]oauth.ScopeInfo{{Name: "profile", Claims: []string{"email"}}}, "belongs to the scope email"},
	} {
		_, err := provider.New(ctx, provider.Config{
			Issuer: issuer, Store: memstore.New(time.Now), MasterKey: make([]byte, 32), Settings: provider.Settings{Scopes: test.scopes},
		})
		if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
