package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// TestDeviceIsConnectedInABrowser connects a device, which uses the device flow of
// x/oauth2 (RFC 8628). The pages work without scripts too.
func TestDeviceIsConnectedInABrowser(t *testing.T) {
	t.Parallel()
	p := startProvider(t, "--device-poll-interval", "1s")
	id := p.run("", "app", "add", "--name", "Living room", "--type", "public", "--grant", "device_code", "--grant", "refresh")["client_id"].(string)
	ctx := oidc.ClientContext(context.Background(), p.client())
	op, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{ClientID: id, Endpoint: op.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess}}
	start := func() *oauth2.DeviceAuthResponse {
		t.Helper()
		started, err := config.DeviceAuth(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return started
	}

	b := newBrowser(t, true)
	started := start()
	tokens := make(chan *oauth2.Token, 1)
	failed := make(chan error, 1)
	go func() {
		token, err := config.DeviceAccessToken(ctx, started)
		tokens <- token
		failed <- err
	}()
	b.open(started.VerificationURI)
	b.logIn(personName, personPassword)
	b.says("Connect a device")
	b.accessible("the device page")
	b.typed("#user_code", "bbbbbbbb")
	b.press(kb.Enter) // it submits the form
	b.says("This code is not correct")
	b.accessible("the device page after a wrong code")
	b.typed("#user_code", strings.ToLower(strings.ReplaceAll(started.UserCode, "-", "")))
	b.clickThrough("form button.primary")
	b.says("Authorize Living room?")
	b.says(started.UserCode)
	b.says("the same as yours")
	b.accessible("the question about a device")
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("The device is connected")
	b.accessible("the page after the approval")
	token := <-tokens
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if _, err := op.Verifier(&oidc.Config{ClientID: id}).Verify(ctx, raw); err != nil {
		t.Error(err)
	}
	token.Expiry = token.Expiry.AddDate(-1, 0, 0)
	if fresh, err := config.TokenSource(ctx, token).Token(); err != nil || fresh.RefreshToken == token.RefreshToken {
		t.Errorf("the refresh: %v", err)
	}
	if _, err := config.DeviceAccessToken(ctx, started); !isOAuthError(err, "invalid_grant") {
		t.Errorf("the device code again: %v", err)
	}

	t.Log("a link with the code, and a denial")
	started = start()
	b = newBrowser(t, false)
	b.open(started.VerificationURIComplete)
	b.logIn(personName, personPassword)
	b.says("must show exactly this code")
	b.picture("device-code")
	if shown := b.value("#user_code"); shown != started.UserCode {
		t.Errorf("the page shows %q, the device %q", shown, started.UserCode)
	}
	b.clickThrough("form button.primary")
	b.says("Authorize Living room?")
	b.clickThrough("button[value=cancel]")
	b.says("The device was not connected")
	if _, err := config.DeviceAccessToken(ctx, started); !isOAuthError(err, "access_denied") {
		t.Errorf("after the denial: %v", err)
	}
	b.open(started.VerificationURIComplete)
	b.clickThrough("form button.primary")
	b.says("This code has been used")
}

// TestConsumerIsADevice uses the consumer as a device, and another tab as the phone
// of the person.
func TestConsumerIsADevice(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	added, err := exec.Command(binary, "app", "add", "--name", "The consumer", "--type", "public", "--grant", "device_code", "--grant", "refresh",
		"--allowed-origin", d.consumer, "--json", "--data", d.data).Output()
	if err != nil {
		t.Fatal(err)
	}
	var client struct {
		ID string `json:"client_id"`
	}
	if err := json.Unmarshal(added, &client); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, true)
	b.open(d.consumer + "/consumer/device/?client_id=" + client.ID)
	b.says("The endpoints were read")
	b.accessible("the device page of the consumer")
	b.click("#start")
	b.says("Waiting for your decision")
	b.accessible("the consumer that waits for the person")
	if drawn := evaluate[bool](b, `document.querySelector("#qr").decode().then(() => document.querySelector("#qr").naturalWidth > 100)`); !drawn {
		t.Error("there is no QR code")
	}
	phone := b.tab()
	phone.open(evaluate[string](b, `document.querySelector("#complete").href`))
	phone.logIn("admin", d.password)
	phone.says("must show exactly this code")
	phone.clickThrough("form button.primary")
	phone.says("Authorize The consumer?")
	phone.click("#allow")
	phone.clickThrough("button[value=authorize]")
	phone.says("The device is connected")
	b.says("The tokens are on the Tokens page")
	b.open(d.consumer + "/consumer/done/")
	if token := b.value("#access_token"); token == "" {
		t.Error("there is no access token")
	}
}

func isOAuthError(err error, code string) bool {
	failure, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && failure.ErrorCode == code
}
