package provider_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestIDTokensOfTheTokenEndpointHaveProfileAndEmail: many clients read nothing
// else. Not so the claims of the other scopes (OpenID Connect Core §5.4), and
// those of a client that omits them.
func TestIDTokensOfTheTokenEndpointHaveProfileAndEmail(t *testing.T) {
	const all = "openid profile email address phone"
	for name, test := range map[string]struct {
		scope string
		omit  bool
		pairs []string
		want  string // of the claims about the person, in this order
	}{
		"all scopes":             {scope: all, want: "name preferred_username email email_verified"},
		"only profile":           {scope: "openid profile", want: "name preferred_username"},
		"only email":             {scope: "openid email", want: "email email_verified"},
		"only openid":            {scope: "openid", want: ""},
		"omitted":                {scope: all, omit: true, want: ""},
		"omitted, but requested": {scope: all, omit: true, pairs: []string{"claims", `{"id_token":{"email":null}}`}, want: "email"},
		"one more is requested":  {scope: all, pairs: []string{"claims", `{"id_token":{"phone_number":null}}`}, want: "name preferred_username email email_verified phone_number"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.OmitProfile = test.omit })
			answer := h.tokens(append([]string{"scope", test.scope}, test.pairs...)...)
			h.pass(time.Minute)
			again, err := h.refresh(answer.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range []string{answer.IDToken, again.IDToken} {
				if got := personal(h.payload(token)); got != test.want {
					t.Errorf("the ID token has %q, want %q", got, test.want)
				}
			}
		})
	}
}

// personal returns the names of the claims about the person.
func personal(claims map[string]any) string {
	var names []string
	for _, name := range []string{"name", "preferred_username", "email", "email_verified", "address", "phone_number"} {
		if claims[name] != nil {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// TestIDTokensInTheURLHaveNoProfile: browsers and proxies log URLs. Without an
// access token the client has no other way to get the claims (OpenID Connect
// Core §5.4).
func TestIDTokensInTheURLHaveNoProfile(t *testing.T) {
	for responseType, want := range map[string]string{"id_token token": "", "code id_token": "", "code id_token token": "", "id_token": "name preferred_username email email_verified"} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ResponseTypes = oauth.ResponseTypes() })
		r, err := h.ask("response_type", responseType, "scope", "openid profile email", "nonce", "n")
		if err != nil {
			t.Fatal(err)
		}
		r.Show(h.who)
		answer, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
		if err != nil {
			t.Fatal(err)
		}
		_, fragment, _ := strings.Cut(answer.Location(), "#")
		fields, err := url.ParseQuery(fragment)
		if err != nil {
			t.Fatal(err)
		}
		if got := personal(h.payload(fields.Get("id_token"))); got != want {
			t.Errorf("%s: the ID token has %q, want %q", responseType, got, want)
		}
	}
}

// TestIDTokensAreSignedWithRS256ByDefault: OpenID Connect Registration §2, and
// what clients expect. Access tokens are signed with ES256, which is cheaper.
func TestIDTokensAreSignedWithRS256ByDefault(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	answer := h.tokens("scope", "openid")
	for name, test := range map[string]struct {
		token string
		alg   jose.SignatureAlgorithm
	}{"ID token": {answer.IDToken, jose.RS256}, "access token": {answer.AccessToken, jose.ES256}} {
		if _, err := jose.ParseSignedCompact(test.token, []jose.SignatureAlgorithm{test.alg}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestClientCanDoWithoutIDTokensAtRefresh: OpenID Connect Core §12.2 does not
// require one.
func TestClientCanDoWithoutIDTokensAtRefresh(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.OmitIDTokenAtRefresh = true })
	answer := h.tokens("scope", "openid profile")
	if answer.IDToken == "" {
		t.Error("the code exchange has no ID token")
	}
	again, err := h.refresh(answer.RefreshToken)
	if err != nil || again.IDToken != "" || again.Scope != "openid profile" {
		t.Errorf("the refresh: %+v %v", again, err)
	}
}
