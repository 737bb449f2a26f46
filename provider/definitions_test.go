package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// definedStore counts the reads of definitions, and fails them if down is set.
type definedStore struct {
	oauth.Store
	reads atomic.Int64
	down  atomic.Bool
}

func (s *definedStore) Definitions(ctx context.Context) ([]oauth.Definition, error) {
	s.reads.Add(1)
	if s.down.Load() {
		return nil, oauth.ErrUnavailable
	}
	return s.Store.Definitions(ctx)
}

func definedHouse(t *testing.T) (*house, *definedStore) {
	store := new(definedStore)
	return newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		store.Store = c.Store
		c.Store, c.Scopes, c.DefaultScopes, c.Registration = store, nil, nil, provider.RegistrationOpen
	}), store
}

// define adds a definition to the Store.
func define(t *testing.T, s oauth.DefinitionStore, kind oauth.DefinitionKind, name, settings string) {
	t.Helper()
	if err := s.AddDefinition(ctx, oauth.Definition{Kind: kind, Name: name, Settings: json.RawMessage(settings), CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
}

// TestScopeOfTheStoreAppliesAtOnce: every kind of request knows it, and none after it was removed.
// Between changes, the Store is not read.
func TestScopeOfTheStoreAppliesAtOnce(t *testing.T) {
	h, store := definedHouse(t)
	check := func(known bool) {
		t.Helper()
		for name, request := range h.scopeUsers("ship") {
			if err := request(); (err == nil) != known {
				t.Errorf("known %t: %s: %v", known, name, err)
			}
		}
	}
	check(false)
	define(t, store, oauth.DefinesScope, "ship", `{"description":"Ship parcels"}`)
	check(true)
	reads := store.reads.Load()
	for range 10 {
		if _, err := h.KnownScopes(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := store.reads.Load(); n != reads {
		t.Errorf("without a change, the definitions were read %d times", n-reads)
	}
	if err := store.RemoveDefinition(ctx, oauth.DefinesScope, "ship", 0, 0); err != nil {
		t.Fatal(err)
	}
	check(false)
}

// TestScopeOfTheStoreIsADefaultOnlyIfMarked: adding a scope does not change what applications
// get that do not ask for it.
func TestScopeOfTheStoreIsADefaultOnlyIfMarked(t *testing.T) {
	h, store := definedHouse(t)
	define(t, store, oauth.DefinesScope, "pay", `{}`)
	define(t, store, oauth.DefinesScope, "ship", `{"default":true}`)
	if scopes, err := h.ScopesByDefault(ctx); err != nil || scopes.String() != "read write ship" {
		t.Errorf("got %v, %v", scopes, err)
	}
}

// TestConfigurationAppliesIfTheStoreHasTheSameName: a row cannot take the second factor or the
// claims from a scope of the configuration, nor change a scope of a standard or of the admin API.
func TestConfigurationAppliesIfTheStoreHasTheSameName(t *testing.T) {
	store := memstore.New(time.Now)
	for _, name := range []string{"pay", "staff", "openid", oauth.ScopeAdmin} {
		define(t, store, oauth.DefinesScope, name, `{"description":"Harmless","optional":true}`)
	}
	define(t, store, oauth.DefinesResource, "https://API.example/", `{"scopes":["staff"]}`)
	config := provider.Config{Issuer: issuer, Store: store, MasterKey: make([]byte, 32), OwnLogin: true}
	config.Scopes = []oauth.ScopeInfo{{Name: "pay", SecondFactor: true}, {Name: "staff", Claims: []string{"groups"}}}
	config.Resources = []oauth.ResourceInfo{{URI: "https://api.example", Scopes: oauth.Scopes{"pay"}}}
	p, err := provider.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	pay, _ := p.Scope("pay")
	staff, _ := p.Scope("staff")
	admin, _ := p.Scope(oauth.ScopeAdmin)
	openid, _ := p.Scope("openid")
	if !pay.SecondFactor || len(staff.Claims) != 1 || pay.Optional || admin.Optional || openid.Optional {
		t.Errorf("got %+v %+v %+v %+v", pay, staff, admin, openid)
	}
	if !provider.DemandsTwoFactors(p, &oauth.Client{}, oauth.Scopes{"pay"}) {
		t.Error("the scope no longer requires a second factor")
	}
	if p.ResourceAccepts("https://api.example", "staff") || !p.ResourceAccepts("https://api.example", "pay") {
		t.Error("the resource of the configuration has changed")
	}
	all, err := p.Definitions(ctx)
	if err != nil || len(all.Faults()) != 5 {
		t.Errorf("got %v, %v", all.Faults(), err)
	}
	for _, fault := range all.Faults() {
		if !errors.Is(fault, provider.ErrConfigured) {
			t.Errorf("%v", fault)
		}
	}
}

// TestDefinitionWithAFaultHasNoEffect, and the others do. A setting of a newer release could be a
// condition, so a row that has one is not used.
func TestDefinitionWithAFaultHasNoEffect(t *testing.T) {
	scope, resource := oauth.DefinesScope, oauth.DefinesResource
	for name, row := range map[string]oauth.Definition{
		"a setting of a newer release":   {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"needs_approval":true}`)},
		"no object":                      {Kind: scope, Name: "pay", Settings: json.RawMessage(`[]`)},
		"two objects":                    {Kind: scope, Name: "pay", Settings: json.RawMessage(`{}{}`)},
		"no scope":                       {Kind: scope, Name: "pay all", Settings: json.RawMessage(`{}`)},
		"no name":                        {Kind: scope, Name: "", Settings: json.RawMessage(`{}`)},
		"a segment of a path":            {Kind: scope, Name: "..", Settings: json.RawMessage(`{}`)},
		"an admin scope":                 {Kind: scope, Name: "latchkey:all", Settings: json.RawMessage(`{}`)},
		"a long name":                    {Kind: scope, Name: strings.Repeat("s", 201), Settings: json.RawMessage(`{}`)},
		"a long description":             {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"description":"` + strings.Repeat("d", 501) + `"}`)},
		"a repeated claim":               {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"claims":["team","team"]}`)},
		"many claims":                    {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"claims":["c` + strings.Join(strings.Split(strings.Repeat("x", 51), ""), `","cx`) + `"]}`)},
		"a long name of a resource":      {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"name":"` + strings.Repeat("n", 201) + `"}`)},
		"a long client_id":               {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"client_id":"` + strings.Repeat("c", 513) + `"}`)},
		"a control character":            {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"client_id":"a\u0000"}`)},
		"a repeated scope":               {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"scopes":["ship","ship"]}`)},
		"a weight":                       {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"weight":"light"}`)},
		"a hidden character":             {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"description":"Read\u202e"}`)},
		"a claim of the server":          {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"claims":["sub"]}`)},
		"a claim of another scope":       {Kind: scope, Name: "pay", Settings: json.RawMessage(`{"claims":["groups"]}`)},
		"the name of a resource":         {Kind: scope, Name: "https://configured.example#x", Settings: json.RawMessage(`{}`)},
		"no URI":                         {Kind: resource, Name: "api", Settings: json.RawMessage(`{}`)},
		"the URI of the server":          {Kind: resource, Name: issuer + "/", Settings: json.RawMessage(`{}`)},
		"the URI of the admin API":       {Kind: resource, Name: "https://id.example.com/admin/api/v1", Settings: json.RawMessage(`{}`)},
		"an unknown scope":               {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"scopes":["unknown"]}`)},
		"a scope about the person":       {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"scopes":["email"]}`)},
		"a scope with claims":            {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"scopes":["staff"]}`)},
		"a scope of the admin API":       {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"scopes":["latchkey:admin"]}`)},
		"a format":                       {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"token_format":"xml"}`)},
		"an algorithm":                   {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"signing_alg":"none"}`)},
		"a lifetime":                     {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"access_token_ttl":99999999}`)},
		"an unknown member of resources": {Kind: resource, Name: "https://api.example", Settings: json.RawMessage(`{"deny":true}`)},
	} {
		settings := provider.Settings{Scopes: []oauth.ScopeInfo{{Name: "staff", Claims: []string{"groups"}}}, Resources: []oauth.ResourceInfo{{URI: "https://configured.example"}}}
		good := []oauth.Definition{{Kind: scope, Name: "ship", Settings: json.RawMessage(`{}`)}, {Kind: resource, Name: "https://ship.example", Settings: json.RawMessage(`{"scopes":["ship"],"access_token_ttl":60}`)}}
		d := provider.JoinDefinitions(settings, issuer, "https://id.example.com/admin/api/v1", append(good, row))
		faults := d.Faults()
		if len(faults) != 1 || faults[0].Name != row.Name || faults[0].Kind != row.Kind {
			t.Errorf("%s: got %v", name, faults)
		}
		has := slices.ContainsFunc(d.AllScopes, func(s oauth.ScopeInfo) bool { return s.Name == "ship" })
		if !has || len(d.AllResources) != 2 || d.AllResources[1].AccessTokenTTL != time.Minute {
			t.Errorf("%s: the others have no effect: %+v", name, d)
		}
	}
}

