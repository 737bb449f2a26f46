package provider_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// device starts a request of a device as the usual client.
func (h *house) device(pairs ...string) *provider.DeviceAuthorization {
	h.t.Helper()
	started, err := h.AuthorizeDevice(ctx, "", params(h.t, append([]string{"client_id", h.id, "client_secret", h.key}, pairs...)...))
	if err != nil {
		h.t.Fatal(err)
	}
	return started
}

// poll requests the tokens of a device.
func (h *house) poll(deviceCode string, pairs ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.token(append([]string{"grant_type", oauth.GrantDeviceCode, "device_code", deviceCode}, pairs...)...)
}

// enter returns the request of the code that the person entered.
func (h *house) enter(userCode string) *provider.AuthorizationRequest {
	h.t.Helper()
	r, err := h.BeginDevice(ctx, h.who, userCode)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// approveDevice enters the code and allows everything.
func (h *house) approveDevice(userCode string) {
	h.t.Helper()
	r := h.enter(userCode)
	r.Show(h.who)
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err != nil {
		h.t.Fatal(err)
	}
}

// RFC 8628 §3.2: the response has everything that a device needs.
func TestDeviceAuthorizationResponse(t *testing.T) {
	h := newHouse(t, nil)
	started := h.device("scope", "read")
	if started.VerificationURI != issuer+"/device/" || started.VerificationURIComplete != issuer+"/device/?user_code="+started.UserCode ||
		started.ExpiresIn != 600 || started.Interval != 5 {
		t.Errorf("got %+v", started)
	}
	if shown := provider.FormatUserCode(strings.ToLower(started.UserCode)); shown != started.UserCode {
		t.Errorf("user code %q is shown as %q", started.UserCode, shown)
	}
	if token, ok := oauth.ParseToken(started.DeviceCode, oauth.KindDeviceCode); !ok || !token.ID.Time().Equal(h.now) {
		t.Errorf("device code %q", started.DeviceCode)
	}
}

// RFC 8628 §3.1: errors are those of the token endpoint.
func TestDeviceAuthorizationIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []string
		code  string
	}{
		{"an unknown client", []string{"client_id", "nobody"}, "invalid_client"},
		{"no client", []string{"client_id", ""}, "invalid_client"},
		{"a wrong secret", []string{"client_secret", "wrong"}, "invalid_client"},
		{"no secret of a confidential client", []string{"client_secret", ""}, "invalid_client"},
		{"an unknown scope", []string{"scope", "no-such-scope"}, "invalid_scope"},
		{"a client without the grant", []string{"client_id", "other", "client_secret", ""}, "unauthorized_client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, nil)
			h.add(&oauth.Client{ID: "other", Name: "Other", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{callback}})
			_, err := h.AuthorizeDevice(ctx, "", params(t, append([]string{"client_id", h.id, "client_secret", h.key}, c.pairs...)...))
			wantCode(t, err, c.code)
		})
	}
}

// RFC 8628 §3.5: a device waits until the person decides, and then gets tokens for
// what the person allowed.
func TestDeviceGetsTokensAfterApproval(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.OwnLogin = true })
	started := h.device("scope", "openid read write offline_access")
	_, err := h.poll(started.DeviceCode)
	wantCode(t, err, "authorization_pending")
	r := h.enter(started.UserCode)
	r.Show(h.who)
	h.pass(10 * time.Second)
	if _, err := h.Approve(ctx, r, h.who, oauth.Scopes{"openid", "read"}, true); err != nil {
		t.Fatal(err)
	}
	response, err := h.poll(started.DeviceCode)
	if err != nil {
		t.Fatal(err)
	}
	if response.Scope != "openid read" || response.RefreshToken == "" || response.IDToken == "" || !h.active(response.AccessToken) {
		t.Errorf("got %+v", response)
	}
	// RFC 8628 §5.2: the login session is that of another device.
	if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.refresh(response.RefreshToken); err != nil {
		t.Errorf("after the person has logged out in the browser: %v", err)
	}
}

