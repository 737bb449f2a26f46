package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestFaultOfAResourceWidensNoIntrospection: its API still introspects no tokens for other APIs.
func TestFaultOfAResourceWidensNoIntrospection(t *testing.T) {
	for name, harm := range map[string]func(h *house){
		"a member of a newer release": func(h *house) {
			redefine(t, h, oauth.DefinesResource, mcp, `{"newer":{},"scopes":["tools"],"client_id":"api"}`, 1)
		},
		"a member of another type": func(h *house) {
			redefine(t, h, oauth.DefinesResource, mcp, `{"scopes":"tools","client_id":"api"}`, 1)
		},
		"its scope was deleted": func(h *house) { undefine(t, h, oauth.DefinesScope, "tools") },
	} {
		t.Run(name, func(t *testing.T) {
			h, store := definedHouse(t)
			define(t, store, oauth.DefinesScope, "tools", `{}`)
			define(t, store, oauth.DefinesResource, mcp, `{"scopes":["tools"],"client_id":"api"}`)
			api := &oauth.Client{ID: "api", Name: "api", Type: oauth.Confidential, ResourceServer: true}
			key := api.RotateSecret(h.now, 0)
			h.add(api)
			foreign := h.tokens("scope", "openid read").AccessToken
			check := func(when string) {
				t.Helper()
				if found, err := h.introspect(foreign, "client_id", "api", "client_secret", key); err != nil || found.Active {
					t.Errorf("%s: the API of %s introspects a token for another API: %+v, %v", when, mcp, found, err)
				}
			}
			check("before")
			harm(h)
			check("with a fault")
		})
	}
}

// TestFaultOfAResourceDoesNotFreeItsScopes: they are not granted for the API of the server, nor for
// a resource that lists no scopes.
func TestFaultOfAResourceDoesNotFreeItsScopes(t *testing.T) {
	h, store := definedHouse(t)
	define(t, store, oauth.DefinesScope, "pay", `{}`)
	define(t, store, oauth.DefinesScope, "see", `{}`)
	define(t, store, oauth.DefinesResource, "https://open.example", `{}`)
	define(t, store, oauth.DefinesResource, "https://pay.example", `{"scopes":["pay","see"]}`)
	check := func(when string) {
		t.Helper()
		for name, resource := range map[string][]string{"the server": nil, "another API": {"resource", "https://open.example"}} {
			if _, err := h.token(append([]string{"grant_type", "client_credentials", "scope", "pay"}, resource...)...); err == nil {
				t.Errorf("%s: pay is granted for %s", when, name)
			}
		}
	}
	check("before")
	undefine(t, h, oauth.DefinesScope, "see") // as if two administrators made changes at the same time
	check("with a fault")
}

// TestResourceOfTheStoreDoesNotTakeAScopeOfTheConfiguration from the API of the server. A
// resource of the configuration shares its scopes with none.
func TestResourceOfTheStoreDoesNotTakeAScopeOfTheConfiguration(t *testing.T) {
	h, store := definedHouse(t)
	token := h.tokens("scope", "read").AccessToken
	for _, settings := range []string{`{"scopes":["read"]}`, `{"scopes":["read"],"newer":true}`} {
		define(t, store, oauth.DefinesResource, "https://other.example", settings)
		if found, err := h.CheckAccessToken(ctx, token); err != nil || !strings.Contains(found.Scope, "read") {
			t.Errorf("a token lost the scope: %+v %v", found, err)
		}
		if _, err := h.token("grant_type", "client_credentials", "scope", "read"); err != nil {
			t.Errorf("the scope cannot be requested: %v", err)
		}
		undefine(t, h, oauth.DefinesResource, "https://other.example")
	}
	settings := provider.Settings{Scopes: []oauth.ScopeInfo{{Name: "pay"}}, Resources: []oauth.ResourceInfo{{URI: "https://pay.example", Scopes: oauth.Scopes{"pay"}}}}
	row := oauth.Definition{Kind: oauth.DefinesResource, Name: "https://other.example", Settings: json.RawMessage(`{"scopes":["pay"]}`)}
	if faults := provider.JoinDefinitions(settings, issuer, "", []oauth.Definition{row}).Faults(); len(faults) != 1 || !strings.Contains(faults[0].Error(), "https://pay.example") {
		t.Errorf("got %v", faults)
	}
}

// TestResourceOfTheStoreReplacesNoMetadata (RFC 9728 §3.1): an empty query would have the path
// of the resource without it.
func TestResourceOfTheStoreReplacesNoMetadata(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.Resources = []oauth.ResourceInfo{{URI: "https://id.example/x", Name: "configured"}}
	})
	define(t, h.Store, oauth.DefinesResource, "https://id.example/x?", `{"name":"stored"}`)
	define(t, h.Store, oauth.DefinesResource, issuer+"?", `{"name":"stored"}`)
	if all, err := h.Definitions(ctx); err != nil || len(all.Faults()) != 2 {
		t.Errorf("got %v %v", all.Faults(), err)
	}
	documents, err := h.ResourceMetadata()
	if err != nil || len(documents) != 2 {
		t.Errorf("%d documents, %v", len(documents), err)
	}
}
