package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
)

// TestPersonAddsRenamesAndRemovesAPasskey on the page Security, and confirms with it.
func TestPersonAddsRenamesAndRemovesAPasskey(t *testing.T) {
	d := startDemo(t)
	b := newBrowser(t, true)
	authenticator := b.addAuthenticator("internal", true)
	security := d.provider + "/o/account/security/"
	b.open(d.provider + "/o/login/?next=/o/account/security/")
	b.logIn("admin", d.password)
	b.says("You have no passkey yet")
	b.accessible("security_empty")
	b.open(security + "totp/")
	b.accessible("totp")
	b.open(security + "passkey/")
	b.accessible("passkey")
	b.typed("#name", "Laptop")
	b.clickThrough("[data-passkey-button]")
	b.says("Save these codes now")
	b.accessible("codes")
	b.open(security)
	b.says("10 of 10 left")
	b.accessible("security")
	b.open(security + "passkey/")
	b.click("[data-passkey-button]")
	b.says("already has a passkey for your account")
	b.open(d.provider + "/o/account/confirm/?next=/o/account/security/")
	b.accessible("confirm")
	b.clickThrough("[data-passkey-button]")
	b.says("10 of 10 left")
	b.click("li details summary")
	b.typed("li input[name=name]", "Old laptop")
	b.clickThrough("li details button")
	b.says("Old laptop")
	b.clickThrough("button[value=remove]")
	b.says("Remove the passkey Old laptop?")
	b.clickThrough("main form button.danger")
	b.says("can no longer log in")
	b.says("You have no passkey yet")
	b.forgets(authenticator)
}

// forgets waits until the browser has deleted the passkeys of an authenticator: the page signals
// that the account has none (WebAuthn §5.1.10.3).
func (b *browser) forgets(authenticator webauthn.AuthenticatorID) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
		var kept webauthn.GetCredentialsResult
		b.do(call(webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: authenticator}, &kept))
		switch {
		case len(kept.Credentials) == 0:
			return
		case time.Now().After(deadline):
			b.t.Fatalf("the authenticator still has %d passkeys", len(kept.Credentials))
		}
	}
}
