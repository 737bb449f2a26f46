package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestClaimsThatThePersonDidNotAllowAreNotReleased: a claim that was requested alone
// belongs to a scope that the person sees on the consent page, and can untick.
func TestClaimsThatThePersonDidNotAllowAreNotReleased(t *testing.T) {
	for _, allowed := range []oauth.Scopes{{"openid"}, {"openid", "email"}} {
		h := newOpenIDHouse(t, nil)
		r, err := h.ask("scope", "openid", "nonce", "n", "claims", `{"userinfo":{"email":null},"id_token":{"email":null}}`)
		if err != nil {
			t.Fatal(err)
		}
		if !r.RequestedScopes().Contains("email") {
			t.Fatalf("the person is asked for %v", r.RequestedScopes())
		}
		r.Show(h.who)
		response, err := h.Approve(ctx, r, h.who, allowed, true)
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := h.exchange(answer(t, response.Location()).Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		want := allowed.Contains("email")
		if h.payload(tokens.IDToken)["email"] != nil != want || h.userinfo(tokens.AccessToken)["email"] != nil != want {
			t.Errorf("the person allowed %v: the ID token has %v, and userinfo %v", allowed, h.payload(tokens.IDToken), h.userinfo(tokens.AccessToken))
		}
	}
}

// TestScopeTakenFromTheClientIsNotRemembered: the client lost the scope while the
// person looked at the consent page. The claims parameter can request it too.
func TestScopeTakenFromTheClientIsNotRemembered(t *testing.T) {
	for name, pairs := range map[string][]string{
		"scope":  {"scope", "openid profile email"},
		"claims": {"scope", "openid profile", "claims", `{"userinfo":{"email":null}}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOpenIDHouse(t, nil)
			r, err := h.ask(append(pairs, "nonce", "n")...)
			if err != nil {
				t.Fatal(err)
			}
			r.Show(h.who)
			stored, err := h.store.Client(ctx, h.id)
			if err != nil {
				t.Fatal(err)
			}
			c := *stored
			c.Scopes = oauth.Scopes{"openid", "profile"}
			if err := h.store.UpdateClient(ctx, &c); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Approve(ctx, r, h.who, oauth.Scopes{"openid", "profile", "email"}, true); err != nil {
				t.Fatal(err)
			}
			consent, err := h.store.Consent(ctx, h.who.Subject, h.id)
			if err != nil || consent.Scope.Contains("email") || !consent.Scope.Contains("profile") {
				t.Errorf("the consent is %+v %v", consent, err)
			}
		})
	}
}
