package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestClientCredentialsOfAServiceUserAreAboutItsAccount, and end with the account and
// with the client.
func TestClientCredentialsOfAServiceUserAreAboutItsAccount(t *testing.T) {
	for _, format := range oauth.TokenFormats() {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.ServiceUserID, c.AccessTokenFormat = "robot-id", oauth.TokenFormat(format)
		})
		if err := h.store.CreateUser(ctx, &account.User{ID: "robot-id", Username: "robot", CreatedAt: h.now}, "robot", account.Unconditionally); err != nil {
			t.Fatal(err)
		}
		response, err := h.token("grant_type", "client_credentials", "scope", "read openid")
		if err != nil || response.Scope != "read" || response.RefreshToken != "" || response.IDToken != "" {
			t.Fatalf("%s: got %+v %v", format, response, err)
		}
		info, err := h.CheckAccessToken(ctx, response.AccessToken)
		if err != nil || info.Subject != "robot-id" || info.Username != "robot" || info.ClientID != h.id {
			t.Errorf("%s: got %+v %v", format, info, err)
		}
		if format == string(oauth.JWT) && h.payload(response.AccessToken)["auth_time"] != nil {
			t.Error("the token has the time of a login, and nobody has logged in")
		}
		switchClient := func(disabled bool) {
			if err := h.store.SwitchClient(ctx, oauth.ClientSwitch{ClientID: h.id, Disabled: disabled, At: h.now}); err != nil {
				t.Fatal(err)
			}
		}
		if switchClient(true); h.active(response.AccessToken) {
			t.Errorf("%s: the token is active although the client is disabled", format)
		}
		if switchClient(false); !h.active(response.AccessToken) {
			t.Errorf("%s: the token is not active although nothing was revoked", format)
		}
		if err := h.store.SetSubject(ctx, "robot-id", true, time.Time{}); err != nil || h.active(response.AccessToken) {
			t.Errorf("%s: the token is active although the account is disabled: %v", format, err)
		}
		_, err = h.token("grant_type", "client_credentials", "scope", "read")
		wantCode(t, err, "unauthorized_client")
	}
}

// TestApplicationOfADeletedServiceUserGetsNoToken: it does not act for itself instead, with
// the access of an application that has no service user.
func TestApplicationOfADeletedServiceUserGetsNoToken(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ServiceUserID = "robot-id" })
	if err := h.store.CreateUser(ctx, &account.User{ID: "robot-id", Username: "robot", CreatedAt: h.now}, "robot", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	if err := h.store.DeleteUser(ctx, "robot-id", 0, h.now); err != nil {
		t.Fatal(err)
	}
	_, err := h.token("grant_type", "client_credentials", "scope", "read")
	wantCode(t, err, "unauthorized_client")
}

func TestCodesHaveTheLifetimeOfTheirClient(t *testing.T) {
	for _, test := range []struct {
		client oauth.Lifetime
		passed time.Duration
		code   string
	}{
		{0, time.Minute - time.Second, ""},
		{0, time.Minute, "invalid_grant"},
		{oauth.Lifetime(5 * time.Second), 5 * time.Second, "invalid_grant"},
		{oauth.Lifetime(10 * time.Minute), 9 * time.Minute, ""},
	} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.CodeTTL = test.client })
		code := h.code()
		h.pass(test.passed)
		_, err := h.exchange(code)
		wantCode(t, err, test.code)
	}
}

func TestDeviceCodesHaveTheLifetimeOfTheirClient(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.DeviceCodeTTL = oauth.Lifetime(2 * time.Minute) })
	started, err := h.AuthorizeDevice(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "scope", "read"))
	if err != nil || started.ExpiresIn != 120 {
		t.Fatalf("got %+v %v", started, err)
	}
	h.pass(2 * time.Minute)
	_, err = h.token("grant_type", oauth.GrantDeviceCode, "device_code", started.DeviceCode)
	wantCode(t, err, "expired_token")
}

func TestLifetimesAndServiceUserAreChecked(t *testing.T) {
	c := &oauth.Client{
		ID: "app", Name: "App", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{callback}, ServiceUserID: "robot-id",
		CodeTTL: oauth.Lifetime(10*time.Minute + time.Second), DeviceCodeTTL: oauth.Lifetime(61 * time.Minute),
	}
	wanted := map[string]bool{"code_ttl": true, "device_code_ttl": true, "service_user_id": true}
	for _, fault := range provider.ValidateClient(c, oauth.DefaultScopeInfos()) {
		if !wanted[fault.Field] {
			t.Errorf("got %v", fault)
		}
		delete(wanted, fault.Field)
	}
	if len(wanted) > 0 {
		t.Errorf("not rejected: %v", wanted)
	}
}
