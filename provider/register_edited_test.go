package provider_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// edit changes the usual client as an administrator.
func (h *house) edit(change func(*oauth.Client)) {
	h.t.Helper()
	if _, err := oauth.EditClient(ctx, h.store, h.id, func(c *oauth.Client) error { change(c); return nil }); err != nil {
		h.t.Fatal(err)
	}
}

// RFC 7592 §2.2: the server can keep values of its own.
func TestUpdateDoesNotUndoTheEditsOfAnAdministrator(t *testing.T) {
	const second = "https://app.example/second"
	for name, test := range map[string]struct {
		edit func(*oauth.Client)
		kept func(*oauth.Client) bool
	}{
		"requirements":      {func(c *oauth.Client) { c.RequirePushedRequests = true }, func(c *oauth.Client) bool { return c.RequirePushedRequests }},
		"one redirect URI":  {func(c *oauth.Client) { c.RedirectURIs = []string{second} }, func(c *oauth.Client) bool { return reflect.DeepEqual(c.RedirectURIs, []string{second}) }},
		"grant types":       {func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantAuthorizationCode} }, func(c *oauth.Client) bool { return len(c.GrantTypes) == 1 }},
		"the name":          {func(c *oauth.Client) { c.Name = "Checked" }, func(c *oauth.Client) bool { return c.Name == "Checked" }},
		"a translation":     {func(c *oauth.Client) { c.Translations = oauth.Translations{"client_name#de": "Geprüft"} }, func(c *oauth.Client) bool { return len(c.Translations) == 1 }},
		"the default scope": {func(c *oauth.Client) { c.DefaultScopes = oauth.Scopes{"write"} }, func(c *oauth.Client) bool { return c.DefaultScopes.String() == "write" }},
		"no logo":           {func(c *oauth.Client) { c.LogoURL = "" }, func(c *oauth.Client) bool { return c.LogoURL == "" }},
		"scopes":            {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, func(c *oauth.Client) bool { return c.Scopes.String() == "read" }},
		"lifetimes":         {func(c *oauth.Client) { c.CodeTTL = oauth.Lifetime(time.Second) }, func(c *oauth.Client) bool { return c.CodeTTL != 0 }},
		"metadata":          {func(c *oauth.Client) { c.Metadata = json.RawMessage(`{"plan":"free"}`) }, func(c *oauth.Client) bool { return string(c.Metadata) == `{"plan":"free"}` }},
		"the color":         {func(c *oauth.Client) { c.BrandColor = "#7a1fa2" }, func(c *oauth.Client) bool { return c.BrandColor == "#7a1fa2" }},
		"resources":         {func(c *oauth.Client) { c.Resources = []string{"https://a.example/"} }, func(c *oauth.Client) bool { return len(c.Resources) == 1 }},
	} {
		h := newOpenHouse(t, nil)
		body := strings.Replace(confidentialClient, `"scope"`, `"logo_uri":"https://app.example/logo.png","scope"`, 1)
		authorization, information := h.manage(true, body)
		h.edit(test.edit)
		information["metadata"] = map[string]any{"plan": "gold"} // only administrators can set it
		information["brand_color"] = "#0f5f57"                   // and this
		for range 2 {
			got, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "software_version", "2"))
			if err != nil || got["software_version"] != "2" || got["metadata"] != nil {
				t.Errorf("%s: %v %v", name, got, err)
			}
			if c, err := h.store.Client(ctx, h.id); err != nil || !test.kept(c) {
				t.Errorf("%s: the edit is undone: %+v %v", name, c, err)
			}
		}
	}
}

// TestEditsOfAnAdministratorAreRecorded for every member that a client describes, and
// for no other.
func TestEditsOfAnAdministratorAreRecorded(t *testing.T) {
	full := storetest.FullClient(time.Now())
	all := reflect.VisibleFields(reflect.TypeFor[oauth.Client]())
	for _, field := range all {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || name == "client_id" || name == "-" {
			continue
		}
		before := &oauth.Client{ID: oauth.RegistrationPrefix + strings.Repeat("A", 30)}
		c := *before
		reflect.ValueOf(&c).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(full).Elem().FieldByIndex(field.Index))
		c.Edited(before)
		want := field.Tag.Get("register") == "yes" || name == "translations" || name == "default_scope"
		if slices.Contains(c.AdministratorSet, name) != want {
			t.Errorf("%s: recorded are %v", name, c.AdministratorSet)
		}
	}
	same := &oauth.Client{ID: oauth.RegistrationPrefix + strings.Repeat("A", 30), RedirectURIs: []string{}, Contacts: nil}
	c := *same
	c.RedirectURIs, c.Contacts = nil, []string{}
	if c.Edited(same); len(c.AdministratorSet) > 0 {
		t.Errorf("an edit that changes nothing is recorded as %v", c.AdministratorSet)
	}
	other := &oauth.Client{ID: "shop"}
	d := *other
	d.Name = "Changed"
	if d.Edited(other); len(d.AdministratorSet) > 0 {
		t.Errorf("an edit of another client is recorded as %v", d.AdministratorSet)
	}
}

// A secret that was given up may be in the hands of others.
func TestSecretThatWasGivenUpDoesNotReturn(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(true, confidentialClient)
	seen := []string{h.key}
	for range 2 {
		gone, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "token_endpoint_auth_method", "none"))
		if err != nil || gone["client_secret"] != nil {
			t.Fatalf("got %v %v", gone, err)
		}
		back, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, gone, "token_endpoint_auth_method", "client_secret_basic"))
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(back["client_secret"])
		if slices.Contains(seen, key) {
			t.Error("the secret is one that the application had before")
		}
		for _, old := range seen {
			h.key = old
			_, err = h.exchange(h.code())
			wantCode(t, err, "invalid_client")
		}
		h.key = key
		h.tokens()
		if read, err := h.ReadRegistration(ctx, authorization, h.id); err != nil || read["client_secret"] != key {
			t.Errorf("the response to a GET has another secret: %v", err)
		}
		seen, information = append(seen, key), back
	}
	if provider.RegistrationSecret(h.Provider, h.id) != seen[0] {
		t.Error("the first secret is not that of the registration")
	}
}
