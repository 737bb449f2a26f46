package provider_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// hooks records what the hooks of a host program are asked.
type hooks struct {
	infos     []oauth.TokenInfo
	targets   []oauth.ClaimsTarget
	lifetimes oauth.Lifetimes
	claims    map[string]any
	err       error
}

func (f *hooks) install(c *provider.Config) {
	c.TokenLifetimes = func(_ context.Context, info oauth.TokenInfo) (oauth.Lifetimes, error) {
		f.infos = append(f.infos, info)
		return f.lifetimes, f.err
	}
	c.AddClaims = func(_ context.Context, info oauth.TokenInfo, target oauth.ClaimsTarget) (map[string]any, error) {
		f.infos, f.targets = append(f.infos, info), append(f.targets, target)
		return f.claims, f.err
	}
}

// last returns the last question, and deletes all of them.
func (f *hooks) last(t *testing.T) oauth.TokenInfo {
	t.Helper()
	if len(f.infos) == 0 {
		t.Fatal("no hook was called")
	}
	last := f.infos[len(f.infos)-1]
	f.infos, f.targets = nil, nil
	return last
}

func hookedHouse(t *testing.T, f *hooks, change func(*provider.Config, *oauth.Client)) *house {
	return newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
		f.install(c)
		if change != nil {
			change(c, client)
		}
	})
}

const orders = "https://orders.example"

func TestClaimsHookAddsClaimsToEveryTarget(t *testing.T) {
	f := &hooks{claims: map[string]any{"department": "ENIAC", "name": "Ada of the hook", "https://example.com/level": 3}}
	h := hookedHouse(t, f, func(c *provider.Config, client *oauth.Client) {
		c.AddedClaims, client.AccessTokenFormat, client.SubjectType = []string{"department", "name"}, oauth.JWT, oauth.SubjectPairwise
	})
	want := func(where, target, grantType string, claims map[string]any) {
		t.Helper()
		if claims["department"] != "ENIAC" || claims["name"] != "Ada of the hook" || claims["https://example.com/level"] != float64(3) || claims["sub"] == nil {
			t.Errorf("%s has %v", where, claims)
		}
		if !slices.Contains(f.targets, oauth.ClaimsTarget(target)) {
			t.Errorf("%s: asked for %v", where, f.targets)
		}
		for _, asked := range f.infos {
			if asked.GrantType != grantType || asked.Subject != "ada-id" || asked.Client.ID != h.id || asked.Resources.String() != issuer {
				t.Errorf("%s: asked %+v", where, asked)
			}
		}
		f.infos, f.targets = nil, nil
	}
	response := h.tokens("scope", "openid profile", "nonce", "n")
	f.targets, f.infos = slices.Clone(f.targets), slices.Clone(f.infos)
	targets, infos := f.targets, f.infos
	want("the ID token", "id_token", "authorization_code", h.payload(response.IDToken))
	f.targets, f.infos = targets, infos
	want("the access token", "access_token", "authorization_code", h.payload(response.AccessToken))
	want("userinfo", "userinfo", "", h.userinfoAfter(f, response.AccessToken))

	found, err := h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", response.AccessToken))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil || members["active"] != true || members["client_id"] != h.id {
		t.Fatalf("%s: %v", text, err)
	}
	want("introspection", "introspection", "", members)
	if found, err = h.CheckAccessToken(ctx, response.AccessToken); err != nil || len(found.Claims) != 3 {
		t.Errorf("an API in the same program: %v %v", found.Claims, err)
	}

	metadata, err := h.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if listed := string(metadata.Body); !strings.Contains(listed, `"department"`) || strings.Count(listed, `"name"`) != 1 {
		t.Errorf("the metadata is %s", listed)
	}
}

// userinfoAfter deletes the recorded questions, and returns the userinfo response.
func (h *house) userinfoAfter(f *hooks, token string) map[string]any {
	f.infos, f.targets = nil, nil
	return h.userinfo(token)
}

// The description of an inactive token is {"active":false} and nothing else (RFC 7662
// §2.2), and a hook is not asked about a token that the caller is not allowed to introspect.
func TestClaimsHookIsNotAskedAboutTokensOfOthers(t *testing.T) {
	f := &hooks{claims: map[string]any{"department": "ENIAC"}}
	h := hookedHouse(t, f, nil)
	other := &oauth.Client{ID: "other", Name: "Other", Type: oauth.Confidential, GrantTypes: provider.GrantTypes(), RedirectURIs: []string{callback}}
	secret := other.RotateSecret(h.now, 0)
	h.add(other)
	response := h.tokens("scope", "read")
	f.targets = nil
	for _, token := range []string{response.AccessToken, response.RefreshToken, "unknown"} {
		found, err := h.Introspect(ctx, "", params(t, "client_id", "other", "client_secret", secret, "token", token))
		if text, _ := json.Marshal(found); err != nil || string(text) != `{"active":false}` || len(f.targets) > 0 {
			t.Errorf("%s %v, asked for %v", text, err, f.targets)
		}
	}
}

func TestHooksApplyToTokensOfTheAuthorizationEndpoint(t *testing.T) {
	f := &hooks{lifetimes: oauth.Lifetimes{AccessToken: 2 * time.Minute}, claims: map[string]any{"department": "ENIAC"}}
	h := hookedHouse(t, f, func(_ *provider.Config, c *oauth.Client) {
		c.AccessTokenFormat, c.ResponseTypes = oauth.JWT, []string{"id_token token"}
	})
	r, err := h.ask("response_type", "id_token token", "scope", "openid", "nonce", "n")
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	response, err := h.Approve(ctx, r, h.who, r.Scope, true)
	if err != nil {
		t.Fatal(err)
	}
	_, fragment, _ := strings.Cut(response.Location(), "#")
	got, err := url.ParseQuery(fragment)
	if err != nil || got.Get("expires_in") != "120" {
		t.Fatalf("got %v %v", got, err)
	}
	for _, name := range []string{"access_token", "id_token"} {
		if claims := h.payload(got.Get(name)); claims["department"] != "ENIAC" {
			t.Errorf("the claims of the %s are %v", name, claims)
		}
	}
	if asked := f.last(t); asked.GrantType != oauth.GrantImplicit || asked.Subject != "ada-id" || asked.Scope.String() != "openid" || asked.Resources.String() != issuer {
		t.Errorf("asked %+v", asked)
	}
}
