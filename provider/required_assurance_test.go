package provider_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestNextRaisesTheAssuranceOfALogin: the setting, the client, the scopes and the request
// require it, and the highest counts (RFC 9470 §5, OpenID Connect Core §5.5.1.1).
func TestNextRaisesTheAssuranceOfALogin(t *testing.T) {
	type login struct {
		level, reachable  int
		remembered, admin bool
		age               time.Duration
	}
	password, withTOTP, withPasskey := login{level: 1, reachable: 1}, login{level: 1, reachable: 2}, login{level: 1, reachable: 3}
	two, phr := login{level: 2, reachable: 2}, login{level: 3, reachable: 3}
	remembered := login{level: 1, reachable: 2, remembered: true}
	setting := func(policy string) func(*provider.Config, *oauth.Client) {
		return func(c *provider.Config, _ *oauth.Client) { c.RequireSecondFactor = policy }
	}
	client := func(_ *provider.Config, c *oauth.Client) { c.RequireSecondFactor = true }
	scope := func(c *provider.Config, _ *oauth.Client) {
		c.Scopes = []oauth.ScopeInfo{{Name: "read"}, {Name: "pay", SecondFactor: true}}
	}
	const second, add, again = provider.StepSecondFactor, provider.StepAddFactor, provider.StepLogin
	acr := func(value string) []string { return []string{"acr_values", value} }
	essential := []string{"claims", `{"id_token":{"acr":{"essential":true,"values":["phr","urn:latchkey:acr:2fa"]}}}`}
	for name, test := range map[string]struct {
		change func(*provider.Config, *oauth.Client)
		ask    []string
		who    login
		want   provider.Step // empty means that the login is enough
	}{
		"nothing is required": {nil, nil, password, ""},

		"everybody, with a password":               {setting("everybody"), nil, password, add},
		"everybody, with a TOTP":                   {setting("everybody"), nil, withTOTP, second},
		"everybody, after the code":                {setting("everybody"), nil, two, ""},
		"everybody, in a remembered browser":       {setting("everybody"), nil, remembered, ""},
		"administrators, another person":           {setting("administrators"), nil, password, ""},
		"administrators, with a password":          {setting("administrators"), nil, login{level: 1, reachable: 1, admin: true}, add},
		"administrators, a login of five minutes":  {setting("administrators"), nil, login{level: 1, reachable: 2, admin: true, age: 5 * time.Minute}, again},
		"a client, with a password":                {client, nil, password, add},
		"a client, in a remembered browser":        {client, nil, remembered, second},
		"a client, after the code":                 {client, nil, two, ""},
		"a scope, in a remembered browser":         {scope, []string{"scope", "openid pay"}, remembered, second},
		"a scope, with a TOTP":                     {scope, []string{"scope", "openid pay"}, withTOTP, second},
		"a scope that is not requested":            {scope, []string{"scope", "openid read"}, withTOTP, ""},
		"a scope, after the code":                  {scope, []string{"scope", "openid pay"}, two, ""},
		"acr_values, with a TOTP":                  {nil, acr("urn:latchkey:acr:2fa"), withTOTP, second},
		"acr_values without openid":                {nil, append(acr("urn:latchkey:acr:2fa"), "scope", "read"), withTOTP, second},
		"acr_values, in a remembered browser":      {nil, acr("urn:latchkey:acr:2fa"), remembered, second},
		"acr_values, with a passkey":               {nil, acr("urn:latchkey:acr:2fa"), phr, ""},
		"acr_values of a passkey, after the code":  {nil, acr("phr"), two, add},
		"acr_values of a passkey, with a passkey":  {nil, acr("phr"), withPasskey, second},
		"several acr_values, the lowest is enough": {nil, acr("phr urn:latchkey:acr:1fa"), password, ""},
		"an unknown acr":                           {nil, acr("gold"), password, ""},
		"an essential acr, with a TOTP":            {nil, essential, withTOTP, second},
		"an essential acr, with a password":        {nil, essential, password, add},
		"an essential acr, after the code":         {nil, essential, two, ""},
		"the highest counts":                       {setting("everybody"), acr("phr"), two, add},
		"a lower request than the setting":         {setting("everybody"), acr("urn:latchkey:acr:1fa"), withTOTP, second},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
				c.OwnLogin, c.ACRValues = true, nil
				if test.change != nil {
					test.change(c, client)
				}
			})
			ask := test.ask
			if !slices.Contains(ask, "scope") {
				ask = append([]string{"scope", "openid"}, ask...)
			}
			r, err := h.ask(ask...)
			if err != nil {
				t.Fatal(err)
			}
			who := h.who
			who.AuthTime = h.now.Add(-test.who.age)
			who.ACR = h.ACR(test.who.level)
			who.Assurance = &oauth.Assurance{Level: test.who.level, Reachable: test.who.reachable, Remembered: test.who.remembered, Admin: test.who.admin}
			want := test.want
			if want == "" {
				want = provider.StepConsent
			}
			step, err := h.Next(ctx, r, &who)
			if err != nil || step != want {
				t.Errorf("got %q, %v, want %q", step, err, want)
			}
			r.Show(who)
			if _, err = h.Approve(ctx, r, who, r.RequestedScopes(), true); errors.Is(err, provider.ErrChanged) != (test.want != "") {
				t.Errorf("the decision: %v", err)
			}
			silent, err := h.ask(append(slices.Clone(ask), "prompt", "none")...)
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.Next(ctx, silent, &who)
			rejected, _ := errors.AsType[*oauth.Error](err)
			code := map[provider.Step]string{add: oauth.CodeInteractionRequired, second: oauth.CodeInteractionRequired, again: oauth.CodeLoginRequired}[test.want]
			if test.want != "" && (rejected == nil || rejected.Code != code) {
				t.Errorf("prompt=none: got %v, want %s", err, code)
			}
		})
	}
}

// TestTokensReportTheACRThatTheClientPrefers (OpenID Connect Core §5.5.1.1, RFC 9470 §5): a
// login with a passkey includes the lower levels, so an API that requires one of them gets
// it.
func TestTokensReportTheACRThatTheClientPrefers(t *testing.T) {
	for asked, want := range map[string]string{"": "phr", "urn:latchkey:acr:2fa": "urn:latchkey:acr:2fa", "phr urn:latchkey:acr:2fa": "phr", "gold": "phr"} {
		h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) { c.OwnLogin, c.ACRValues = true, nil })
		h.who.ACR, h.who.AMR, h.who.Assurance = "phr", []string{"hwk", "user", "mfa"}, &oauth.Assurance{Level: 3, Reachable: 3}
		pairs := []string{"scope", "openid"}
		if asked != "" {
			pairs = append(pairs, "acr_values", asked)
		}
		if claims := h.payload(h.tokens(pairs...).IDToken); claims["acr"] != want {
			t.Errorf("acr_values=%s: got %v, want %s", asked, claims["acr"], want)
		}
		h.who.ACR, h.who.Assurance = "urn:latchkey:acr:2fa", &oauth.Assurance{Level: 2, Reachable: 2}
		if claims := h.payload(h.tokens("scope", "openid", "acr_values", "phr urn:latchkey:acr:1fa").IDToken); claims["acr"] != "urn:latchkey:acr:1fa" {
			t.Errorf("a weaker login: got %v", claims["acr"])
		}
	}
}
