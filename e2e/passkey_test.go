package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
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
func (b *browser) authenticator() (touch func(bool)) { return b.authenticatorOf("internal", true) }

// authenticatorOf is authenticator for another transport: a browser has one that is internal.
// Without discoverable, it creates passkeys that it finds only if the page lists them.
func (b *browser) authenticatorOf(transport webauthn.AuthenticatorTransport, discoverable bool) (touch func(bool)) {
	b.t.Helper()
	var added webauthn.AddVirtualAuthenticatorResult
	b.do(
		call(webauthn.Enable, webauthn.EnableParams{}, nil),
		call(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: transport, HasResidentKey: discoverable, HasUserVerification: true,
			AutomaticPresenceSimulation: true, IsUserVerified: true,
		}}, &added),
	)
	b.device = added.AuthenticatorID
	return func(touched bool) {
		b.t.Helper()
		b.do(call(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: added.AuthenticatorID, Enabled: touched}, nil))
	}
}

// passkeys returns the number of passkeys in the authenticator that was added last.
func (b *browser) passkeys() int {
	b.t.Helper()
	var found webauthn.GetCredentialsResult
	b.do(call(webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: b.device}, &found))
	return len(found.Credentials)
}

// forgetsPasskeys waits until the authenticator that was added last has no passkeys: the page has
// told the browser which ones it can delete (WebAuthn §5.1.10).
func (b *browser) forgetsPasskeys() {
	b.t.Helper()
	for deadline := time.Now().Add(patience); b.passkeys() > 0; <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatal("the device still has a passkey that was removed here")
		}
	}
}

// withoutAutofill makes the pages that the browser opens from now on behave as in a browser that does
// not offer passkeys in the autofill of a field. Otherwise, the authenticator answers the request of the
// autofill before the person can click the button. Disabling the touch until the click does not work: an
// authenticator that is asked without a touch never answers, and the test cannot observe when it is asked.
// The returned function restores the autofill.
func (b *browser) withoutAutofill() (end func()) {
	b.t.Helper()
	var added cdppage.AddScriptToEvaluateOnNewDocumentResult
	b.do(call(cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
		Source: `if (globalThis.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false`,
	}, &added))
	return func() {
		b.t.Helper()
		b.do(call(cdppage.RemoveScriptToEvaluateOnNewDocument, cdppage.RemoveScriptToEvaluateOnNewDocumentParams(added), nil))
	}
}

// TestPasskeyLogsInByTheButtonAndByAutofill: the person adds a passkey, logs in with one
// click, and by the autofill of the field for the username.
func TestPasskeyLogsInByTheButtonAndByAutofill(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	b.authenticator()
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
	autofill := b.withoutAutofill()
	b.open(d.provider + "/o/login/?next=/o/account/")
	b.says("Log in with a passkey")
	b.clickThrough("form[data-passkey] button")
	b.says("Your account")

	logOut()
	autofill()
	b.open(d.provider + "/o/login/?next=/o/account/")
	b.says("Your account") // the authenticator answers the request of the autofill
}

// TestPasskeyThatIsNotKnownVanishesFromTheDevice: an administrator removed it, and the person tries
// to log in with it (WebAuthn §5.1.10.1).
func TestPasskeyThatIsNotKnownVanishesFromTheDevice(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	u := w.AddUser("bea", false)
	b := newBrowser(t, true)
	b.authenticator()
	w.addPasskey(b, "bea")
	if err := w.Accounts.ResetFactors(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if n := b.passkeys(); n != 1 {
		t.Fatalf("the device has %d passkeys before the login", n)
	}
	b.withoutAutofill()
	b.open(w.login("/o/account/"))
	b.clickThrough("form[data-passkey] button")
	b.says("This passkey could not be verified")
	b.forgetsPasskeys()
}

// TestPasskeyThatIsNotDiscoverableLogsInAfterTheName: the browser finds it in the list that
// belongs to the name, and not with the button of the first page.
func TestPasskeyThatIsNotDiscoverableLogsInAfterTheName(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--identifier-first")
	b := newBrowser(t, true)
	b.authenticatorOf("usb", false)
	b.open(d.provider + "/o/login/?next=/o/account/security/passkey/")
	b.typed("#username", "admin")
	b.clickThrough("form button[type=submit]")
	b.typed("#password", d.password)
	b.clickThrough("form button[type=submit]")
	b.typed("#name", "Security key")
	b.clickThrough("[data-passkey-button]")
	b.says("Save these codes now")
	b.open(d.provider + "/o/logout/")
	b.clickThrough("main form button")

	b.open(d.provider + "/o/login/?next=/o/account/")
	b.click("form[data-passkey] button")
	b.says("No passkey was used")
	b.typed("#username", "admin")
	b.clickThrough("form button[type=submit]")
	b.says("Not you?")
	b.clickThrough("form[data-passkey] button")
	b.says("Your account")
}

// TestAccountWithoutAPasswordLogsInOnlyWithItsPasskeys: the person removes the password. Then
// the page that follows the name has no field for it, the passkey logs in, and the person can
// set a password again.
func TestAccountWithoutAPasswordLogsInOnlyWithItsPasskeys(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--identifier-first")
	b := newBrowser(t, true)
	touch := b.authenticator()
	b.open(d.provider + "/o/login/?next=/o/account/security/passkey/")
	b.typed("#username", "admin")
	b.clickThrough("form button[type=submit]")
	b.typed("#password", d.password)
	b.clickThrough("form button[type=submit]")
	b.typed("#name", "Laptop")
	b.clickThrough("[data-passkey-button]")
	b.says("Save these codes now")
	touch(false)
	b.authenticatorOf("usb", true)
	b.open(d.provider + "/o/account/security/passkey/")
	b.typed("#name", "Phone")
	b.clickThrough("[data-passkey-button]")
	b.says("Phone")
	b.open(d.provider + "/o/logout/")
	b.clickThrough("main form button")

	b.withoutAutofill()
	byName := func() {
		b.t.Helper()
		b.open(d.provider + "/o/login/?next=/o/account/password/&other=yes")
		b.typed("#username", "admin")
		b.clickThrough("form button[type=submit]")
		b.clickThrough("form[data-passkey] button")
	}
	byName()
	b.says("Log in without a password")
	b.clickThrough("button[value=remove]")
	b.clickThrough("main form button.danger")
	b.says("no password")
	b.open(d.provider + "/o/logout/")
	b.clickThrough("main form button")

	b.open(d.provider + "/o/account/")
	byName()
	b.says("no password")
	b.typed("#password", "a new long password 42")
	b.typed("#password_again", "a new long password 42")
	b.clickThrough("main form button.primary")
	b.says("Change")
}
