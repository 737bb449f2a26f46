package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestProvidersOnlyAllowsPasswordsAndPasskeysOnlyToAdministrators, in every way in which a person
// could log in or create an account here. A person whom the provider has removed could otherwise
// get in.
func TestProvidersOnlyAllowsPasswordsAndPasskeysOnlyToAdministrators(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	key := newAuthenticator(t, algES256)
	grace := p.createWithEmail(t, "grace", "grace@example.com", true)
	cookie := p.startSession(t, grace)
	p.addPasskey(t, cookie, key)
	root := p.createWithEmail(t, "root", "root@example.com", true)
	root.Admin = true
	must(t, p.Update(ctx, root))
	weak := p.createWithEmail(t, "weak", "weak@example.com", true)
	weakCookie, link := p.startSession(t, weak), p.resetProof(t, weak)
	_, code, err := p.Invite(ctx, account.NewInvitation{})
	must(t, err)
	_, adminCode, err := p.Invite(ctx, account.NewInvitation{Admin: true})
	must(t, err)

	p.LoginProvidersOnly = true
	_, _, err = p.login("weak", password, "", "198.51.100.1")
	wantErr(t, "a password", err, account.ErrWrongPassword)
	_, err = p.CheckPassword(ctx, account.Attempt{Username: "weak", Password: password, Address: clientAddress})
	wantErr(t, "a check of the password", err, account.ErrWrongPassword)
	_, _, err = p.StartSession(ctx, p.user(t, weak.ID), account.Browser{}, "")
	wantErr(t, "a session without a provider", err, account.ErrWrongPassword)
	_, _, _, err = p.LoginWithPasskey(ctx, account.PasskeyLogin{Secret: browserSecret, Request: "request"}, key.get(t, p.loginOptions(t)))
	wantErr(t, "a passkey", err, account.ErrPasskey)
	if _, unknown := errors.AsType[*account.UnknownPasskeyError](err); unknown {
		t.Error("the browser is asked to remove the passkey")
	}
	_, _, err = p.ConfirmWithPassword(ctx, weakCookie, password)
	wantErr(t, "a confirmation", err, account.ErrWrongPassword)
	_, err = p.ResetPassword(ctx, link, "another password", visitor)
	wantErr(t, "an old link for a new password", err, account.ErrInvalidLink)
	must(t, p.RequestReset(ctx, "weak", visitor, account.Return{}))
	if letters := p.letters(t); len(letters) != 0 {
		t.Errorf("a link for a new password was sent: %+v", letters)
	}
	if ways := p.ways(t, "weak"); ways.Passkeys || len(ways.Providers) > 0 {
		t.Errorf("the ways are %+v", ways)
	}
	_, err = p.SignUp(ctx, account.NewUser{Username: "eve", Password: password}, clientAddress)
	wantErr(t, "sign-up", err, account.ErrOnlyAtProviders)
	accept := account.Acceptance{Code: code, User: account.NewUser{Username: "eve", Password: password}}
	_, _, err = p.AcceptInvitation(ctx, accept)
	wantErr(t, "an invitation", err, account.ErrOnlyAtProviders)
	_, err = p.PrepareInvitedPasskey(ctx, code, account.NewUser{Username: "eve"})
	wantErr(t, "a passkey with an invitation", err, account.ErrOnlyAtProviders)

	// An administrator can, so that there is a way to change the providers.
	user, _, err := p.login("root", password, "", "198.51.100.2")
	must(t, err)
	if _, _, err = p.StartSession(ctx, user, account.Browser{}, ""); err != nil {
		t.Errorf("an administrator: %v", err)
	}
	accept.Code, accept.User.Username = adminCode, "second"
	if _, _, err := p.AcceptInvitation(ctx, accept); err != nil {
		t.Errorf("the invitation of an administrator: %v", err)
	}
	must(t, p.RequestReset(ctx, "root", visitor, account.Return{}))
	if letters := p.letters(t); len(letters) == 0 {
		t.Error("an administrator gets no link for a new password")
	}
}

// TestProvidersOnlyKeepsLocalFactorsOutOfTheLastWay: a password that is not accepted does not
// count as a way to log in.
func TestProvidersOnlyKeepsLocalFactorsOutOfTheLastWay(t *testing.T) {
	p := newPeople(t)
	p.Providers = providersNamed("acme")
	ada := p.create(t, "countess")
	cookie := p.linked(t, ada, adaAtAcme())
	p.LoginProvidersOnly = true
	remove := func() error {
		return p.RemoveFactor(ctx, cookie, account.IdentityID(adaAtAcme().Issuer, adaAtAcme().Subject), false)
	}
	wantErr(t, "the only identity", remove(), account.ErrLastFactor)
	p.LoginProvidersOnly = false
	must(t, remove())
}

// TestProvidersOnlyKeepsTheSecondFactor after the login at the provider.
func TestProvidersOnlyKeepsTheSecondFactor(t *testing.T) {
	p := newPeople(t)
	ada := p.create(t, "countess")
	p.linked(t, ada, adaAtAcme())
	secret, _ := p.withTOTP(t, p.user(t, ada.ID))
	p.LoginProvidersOnly = true
	l := account.IdentityLogin{Identity: adaAtAcme()}
	result, err := p.LoginWithIdentity(ctx, l)
	wantErr(t, "the identity", err, account.ErrSecondFactor)
	sealed, err := p.SealIdentityLogin(result.User, l, browserSecret)
	must(t, err)
	p.now = p.now.Add(time.Minute)
	if _, _, err := p.FinishWithCode(ctx, account.SecondStep{Sealed: sealed, Secret: browserSecret}, totpCode(t, secret, p.now)); err != nil {
		t.Errorf("the code: %v", err)
	}
}
