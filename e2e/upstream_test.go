package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// continues follows the button for the other provider on the login page.
func (f *federation) continues(b *browser) {
	b.t.Helper()
	b.open(f.login("/o/account/"))
	b.clickThrough(`a[href*="/login/with/acme/"]`)
}

// TestPeopleLogInWithAnotherProviderInABrowser: the account is created at the first login and
// found at the second, a person who is logged in connects the provider, and an account there
// of another person is refused.
func TestPeopleLogInWithAnotherProviderInABrowser(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{true, false} {
		f := newFederation(t, nil)
		b := newBrowser(t, scripts)
		t.Log("sign-up")
		f.continues(b)
		b.logIn("grace", latchkeytest.Password)
		f.allows(b)
		b.says("Your account")
		f.expect(b, "grace", "the sign-up")
		f.leaves(b)
		t.Log("login without another question, because the other provider still knows the browser")
		f.continues(b)
		b.says("Your account")
		f.expect(b, "grace", "the login")

		t.Log("connection")
		ada := newBrowser(t, scripts)
		f.enters(ada, "ada")
		f.connects(ada)
		ada.logIn("ada", latchkeytest.Password)
		f.allows(ada)
		ada.says("Disconnect")
		f.leaves(ada)
		f.continues(ada)
		ada.says("Your account")
		f.expect(ada, "ada", "the login with the connected provider")

		t.Log("an account that belongs to another person")
		eve := newBrowser(t, scripts)
		f.enters(eve, "eve")
		f.connects(eve)
		eve.logIn("grace", latchkeytest.Password)
		eve.says("Another account here is already connected")
		f.expect(eve, "eve", "the refusal")
	}
}

// TestUnknownPeopleOfAnotherProviderAreRejectedInABrowser: they see the reason and other ways to log in.
func TestUnknownPeopleOfAnotherProviderAreRejectedInABrowser(t *testing.T) {
	t.Parallel()
	f := newFederation(t, func(p *latchkey.LoginProvider) { p.SignUp = "never" })
	b := newBrowser(t, false)
	f.continues(b)
	b.logIn("mallory", latchkeytest.Password)
	f.allows(b)
	b.says("No account here is connected with your account at Acme")
	b.clickThrough("main .actions a")
	b.see("#password")
	f.expect(b, "", "the refusal")
}

// TestLogoutPassesBetweenProvidersInABrowser: a logout here ends the session there (RP-Initiated
// Logout 1.0), and a logout there ends the session here (Back-Channel Logout 1.0).
func TestLogoutPassesBetweenProvidersInABrowser(t *testing.T) {
	t.Parallel()
	f := newFederation(t, func(p *latchkey.LoginProvider) { p.SingleLogout = true })
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- f.other.Server.Run(ctx) }()
	t.Cleanup(func() { stop(); <-stopped })
	for _, scripts := range []bool{true, false} {
		b := newBrowser(t, scripts)
		f.continues(b)
		b.logIn("grace", latchkeytest.Password)
		if scripts { // the second browser is not asked: grace has allowed it
			f.allows(b)
		}
		b.says("Your account")
		f.expect(b, "grace", "the login")
		t.Log("sent")
		b.open(f.Issuer + "/logout/")
		b.clickThrough("main form button.primary")
		b.says("is asking you to log out here as well")
		b.clickThrough("main form button.primary")
		b.says("You are logged out")
		b.open(f.other.Issuer + "/account/")
		b.see("#password")
		f.expect(b, "", "the logout")

		t.Log("received")
		f.continues(b)
		b.logIn("grace", latchkeytest.Password)
		b.says("Your account")
		f.expect(b, "grace", "the second login")
		b.open(f.other.Issuer + "/logout/")
		b.clickThrough("main form button.primary")
		b.says("You are logged out")
		for deadline := time.Now().Add(patience); f.person(b) != ""; <-time.After(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the logout at the provider does not end the session")
			}
		}
	}
}

// TestAdministratorsTryALoginInABrowser: "Try a login" shows whose account it would be, and logs
// nobody in.
func TestAdministratorsTryALoginInABrowser(t *testing.T) {
	t.Parallel()
	f := newFederation(t, nil)
	f.Add(account.NewUser{Username: "root", Admin: true})
	for _, scripts := range []bool{true, false} {
		b := newBrowser(t, scripts)
		b.open(f.URL + "/admin/")
		b.logIn("root", latchkeytest.Password)
		b.clickThrough(`nav a[href*="/login-providers/"]`)
		b.clickThrough(`main a[href*="/login-providers/acme/"]`)
		b.clickThrough(`form[action$="/try/"] button`)
		b.logIn("grace", latchkeytest.Password)
		if scripts {
			f.allows(b)
		}
		b.says("A new account would be created.")
		b.says("grace@acme.example")
		f.expect(b, "root", "the test")
	}
	if _, err := f.Store.UserByName(t.Context(), "grace"); err == nil {
		t.Error("the test has created an account")
	}
}
