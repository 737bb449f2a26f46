package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// plans is a host program whose tokens have the plan of a customer as metadata.
type plans struct {
	metadata json.RawMessage
	err      error
	asked    []string // the grant types
	release  bool     // as a claim
}

func (p *plans) install(c *provider.Config) {
	c.TokenMetadata = func(_ context.Context, info oauth.TokenInfo) (json.RawMessage, error) {
		p.asked = append(p.asked, info.GrantType+" of "+info.Subject+" for "+info.Client.ID)
		return p.metadata, p.err
	}
	c.AddClaims = func(_ context.Context, info oauth.TokenInfo, _ oauth.ClaimsTarget) (map[string]any, error) {
		if !p.release || len(info.Metadata) == 0 {
			return nil, nil
		}
		return map[string]any{"customer": info.Metadata}, nil
	}
}

func (p *plans) house(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	return newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
		p.install(c)
		if change != nil {
			change(c, client)
		}
	})
}

// wantPlan checks the claim in the answers about an access token.
func (h *house) wantPlan(where, token, want string) {
	h.t.Helper()
	found, err := h.introspect(token)
	text, _ := json.Marshal(found)
	if err != nil || !found.Active || strings.Contains(string(text), "plan") != (want != "") || want != "" && !strings.Contains(string(text), want) {
		h.t.Errorf("%s: introspection returns %s %v, want %q", where, text, err, want)
	}
}

// TestMetadataOfTokensIsInherited by all tokens of a permission. It is released only as
// a claim of the hook.
func TestMetadataOfTokensIsInherited(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		for _, release := range []bool{true, false} {
			p := &plans{metadata: json.RawMessage(`{"plan": "gold"}`), release: release}
			h := p.house(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
			want := ""
			if release {
				want = `"plan":"gold"`
			}
			check := func(where string, r *provider.TokenResponse) {
				t.Helper()
				h.wantPlan(where, r.AccessToken, want)
				answers := []map[string]any{h.payload(r.IDToken), h.userinfo(r.AccessToken)}
				if format == oauth.JWT {
					answers = append(answers, h.payload(r.AccessToken))
				}
				for i, claims := range answers {
					if customer := fmt.Sprint(claims["customer"]); (customer == "map[plan:gold]") != release || strings.Contains(fmt.Sprint(claims), "gold") != release {
						t.Errorf("%s, %s, answer %d: %v", format, where, i, claims)
					}
				}
			}
			first := h.tokens("scope", "openid read")
			check("the code", first)
			p.metadata = json.RawMessage(`{"plan":"free"}`) // for later permissions
			second, err := h.refresh(first.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			check("the refresh", second)
			again, err := h.refresh(first.RefreshToken) // in the replay window
			if err != nil {
				t.Fatal(err)
			}
			check("the repeated refresh", again)
			exchanged, err := h.token("grant_type", oauth.GrantTokenExchange, "subject_token_type", "urn:ietf:params:oauth:token-type:access_token", "subject_token", second.AccessToken, "scope", "read")
			if err != nil {
				t.Fatal(err)
			}
			h.wantPlan("the exchange", exchanged.AccessToken, want)
			if len(p.asked) != 1 || p.asked[0] != "authorization_code of ada-id for "+h.id {
				t.Errorf("the hook was asked %q", p.asked)
			}
		}
	}
}

func TestHookDeterminesTheMetadataForEachWayToGetTokens(t *testing.T) {
	for name, test := range map[string]struct {
		get  func(*house) (token string, err error)
		want string // the grant type
		none bool
	}{
		"a device": {get: func(h *house) (string, error) {
			started := h.device("scope", "read")
			h.approveDevice(started.UserCode)
			r, err := h.poll(started.DeviceCode)
			return accessOf(r), err
		}, want: oauth.GrantDeviceCode},
		"a token in the browser": {get: func(h *house) (string, error) {
			r, err := h.ask("scope", "read openid", "response_type", "id_token token", "nonce", "n")
			if err != nil {
				return "", err
			}
			fields, err := h.decide(r, h.who, "read", "openid")
			return fields.Get("access_token"), err
		}, want: oauth.GrantImplicit},
		"a service user": {get: func(h *house) (string, error) {
			r, err := h.token("grant_type", "client_credentials", "scope", "read")
			return accessOf(r), err
		}, want: "client_credentials"},
		"the host program": {get: func(h *house) (string, error) {
			r, err := h.IssueToken(ctx, provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{"read"}})
			return accessOf(r), err
		}, want: oauth.KindDirect},
		"the client itself": {get: func(h *house) (string, error) {
			h.edit(func(c *oauth.Client) { c.ServiceUserID = "" })
			r, err := h.token("grant_type", "client_credentials", "scope", "read")
			return accessOf(r), err
		}, none: true},
	} {
		p := &plans{metadata: json.RawMessage(`{"plan":"gold"}`), release: true}
		h := p.house(t, func(_ *provider.Config, c *oauth.Client) {
			c.ServiceUserID, c.ResponseTypes = "ada-id", []string{"code", "id_token token"}
		})
		token, err := test.get(h)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if test.none {
			h.wantPlan(name, token, "")
			if len(p.asked) > 0 {
				t.Errorf("%s: asked %q", name, p.asked)
			}
			continue
		}
		h.wantPlan(name, token, `"plan":"gold"`)
		if len(p.asked) != 1 || p.asked[0] != test.want+" of ada-id for "+h.id {
			t.Errorf("%s: asked %q", name, p.asked)
		}
	}
}

