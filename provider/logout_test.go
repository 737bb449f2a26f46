package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// OpenID Connect RP-Initiated Logout §2, §3.
func TestLogoutRedirectsOnlyToRegisteredURIs(t *testing.T) {
	const goodbye, withFields = "https://app.example/bye", "https://app.example/bye?a=b"
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.PostLogoutRedirectURIs = []string{goodbye, withFields} })
	hint := h.tokens("scope", "openid").IDToken
	key := h.key
	for _, id := range []string{"other", "disabled"} {
		c := h.client()
		c.ID, c.PostLogoutRedirectURIs, c.Disabled = id, []string{goodbye}, id == "disabled"
		h.add(c)
	}
	h.key = key
	for name, test := range map[string]struct {
		pairs          []string
		location, code string
		client         bool
	}{
		"nothing":                            {},
		"a client_id":                        {pairs: []string{"client_id", h.id}, client: true},
		"a hint":                             {pairs: []string{"id_token_hint", hint}, client: true},
		"a hint and its client_id":           {pairs: []string{"id_token_hint", hint, "client_id", h.id}, client: true},
		"a hint and another client_id":       {pairs: []string{"id_token_hint", hint, "client_id", "other"}, code: "invalid_request"},
		"a hint that is not an ID token":     {pairs: []string{"id_token_hint", "x"}, code: "invalid_request"},
		"an unknown client_id":               {pairs: []string{"client_id", "unknown"}, code: "invalid_client"},
		"a disabled client":                  {pairs: []string{"client_id", "disabled", "post_logout_redirect_uri", goodbye}, code: "unauthorized_client"},
		"a registered URI":                   {pairs: []string{"client_id", h.id, "post_logout_redirect_uri", goodbye}, location: goodbye, client: true},
		"a registered URI of the hint":       {pairs: []string{"id_token_hint", hint, "post_logout_redirect_uri", goodbye}, location: goodbye, client: true},
		"a URI without a client":             {pairs: []string{"post_logout_redirect_uri", goodbye}, code: "invalid_request"},
		"a URI that is not registered":       {pairs: []string{"client_id", h.id, "post_logout_redirect_uri", goodbye + "/"}, code: "invalid_request"},
		"a redirect URI":                     {pairs: []string{"client_id", h.id, "post_logout_redirect_uri", callback}, code: "invalid_request"},
		"a URI and a state":                  {pairs: []string{"client_id", h.id, "post_logout_redirect_uri", goodbye, "state", "x y&"}, location: goodbye + "?state=x+y%26", client: true},
		"a URI with a query and a state":     {pairs: []string{"client_id", h.id, "post_logout_redirect_uri", withFields, "state", "x"}, location: withFields + "&state=x", client: true},
		"a URI and a state that is too long": {pairs: []string{"client_id", h.id, "post_logout_redirect_uri", goodbye, "state", long}, location: goodbye, client: true},
		"a state without a URI":              {pairs: []string{"client_id", h.id, "state", "x"}, client: true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := h.Logout(ctx, params(t, test.pairs...))
			wantCode(t, err, test.code)
			if err != nil {
				return
			}
			if r.Location != test.location || (r.Client != nil) != test.client || (test.client && r.Client.ID != h.id) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestHintMatchesThePersonOfTheIDToken(t *testing.T) {
	for _, subjectType := range []oauth.SubjectType{oauth.SubjectPublic, oauth.SubjectPairwise} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.SubjectType = subjectType })
		hint := h.tokens("scope", "openid").IDToken
		other := oauth.Authentication{Subject: "bob-id", SessionID: "bobs", AuthTime: h.now}
		for name, test := range map[string]struct {
			pairs []string
			who   oauth.Authentication
			want  bool
		}{
			"the same person":                    {[]string{"id_token_hint", hint}, h.who, true},
			"another person":                     {[]string{"id_token_hint", hint}, other, false},
			"another person in the same session": {[]string{"id_token_hint", hint}, oauth.Authentication{Subject: "bob-id", SessionID: h.who.SessionID, AuthTime: h.now}, false},
			"no one":                             {[]string{"id_token_hint", hint}, oauth.Authentication{}, false},
			"only the client_id":                 {[]string{"client_id", h.id}, h.who, false},
			"no hint, no one":                    {[]string{"client_id", h.id}, oauth.Authentication{}, false},
			"an empty request":                   {nil, oauth.Authentication{}, false},
		} {
			r, err := h.Logout(ctx, params(t, test.pairs...))
			if err != nil {
				t.Fatal(err)
			}
			if got := h.HintMatches(r, test.who); got != test.want {
				t.Errorf("%s, %s: %v", subjectType, name, got)
			}
		}
	}
}
