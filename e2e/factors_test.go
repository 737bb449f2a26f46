package e2e

import "testing"

// TestPersonAddsRenamesAndRemovesAPasskey on the page Security, and confirms with it. The removed
// passkey vanishes from the device, too (WebAuthn §5.1.10.2).
func TestPersonAddsRenamesAndRemovesAPasskey(t *testing.T) {
	d := startDemo(t)
	b := newBrowser(t, true)
	b.authenticator()
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
	if n := b.passkeys(); n != 1 {
		t.Fatalf("the device has %d passkeys before the removal", n)
	}
	b.clickThrough("button[value=remove]")
	b.says("Remove the passkey Old laptop?")
	b.clickThrough("main form button.danger")
	b.says("can no longer log in")
	b.says("You have no passkey yet")
	b.forgetsPasskeys()
}