func accessOf(r *provider.TokenResponse) string {
	if r == nil {
		return ""
	}
	return r.AccessToken
}

func TestGrantOfTheHostDecidesAboutMetadata(t *testing.T) {
	v := &vouchers{decision: oauth.ExtensionDecision{Subject: "ada-id", Metadata: json.RawMessage(`{"plan":"silver"}`)}}
	p := &plans{metadata: json.RawMessage(`{"plan":"gold"}`), release: true}
	h := v.house(t, func(c *provider.Config, _ *oauth.Client) { p.install(c) })
	ask := func() (*provider.TokenResponse, error) {
		return h.token("grant_type", voucherType, "voucher", "42", "scope", "read")
	}
	r, err := ask()
	if err != nil || len(p.asked) > 0 {
		t.Fatalf("%v, asked %q", err, p.asked)
	}
	h.wantPlan("the decision", r.AccessToken, `"plan":"silver"`)
	v.decision.Metadata = nil
	if r, err = ask(); err != nil || len(p.asked) != 1 {
		t.Fatalf("%v, asked %q", err, p.asked)
	}
	h.wantPlan("the hook", r.AccessToken, `"plan":"gold"`)
	for _, wrong := range []oauth.ExtensionDecision{
		{Subject: "ada-id", Metadata: json.RawMessage(`["silver"]`)},
		{Metadata: json.RawMessage(`{"plan":"silver"}`)},
	} {
		v.decision = wrong
		if _, err = ask(); err == nil || errors.As(err, new(*oauth.Error)) || errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestHookThatFailsToReturnMetadataLosesNothing(t *testing.T) {
	p := &plans{metadata: json.RawMessage(`["gold"]`)}
	h := p.house(t, nil)
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.decide(r, h.who, "read")
	if err == nil || errors.As(err, new(*oauth.Error)) || errors.Is(err, oauth.ErrUnavailable) {
		t.Errorf("invalid metadata: %v", err)
	}
	p.err = oauth.Errorf(oauth.CodeAccessDenied, "No.")
	if _, err = h.decide(r, h.who, "read"); !errors.Is(err, oauth.ErrUnavailable) || errors.As(err, new(*oauth.Error)) {
		t.Errorf("an error: %v", err)
	}
	p.err, p.metadata = nil, nil
	if _, err := h.exchange(h.mustDecide(r, h.who, "read").Get("code")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A second click is the same decision, even if the hook returns something else.
func TestSecondClickReturnsTheSameCodeWithTheFirstMetadata(t *testing.T) {
	p := &plans{metadata: json.RawMessage(`{"plan":"gold"}`), release: true}
	h := p.house(t, nil)
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	first := h.mustDecide(r, h.who, "read").Get("code")
	p.metadata = json.RawMessage(`{"plan":"free"}`)
	if second := h.mustDecide(r, h.who, "read").Get("code"); second != first {
		t.Errorf("the codes are %s and %s", first, second)
	}
	response, err := h.exchange(first)
	if err != nil {
		t.Fatal(err)
	}
	h.wantPlan("the code", response.AccessToken, `"plan":"gold"`)
}
