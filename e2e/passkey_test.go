package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// call is a step that sends a command to Chromium.
func call[P, R any](command cdp.Command[P, R], params P, result *R) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		got, err := cdp.Call(ctx, target, command, params)
		if result != nil {
			*result = got
		}
		return chromedp.Void{}, err
	}
}

// authenticator adds an authenticator with a fingerprint reader to the browser. The
// returned function lets the person touch it, or not.
func (b *browser) authenticator() (touch func(bool)) {
	b.t.Helper()
	var added webauthn.AddVirtualAuthenticatorResult
	b.do(
		call(webauthn.Enable, webauthn.EnableParams{}, nil),
		call(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
			AutomaticPresenceSimulation: true, IsUserVerified: true,
		}}, &added),
	)
	return func(touched bool) {
		b.t.Helper()
		b.do(call(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: added.AuthenticatorID, Enabled: touched}, nil))
	}
}

// TestPasskeyLogsInByTheButtonAndByAutofill: the person adds a passkey, logs in with one
// click, and by the autofill of the field for the username.
func TestPasskeyLogsInByTheButtonAndByAutofill(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	touch := b.authenticator()
	b.open(d.provider + "/o/login/?next=/o/account/security/passkey/")
	b.logIn("admin", d.password)
	b.typed("#name", "Laptop")
	b.clickThrough("[data-passkey-button]")
	b.says("Save these codes now")

	logOut := func() {
		b.open(d.provider + "/o/logout/")
		b.clickThrough("main form button")
	}
	logOut()
	touch(false) // the autofill waits
	b.open(d.provider + "/o/login/?next=/o/account/")
	b.says("Log in with a passkey")
	b.click("form[data-passkey] button")
	touch(true)
	b.says("Your account")

	logOut()
	b.open(d.provider + "/o/login/?next=/o/account/")
	b.says("Your account") // the authenticator answers the request of the autofill
}
