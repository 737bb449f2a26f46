package provider_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestTokensOfEveryGrantNeedTheSecondFactor: whatever the grant is, if the client or the scope
// requires a second factor, no token is issued for a person who has not used one, even if
// the requirement is newer than the permission. With two factors, everything works as before.
func TestTokensOfEveryGrantNeedTheSecondFactor(t *testing.T) {
	type request func(x *exchanges) (*provider.TokenResponse, error)
	// require makes the client require a second factor after it got its permission.
	require := func(x *exchanges) {
		x.pass(2 * time.Second) // until changes of clients are certainly known
		if err := x.switchClient(x.id, func(c *oauth.Client) { c.RequireSecondFactor = true }); err != nil {
			x.t.Fatal(err)
		}
	}
	swap := func(x *exchanges, pairs ...string) (*provider.TokenResponse, error) {
		return x.swap(x.tokens("scope", "read").AccessToken, append([]string{"scope", "read"}, pairs...)...)
	}
	for name, test := range map[string]struct {
		change  func(client, service *oauth.Client)
		request request
		refused string // the code for a login with one factor
		acr     string // the acr_values of the error
		always  bool   // also refused with two factors: the person has not logged in here
	}{
		"a refresh after the client got the requirement": {nil, func(x *exchanges) (*provider.TokenResponse, error) {
			token := x.tokens("scope", "read").RefreshToken
			require(x)
			return x.refresh(token)
		}, oauth.CodeInvalidGrant, "", false},
		"a code after the client got the requirement": {nil, func(x *exchanges) (*provider.TokenResponse, error) {
			code := x.code("scope", "read")
			require(x)
			return x.exchange(code)
		}, oauth.CodeInvalidGrant, "", false},
		"a device code after the client got the requirement": {nil, func(x *exchanges) (*provider.TokenResponse, error) {
			started := x.device("scope", "read")
			x.approveDevice(started.UserCode)
			require(x)
			return x.poll(started.DeviceCode)
		}, oauth.CodeInvalidGrant, "", false},
		"an exchange into a service with the requirement": {
			func(_, service *oauth.Client) { service.RequireSecondFactor = true },
			func(x *exchanges) (*provider.TokenResponse, error) { return swap(x) }, oauth.CodeInsufficientAuthentication, "urn:latchkey:acr:2fa phr", false,
		},
		"an ID-JAG for a client with the requirement": {nil, func(x *exchanges) (*provider.TokenResponse, error) {
			token := x.tokens("scope", "openid read").RefreshToken
			require(x)
			return x.jag(refreshType, token)
		}, oauth.CodeInsufficientAuthentication, "urn:latchkey:acr:2fa phr", false},
		"an assertion for a client with the requirement": {
			func(client, _ *oauth.Client) { client.RequireSecondFactor = true },
			func(x *exchanges) (*provider.TokenResponse, error) { return x.bear(x.jwt("", nil), "scope", "read") }, oauth.CodeInvalidGrant, "", true,
		},
		"an assertion for a scope with the requirement": {
			nil,
			func(x *exchanges) (*provider.TokenResponse, error) { return x.bear(x.jwt("", nil), "scope", "pay") }, oauth.CodeInvalidGrant, "", true,
		},
		"an exchange of a foreign JWT": {
			func(_, service *oauth.Client) { service.RequireSecondFactor = true },
			func(x *exchanges) (*provider.TokenResponse, error) {
				return x.swap(x.jwt("at+jwt", nil), "subject_token_type", jwtType, "scope", "read")
			}, oauth.CodeInvalidRequest, "", true,
		},
		"an exchange without a requirement": {nil, func(x *exchanges) (*provider.TokenResponse, error) { return swap(x) }, "", "", false},
		"an assertion without a requirement": {
			nil,
			func(x *exchanges) (*provider.TokenResponse, error) { return x.bear(x.jwt("", nil), "scope", "read") }, "", "", false,
		},
		"a client that acts for itself as a service user": {
			func(client, _ *oauth.Client) { client.RequireSecondFactor, client.ServiceUserID = true, "ada-id" },
			func(x *exchanges) (*provider.TokenResponse, error) {
				return x.token("grant_type", oauth.GrantClientCredentials, "scope", "read")
			}, "", "", false,
		},
		"a client that acts for itself": {
			func(client, _ *oauth.Client) { client.RequireSecondFactor = true },
			func(x *exchanges) (*provider.TokenResponse, error) {
				return x.token("grant_type", oauth.GrantClientCredentials, "scope", "read")
			}, "", "", false,
		},
	} {
		for _, two := range []bool{false, true} {
			x := newExchanges(t, func(config *provider.Config, client, service *oauth.Client, _ *oauth.TrustedIssuer) {
				config.OwnLogin, config.ACRValues = true, nil
				config.Scopes = []oauth.ScopeInfo{{Name: "read"}, {Name: "pay", SecondFactor: true}}
				client.IDJAGAudiences = []string{chat + "#at-chat"}
				if test.change != nil {
					test.change(client, service)
				}
			})
			x.who.ACR, x.who.AMR, x.who.Assurance = x.ACR(1), []string{"pwd"}, &oauth.Assurance{Level: 1, Reachable: 2}
			if two {
				x.who.ACR, x.who.AMR, x.who.Assurance = x.ACR(2), []string{"pwd", "otp", "mfa"}, &oauth.Assurance{Level: 2, Reachable: 2}
			}
			_, err := test.request(x)
			got, _ := errors.AsType[*oauth.Error](err)
			switch want := test.refused; {
			case want != "" && (!two || test.always):
				if got == nil || got.Code != want || got.Reason != "second_factor" || got.ACRValues != test.acr {
					t.Errorf("%s (two factors: %t): got %v, want %s", name, two, err, want)
				}
			case err != nil:
				t.Errorf("%s (two factors: %t): %v", name, two, err)
			}
		}
	}
}

// TestRefusedRefreshIsNotRevoked: the permission works again if the requirement is removed.
func TestRefusedRefreshIsNotRevoked(t *testing.T) {
	x := newExchanges(t, func(config *provider.Config, _, _ *oauth.Client, _ *oauth.TrustedIssuer) {
		config.OwnLogin, config.ACRValues = true, nil
	})
	x.who.ACR, x.who.Assurance = x.ACR(1), &oauth.Assurance{Level: 1, Reachable: 2}
	token := x.tokens("scope", "read").RefreshToken
	for _, required := range []bool{true, false} {
		x.pass(2 * time.Second)
		if err := x.switchClient(x.id, func(c *oauth.Client) { c.RequireSecondFactor = required }); err != nil {
			t.Fatal(err)
		}
		response, err := x.refresh(token)
		if (err != nil) != required {
			t.Fatalf("required: %t: %v", required, err)
		}
		if err == nil {
			token = response.RefreshToken
		}
	}
}

// TestSecondFactorCountsAlthoughALowerACRIsReported: the client chose the acr of its ID
// token, which does not make the login weaker.
func TestSecondFactorCountsAlthoughALowerACRIsReported(t *testing.T) {
	x := newExchanges(t, func(config *provider.Config, client, _ *oauth.Client, _ *oauth.TrustedIssuer) {
		config.OwnLogin, config.ACRValues = true, nil
		client.RequireSecondFactor = true
	})
	x.who.ACR, x.who.AMR, x.who.Assurance = x.ACR(2), []string{"pwd", "otp", "mfa"}, &oauth.Assurance{Level: 2, Reachable: 2}
	x.tokens("scope", "openid", "acr_values", x.ACR(1))
}