// TestUnavailableStoreDoesNotMakeAScopeUnknown: while the definitions cannot be read, the old ones are not
// used, because one of them may have been removed. The metadata remain available.
func TestUnavailableStoreDoesNotMakeAScopeUnknown(t *testing.T) {
	h, store := definedHouse(t)
	tokens := h.tokens("scope", "read")
	define(t, store, oauth.DefinesScope, "ship", `{}`)
	store.down.Store(true)
	users := h.scopeUsers("read")
	users["refresh"] = func() error { _, err := h.refresh(tokens.RefreshToken); return err }
	users["API"] = func() error { _, err := h.CheckAccessToken(ctx, tokens.AccessToken); return err }
	for name, request := range users {
		if err := request(); !errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 2 {
		if err := h.ReadForMetadata(ctx); err != nil {
			t.Errorf("metadata: %v", err)
		}
	}
	store.down.Store(false)
	if _, err := h.refresh(tokens.RefreshToken); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestResourceOfTheStoreIsOneOfTheServer: applications can request tokens for it (RFC 8707), it
// has its metadata (RFC 9728), and after it was removed no more tokens are issued for it.
func TestResourceOfTheStoreIsOneOfTheServer(t *testing.T) {
	h, store := definedHouse(t)
	request := func() error {
		_, err := h.token("grant_type", "client_credentials", "scope", "ship", "resource", "https://SHIP.example/")
		return err
	}
	if err := request(); err == nil {
		t.Error("the resource is known before it exists")
	}
	define(t, store, oauth.DefinesScope, "ship", `{}`)
	define(t, store, oauth.DefinesResource, "https://ship.example", `{"name":"Shipping","scopes":["ship"],"token_format":"jwt"}`)
	if err := request(); err != nil {
		t.Error(err)
	}
	doc, err := h.Metadata()
	if err != nil || !strings.Contains(string(doc.Body), "https://ship.example") || h.ResourceName("https://ship.example") != "Shipping" {
		t.Errorf("the metadata do not list it: %s %v", doc.Body, err)
	}
	if _, err := h.token("grant_type", "client_credentials", "scope", "ship"); err == nil {
		t.Error("its scope can be requested without it")
	}
	if err := store.RemoveDefinition(ctx, oauth.DefinesResource, "https://ship.example", 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := request(); err == nil {
		t.Error("the resource is known after it was removed")
	}
}

// TestScopesOfTheStoreAndOfAHostProgramAreJoined: that of the host program applies if both have
// the name, also if the program adds it later, and the program is not asked because of the Store.
func TestScopesOfTheStoreAndOfAHostProgramAreJoined(t *testing.T) {
	var table scopeTable
	h := table.house(t, "read")
	calls := table.calls.Load()
	define(t, h.Store, oauth.DefinesScope, "ship", `{"description":"of the Store"}`)
	described := func(want string) {
		t.Helper()
		if _, err := h.KnownScopes(ctx); err != nil {
			t.Fatal(err)
		}
		if info, _ := h.Scope("ship"); info.Description != want {
			t.Errorf("got %+v, want %s", info, want)
		}
	}
	described("of the Store")
	if n := table.calls.Load(); n != calls {
		t.Errorf("the program was called %d times", n-calls)
	}
	table.set(nil, "read", "ship")
	h.pass(5 * time.Second)
	described("Do ship.")
	table.set(nil, "read")
	h.pass(5 * time.Second)
	described("of the Store")
}

// TestChangeOfAClientKeepsTheJoinedDefinitions: it changes the Version of the Store too.
func TestChangeOfAClientKeepsTheJoinedDefinitions(t *testing.T) {
	h, store := definedHouse(t)
	define(t, store, oauth.DefinesScope, "ship", `{}`)
	before, err := h.Definitions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := h.client()
	c.ID = "another"
	h.add(c)
	if after, err := h.Definitions(ctx); err != nil || after != before {
		t.Errorf("they were joined again: %v", err)
	}
	if err := store.RemoveDefinition(ctx, oauth.DefinesScope, "ship", 0, 0); err != nil {
		t.Fatal(err)
	}
	if after, err := h.Definitions(ctx); err != nil || after == before || len(after.Scopes) != 0 {
		t.Errorf("a change had no effect: %v", err)
	}
}