// RFC 8628 §3.4: each condition of a device code is checked, and a request that
// does not meet it does not use up the code.
func TestDeviceCodeIsRefusedWithTheReasonThatDiffers(t *testing.T) {
	h := newHouse(t, nil)
	other := &oauth.Client{ID: "other", Name: "Other", Type: oauth.Public, GrantTypes: []string{oauth.GrantDeviceCode}}
	h.add(other)
	started := h.device()
	h.approveDevice(started.UserCode)
	real, _ := oauth.ParseToken(started.DeviceCode, oauth.KindDeviceCode)
	for _, c := range []struct {
		name, code string
		pairs      []string
		want       string
		reason     string
	}{
		{"no code", "", nil, "invalid_request", ""},
		{"an authorization code", h.code(), nil, "invalid_grant", "unknown"},
		{"another text", "x", nil, "invalid_grant", "unknown"},
		{"a code that was never issued", oauth.NewToken(oauth.KindDeviceCode, h.now).String(), nil, "invalid_grant", "unknown"},
		{"another secret", oauth.Token{Kind: oauth.KindDeviceCode, ID: real.ID, Secret: [32]byte{9}}.String(), nil, "invalid_grant", "unknown"},
		{"another client", started.DeviceCode, []string{"client_id", "other", "client_secret", ""}, "invalid_grant", "foreign"},
		{"a confidential client without its secret", started.DeviceCode, []string{"client_secret", ""}, "invalid_client", "no_secret"},
	} {
		_, err := h.poll(c.code, c.pairs...)
		refused, _ := errors.AsType[*oauth.Error](err)
		if refused == nil || refused.Code != c.want || refused.Reason != c.reason {
			t.Errorf("%s: got %v, want %s because of %s", c.name, err, c.want, c.reason)
		}
	}
	if _, err := h.poll(started.DeviceCode); err != nil {
		t.Errorf("afterwards the device itself gets %v", err)
	}
}

// RFC 8628 §3.5: the device stops when the person has denied it, or has not
// decided in time.
func TestDeviceThatWasDeniedOrIsTooLateGetsNoTokens(t *testing.T) {
	h := newHouse(t, nil)
	denied, late, undecided := h.device(), h.device(), h.device()
	if err := h.DenyDevice(ctx, h.enter(denied.UserCode)); err != nil {
		t.Fatal(err)
	}
	_, err := h.poll(denied.DeviceCode)
	wantCode(t, err, "access_denied")
	_, err = h.poll(denied.DeviceCode)
	wantCode(t, err, "access_denied")

	request := h.enter(late.UserCode)
	h.approveDevice(undecided.UserCode)
	h.pass(10 * time.Minute)
	_, err = h.poll(late.DeviceCode)
	wantCode(t, err, "expired_token")
	_, err = h.poll(undecided.DeviceCode)
	wantCode(t, err, "expired_token")
	if err := h.DenyDevice(ctx, request); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a decision after the code has expired: %v", err)
	}
	request.Show(h.who)
	if _, err := h.Approve(ctx, request, h.who, request.RequestedScopes(), true); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("an approval after the code has expired: %v", err)
	}
	if problem, err := h.DeviceProblem(ctx, request.Device); problem != provider.UserCodeExpired || err != nil {
		t.Errorf("got %q, %v", problem, err)
	}
}

// If the person allows none of the scopes, the device receives access_denied.
func TestDeviceThatMayHaveNothingIsDenied(t *testing.T) {
	h := newHouse(t, nil)
	started := h.device("scope", "read")
	r := h.enter(started.UserCode)
	r.Show(h.who)
	_, err := h.Approve(ctx, r, h.who, nil, true)
	wantCode(t, err, "access_denied")
	_, err = h.poll(started.DeviceCode)
	wantCode(t, err, "access_denied")
}

// RFC 8628 §3.4: a device code is redeemed once. A second use revokes the tokens,
// because the device did not get them or is not alone.
func TestDeviceCodeIsRedeemedOnce(t *testing.T) {
	h := newHouse(t, nil)
	started := h.device()
	h.approveDevice(started.UserCode)
	var mu sync.Mutex
	var won []*provider.TokenResponse
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			response, err := h.poll(started.DeviceCode)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, response)
			} else if refused, ok := errors.AsType[*oauth.Error](err); !ok || refused.Reason != "used_before" {
				t.Errorf("got %v", err)
			}
		})
	}
	wait.Wait()
	if len(won) != 1 {
		t.Fatalf("%d of 64 polls got tokens", len(won))
	}
	if h.active(won[0].AccessToken) {
		t.Error("the second use did not revoke the tokens")
	}
}

