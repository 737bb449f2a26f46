package provider_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestResponseTypesMustBeAllowedForTheClient(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	for _, responseType := range oauth.ResponseTypes()[1:] { // without code
		r, err := h.ask("response_type", responseType, "scope", "openid", "nonce", "n")
		wantCode(t, err, "unauthorized_client")
		if got := h.Refuse(r, oauth.Errorf("x", "y")).Location(); !strings.HasPrefix(got, callback+"#error=x") {
			t.Errorf("the error for %s is sent to %s", responseType, got)
		}
	}
	for _, responseType := range []string{"token", "id_token code x", "none"} {
		_, err := h.ask("response_type", responseType, "scope", "openid", "nonce", "n")
		wantCode(t, err, "unsupported_response_type")
	}
}

func TestResponseContainsWhatTheResponseTypeNames(t *testing.T) {
	for _, responseType := range oauth.ResponseTypes()[1:] { // without code
		t.Run(responseType, func(t *testing.T) {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ResponseTypes = []string{responseType} })
			parts := strings.Fields(responseType)
			slices.Reverse(parts) // the order has no meaning
			r, err := h.ask("response_type", strings.Join(parts, " "), "scope", "openid email", "nonce", "n")
			if err != nil {
				t.Fatal(err)
			}
			r.Show(h.who)
			answer, err := h.Approve(ctx, r, h.who, r.Scope, true)
			if err != nil {
				t.Fatal(err)
			}
			before, fragment, found := strings.Cut(answer.Location(), "#")
			if !found || before != callback {
				t.Fatalf("the response is sent to %s", answer.Location())
			}
			got, err := url.ParseQuery(fragment)
			if err != nil {
				t.Fatal(err)
			}
			for field, part := range map[string]string{"code": "code", "access_token": "token", "id_token": "id_token"} {
				if got.Has(field) != slices.Contains(parts, part) {
					t.Errorf("%s: %v", field, got.Has(field))
				}
			}
			if got.Get("state") != "xyz" || got.Get("iss") != issuer {
				t.Errorf("got %v", got)
			}
			if id := got.Get("id_token"); id != "" {
				claims := h.payload(id)
				for claim, field := range map[string]string{"c_hash": "code", "at_hash": "access_token", "s_hash": "state"} {
					if (claims[claim] != nil) != got.Has(field) {
						t.Errorf("%s is %v", claim, claims[claim])
					}
				}
				// §5.4: the ID token has the claims if there is no access token.
				if (claims["email"] != nil) != (responseType == "id_token") || claims["nonce"] != "n" {
					t.Errorf("got %v", claims)
				}
			}
			access := got.Get("access_token")
			if access != "" && (!h.active(access) || h.userinfo(access)["email"] == nil) {
				t.Error("the access token is not active")
			}
			again, err := h.Approve(ctx, r, h.who, r.Scope, true)
			if err != nil || access != "" && !strings.Contains(again.Location(), access) {
				t.Errorf("the second approval: %v %v", again, err)
			}
			if !got.Has("code") {
				return
			}
			if _, err := h.exchange(got.Get("code")); err != nil {
				t.Fatal(err)
			}
			_, err = h.exchange(got.Get("code"))
			wantCode(t, err, "invalid_grant")
			if access != "" && h.active(access) {
				t.Error("the code was used twice, but the access token of the response is still active")
			}
		})
	}
}

func TestTokensAreNeverSentInTheQuery(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ResponseTypes = oauth.ResponseTypes() })
	for _, test := range []struct {
		pairs []string
		code  string
	}{
		{[]string{"response_mode", "query"}, "invalid_request"},
		{[]string{"nonce", ""}, "invalid_request"},
		{[]string{"scope", "read"}, "invalid_request"},
		{[]string{"response_mode", "form_post"}, ""},
	} {
		_, err := h.ask(append([]string{"response_type", "id_token token", "scope", "openid", "nonce", "n"}, test.pairs...)...)
		wantCode(t, err, test.code)
	}
}

// OpenID Connect Core §3.3.3.6.
func TestIDTokensOfAHybridFlowAgree(t *testing.T) {
	for _, responseType := range []string{"code id_token", "code id_token token"} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.ResponseTypes, c.SubjectType = oauth.ResponseTypes(), oauth.SubjectPairwise
		})
		r, err := h.ask("response_type", responseType, "scope", "openid profile", "nonce", "n", "claims", `{"id_token":{"email":null}}`)
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
		response, err := h.exchange(fields.Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		front, back := h.payload(fields.Get("id_token")), h.payload(response.IDToken)
		for _, name := range []string{"iss", "sub", "aud", "azp", "auth_time", "nonce", "sid", "email"} {
			if front[name] == nil || front[name] != back[name] {
				t.Errorf("%s: %s is %v in the response, %v at the token endpoint", responseType, name, front[name], back[name])
			}
		}
		if fields.Get("access_token") == response.AccessToken || back["c_hash"] != nil || front["c_hash"] == nil {
			t.Errorf("%s: %v, %v", responseType, front, back)
		}
	}
}
