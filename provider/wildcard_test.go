package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const previewHost = "https://pr-42.preview.example.com/cb"

func TestWildcardsNeedAnException(t *testing.T) {
	base := func() *oauth.Client {
		return &oauth.Client{
			ID: "app", Name: "App", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode},
			RedirectURIs: []string{"https://*.preview.example.com/cb"},
			Legacy:       []oauth.LegacyException{{Feature: oauth.LegacyWildcardRedirect, Until: "2027-03-31"}},
		}
	}
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		field  string
	}{
		"an exception":          {func(*oauth.Client) {}, ""},
		"an ended exception":    {func(c *oauth.Client) { c.Legacy[0].Until = "2020-03-31" }, ""},
		"no exception":          {func(c *oauth.Client) { c.Legacy = nil }, "redirect_uris"},
		"another exception":     {func(c *oauth.Client) { c.Legacy[0].Feature = oauth.LegacyPlainPKCE }, "redirect_uris"},
		"a logout redirect":     {func(c *oauth.Client) { c.PostLogoutRedirectURIs = c.RedirectURIs }, "post_logout_redirect_uris"},
		"an origin":             {func(c *oauth.Client) { c.AllowedOrigins = []string{"https://*.preview.example.com"} }, "allowed_origins"},
		"a frontchannel logout": {func(c *oauth.Client) { c.FrontchannelLogoutURI = "https://*.preview.example.com/out" }, "frontchannel_logout_uri"},
		"tokens in the browser": {func(c *oauth.Client) { c.ResponseTypes = []string{"code", "id_token"} }, "response_types"},
		"the response type token": {func(c *oauth.Client) {
			c.Legacy = append(c.Legacy, oauth.LegacyException{Feature: oauth.LegacyImplicit, Until: "2027-03-31"})
		}, "response_types"},
	} {
		c := base()
		test.change(c)
		faults := provider.ValidateClient(c, oauth.DefaultScopeInfos())
		if (len(faults) == 0) != (test.field == "") || len(faults) > 0 && faults[0].Field != test.field {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

// A wildcard must not match hosts of other owners. A stored one stays valid when the list
// of public suffixes changes.
func TestWildcardsThatCouldBelongToOthersAreNotRegistered(t *testing.T) {
	client := func(uris ...string) *oauth.Client { return &oauth.Client{RedirectURIs: uris} }
	const own, shared = "https://*.preview.example.com/cb", "https://*.shared.example:8443/cb"
	for name, test := range map[string]struct {
		outbound  oauth.Outbound
		before, c *oauth.Client
		faults    int
	}{
		"a domain of its own":     {document(""), nil, client(own, callback), 0},
		"a shared domain":         {document(""), nil, client(own, shared), 1},
		"below a shared domain":   {document(""), nil, client("https://*.app.shared.example/cb"), 0},
		"a host":                  {document(""), nil, client("https://shared.example/cb"), 0},
		"stored":                  {document(""), client(own, shared), client(shared, callback), 0},
		"added":                   {document(""), client(own), client(own, shared), 1},
		"nobody knows the owners": {nil, nil, client(own), 1},
	} {
		faults := provider.CheckOutbound(ctx, test.outbound, test.before, test.c)
		if len(faults) != test.faults || test.faults > 0 && faults[0].Field != "redirect_uris" {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

// Any host that matches can receive the response, so a consent that was given before
// must not be enough.
func TestPeopleAreAskedEveryTimeForAWildcard(t *testing.T) {
	h := newLegacyHouse(t, oauth.LegacyWildcardRedirect, func(_ *provider.Config, c *oauth.Client) { c.Type = oauth.Public })
	h.code("scope", "read")
	h.code("scope", "read", "redirect_uri", previewHost)
	for uri, want := range map[string]provider.Step{callback: provider.StepDone, previewHost: provider.StepConsent} {
		r, err := h.ask("scope", "read", "redirect_uri", uri)
		if err != nil {
			t.Fatal(err)
		}
		if step, err := h.Next(ctx, r, &h.who); err != nil || step != want {
			t.Errorf("%s: the next step is %v %v", uri, step, err)
		}
	}
}

// The code is bound to the host that received it.
func TestCodeOfAWildcardIsRedeemedWithItsOwnRedirectURI(t *testing.T) {
	h := newLegacyHouse(t, oauth.LegacyWildcardRedirect, nil)
	code := h.code("scope", "read", "redirect_uri", previewHost)
	for _, uri := range []string{"https://*.preview.example.com/cb", "https://other.preview.example.com/cb", ""} {
		_, err := h.exchange(code, "redirect_uri", uri)
		wantCode(t, err, "invalid_grant")
	}
	if _, err := h.exchange(code, "redirect_uri", previewHost); err != nil {
		t.Error(err)
	}
	r, err := h.ask("redirect_uri", previewHost)
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	h.pass(h.endOfDay())
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err == nil {
		t.Error("an open request was approved after the exception had ended")
	}
}
