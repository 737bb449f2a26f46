package provider_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// introspectionHouse is a house with the scope introspection, whose usual client is an API.
func introspectionHouse(t *testing.T, format oauth.TokenFormat) *house {
	t.Helper()
	return newHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: oauth.ScopeIntrospection})
		config.Resources = []oauth.ResourceInfo{{URI: files}}
		c.AccessTokenFormat, c.ResourceServer, c.MultipleResources = format, true, true
	})
}

// own returns an access token for the usual client itself.
func (h *house) own(pairs ...string) string {
	h.t.Helper()
	response, err := h.token(append([]string{"grant_type", "client_credentials"}, pairs...)...)
	if err != nil {
		h.t.Fatal(err)
	}
	return response.AccessToken
}

// ownForBoth is own with the scope introspection, for the server and for another API.
func (h *house) ownForBoth() string {
	h.t.Helper()
	p, err := provider.ParseParams(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {h.id}, "client_secret": {h.key}, "scope": {"introspection"}, "resource": {issuer, files},
	}.Encode())
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := h.Token(ctx, "", p)
	if err != nil {
		h.t.Fatal(err)
	}
	return response.AccessToken
}

// RFC 7662 §2.1, §2.3: an API introspects with an access token of its own that has the scope
// introspection. No other token authenticates it: other APIs and clients receive those.
func TestAPIIntrospectsWithATokenOfItsOwn(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := introspectionHouse(t, format)
		api, key := h.id, h.key
		other := h.client()
		other.ID, other.AccessTokenFormat = "other", format
		h.add(other)
		h.id = "other"
		person, foreign := h.tokens("scope", "read").AccessToken, h.own("scope", "introspection")
		refresh := h.tokens("scope", "read").RefreshToken
		h.id, h.key = api, key
		valid, both := h.own("scope", "read introspection"), h.ownForBoth()
		for name, test := range map[string]struct {
			bearer, token string
			code          string
			active        bool
		}{
			"a token of its own":                {valid, person, "", true},
			"itself":                            {valid, valid, "", true},
			"a refresh token of another client": {valid, refresh, "", false},
			"an unknown text":                   {valid, "x", "", false},
			"nothing":                           {valid, "", "invalid_request", false},
			"without the scope":                 {h.own("scope", "read"), person, "invalid_token", false},
			"for another API":                   {h.own("scope", "introspection", "resource", files), person, "invalid_token", false},
			"also for another API":              {both, person, "invalid_token", false},
			"without a scope in the request":    {h.own(), person, "invalid_token", false},
			"for a person":                      {h.tokens("scope", "read introspection").AccessToken, person, "invalid_token", false},
			"of an application":                 {foreign, person, "invalid_token", false},
			"of an application, about itself":   {foreign, foreign, "invalid_token", false},
			"no text":                           {"", person, "invalid_token", false},
			"a client secret":                   {key, person, "invalid_token", false},
			"a refresh token":                   {refresh, person, "invalid_token", false},
		} {
			got, err := h.Introspect(ctx, "bearer "+test.bearer, params(t, "token", test.token))
			wantCode(t, err, test.code)
			if got.Active != test.active {
				t.Errorf("%s, %s: got %+v, %v", format, name, got, err)
			}
			if rejected, ok := errors.AsType[*oauth.Error](err); ok && strings.Contains(rejected.Description+rejected.Detail, test.bearer) && test.bearer != "" {
				t.Errorf("%s: the error contains the token: %v", name, err)
			}
		}
		for _, more := range []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"} {
			_, err := h.Introspect(ctx, "Bearer "+valid, params(t, "token", person, more, api))
			wantCode(t, err, "invalid_request")
		}
		h.pass(time.Hour)
		_, err := h.Introspect(ctx, "Bearer "+valid, params(t, "token", person))
		wantCode(t, err, "invalid_token")
	}
}

// TestTokenForIntrospectionEndsWithThePermission: when the application is no longer an API,
// no longer has the scope, or is disabled.
func TestTokenForIntrospectionEndsWithThePermission(t *testing.T) {
	for name, change := range map[string]func(*oauth.Client){
		"no longer an API":  func(c *oauth.Client) { c.ResourceServer = false },
		"without the scope": func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} },
		"disabled":          func(c *oauth.Client) { c.Disabled = true },
	} {
		for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
			h := introspectionHouse(t, format)
			token := h.own("scope", "introspection")
			if _, err := h.Introspect(ctx, "Bearer "+token, params(t, "token", token)); err != nil {
				t.Fatal(err)
			}
			client, err := h.store.Client(ctx, h.id)
			if err != nil {
				t.Fatal(err)
			}
			changed := *client
			change(&changed)
			if err := h.store.UpdateClient(ctx, &changed); err != nil {
				t.Fatal(err)
			}
			h.pass(2 * time.Second) // clients are cached
			_, err = h.Introspect(ctx, "Bearer "+token, params(t, "token", token))
			if wantCode(t, err, "invalid_token"); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
	}
}

// RFC 8414 §2: metadata lists this method only if the server has the scope introspection.
func TestMetadataListsBearerTokensForIntrospection(t *testing.T) {
	for _, with := range []bool{true, false} {
		h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
			if with {
				config.Scopes = []oauth.ScopeInfo{{Name: oauth.ScopeIntrospection}}
			}
		})
		document, err := h.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		if listed := strings.Contains(string(document.Body), `"Bearer"]`); listed != with {
			t.Errorf("with the scope %v: got %s", with, document.Body)
		}
	}
}