// Two people enter the same code: the first decision counts (RFC 8628 §3.3).
func TestDeviceBelongsToThePersonWhoDecidedFirst(t *testing.T) {
	h := newHouse(t, nil)
	started := h.device()
	r := h.enter(started.UserCode)
	adas, bobs := *r, *r
	adas.Show(h.who)
	bobs.Show(another)
	if _, err := h.Approve(ctx, &adas, h.who, r.RequestedScopes(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Approve(ctx, &bobs, another, r.RequestedScopes(), true); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("the second decision: %v", err)
	}
	if err := h.DenyDevice(ctx, r); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a denial after the approval: %v", err)
	}
	response, err := h.poll(started.DeviceCode)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.CheckAccessToken(ctx, response.AccessToken); err != nil || found.Subject != h.who.Subject {
		t.Errorf("got %+v, %v", found, err)
	}
}

// RFC 8628 §5.4: the person is asked, even if the client skips consent and the
// person has allowed everything before.
func TestPersonIsAskedForEveryDevice(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.SkipAuthorization = true })
	h.approveDevice(h.device().UserCode)
	r := h.enter(h.device().UserCode)
	if step, err := h.Next(ctx, r, &h.who); step != provider.StepConsent || err != nil {
		t.Errorf("the next step is %q, %v", step, err)
	}
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), false); !errors.Is(err, provider.ErrChanged) {
		t.Errorf("an approval without the page: %v", err)
	}
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err == nil {
		t.Error("approved in a session in which the page was not shown")
	}
}

// A revocation of everything before the decision does not affect the device; a
// revocation after it does.
func TestDeviceIsIssuedWhenThePersonDecides(t *testing.T) {
	h := newHouse(t, nil)
	before, after := h.device(), h.device()
	h.pass(time.Second)
	if err := h.store.SetSubject(ctx, h.who.Subject, false, h.now); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Second)
	h.approveDevice(before.UserCode)
	if _, err := h.poll(before.DeviceCode); err != nil {
		t.Errorf("everything was revoked before the decision: %v", err)
	}
	h.approveDevice(after.UserCode)
	if err := h.store.SetSubject(ctx, h.who.Subject, false, h.now); err != nil {
		t.Fatal(err)
	}
	_, err := h.poll(after.DeviceCode)
	wantCode(t, err, "invalid_grant")
}

// The page shows from where the request came, which the device cannot choose.
func TestDeviceRequestHasTheAddressOfTheDevice(t *testing.T) {
	h := newHouse(t, nil)
	from := context.WithValue(ctx, provider.AddressKey{}, provider.ClientAddressFunc(func() netip.Addr { return netip.MustParseAddr("::ffff:192.0.2.7") }))
	started, err := h.AuthorizeDevice(from, "", params(t, "client_id", h.id, "client_secret", h.key))
	if err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	r := h.enter(started.UserCode)
	if d := r.Device; d.Address != "192.0.2.7" || !d.StartedAt().Equal(h.now.Add(-time.Minute)) || d.UserCode != started.UserCode {
		t.Errorf("got %+v", d)
	}
	handle, err := h.Seal(r, "this browser")
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := h.Open(ctx, handle, "this browser"); err != nil || *opened.Device != *r.Device {
		t.Errorf("opened again: %+v, %v", opened, err)
	}
}

// A client that is no longer allowed to use the grant gets nothing.
func TestDeviceOfAClientThatLostTheGrant(t *testing.T) {
	h := newHouse(t, nil)
	started := h.device()
	r := h.enter(started.UserCode)
	r.Show(h.who)
	client, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	client.GrantTypes = slices.DeleteFunc(client.GrantTypes, func(g string) bool { return g == oauth.GrantDeviceCode })
	if err := h.store.UpdateClient(ctx, client); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); !errors.Is(err, provider.ErrChanged) {
		t.Errorf("got %v", err)
	}
	if _, err := h.BeginDevice(ctx, h.who, started.UserCode); err == nil {
		t.Error("the code was accepted")
	}
	_, err = h.poll(started.DeviceCode)
	wantCode(t, err, "unauthorized_client")
}

// RFC 8707 §2: the tokens are for the resource that the device requested.
func TestDeviceRequestsAResource(t *testing.T) {
	const api = "https://api.example/v1"
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.Resources = []oauth.ResourceInfo{{URI: api, Scopes: oauth.Scopes{"read"}}}
	})
	started := h.device("scope", "read", "resource", api)
	h.approveDevice(started.UserCode)
	_, err := h.poll(started.DeviceCode, "resource", issuer)
	wantCode(t, err, "invalid_target")
	response, err := h.poll(started.DeviceCode)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.CheckAccessToken(ctx, response.AccessToken); err != nil || !found.Audience.Contains(api) {
		t.Errorf("got %+v, %v", found, err)
	}
	_, err = h.AuthorizeDevice(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "resource", "https://other.example/"))
	wantCode(t, err, "invalid_target")
}
