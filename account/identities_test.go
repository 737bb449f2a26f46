package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// adaAtAcme is Ada at another provider.
func adaAtAcme() account.Identity {
	return account.Identity{
		Provider: "acme", Issuer: "https://acme.example", Subject: "248289761001", Username: "countess", Name: "Ada Lovelace",
		Email: "ada@acme.example", EmailVerified: true, Claims: map[string]string{"given_name": "Ada", "locale": "not a locale!", "role": "admin"},
	}
}

func (p *people) with(i account.Identity, rules account.IdentityRules) (account.IdentityResult, error) {
	return p.LoginWithIdentity(ctx, account.IdentityLogin{Identity: i, Rules: rules, Address: clientAddress})
}

// linked connects an identity with a user, in a new session, and returns its cookie.
func (p *people) linked(t *testing.T, u *account.User, i account.Identity) string {
	t.Helper()
	cookie := p.startSession(t, p.user(t, u.ID))
	if err := p.LinkIdentity(ctx, cookie, i, visitor); err != nil {
		t.Fatal(err)
	}
	return cookie
}

// identityFactors returns the identities of a user.
func (p *people) identityFactors(t *testing.T, u *account.User) []account.Factor {
	t.Helper()
	factors, err := p.Factors(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(factors, func(f account.Factor) bool { return f.Kind != account.FactorIdentity })
}

// TestUnknownIdentityFollowsTheRules: an identity that nobody has creates an account only
// if the provider may sign people up. The account has the valid values of the identity, and
// the same identity finds it again, with another address and name, too.
func TestUnknownIdentityFollowsTheRules(t *testing.T) {
	p := newPeople(t)
	_, err := p.with(adaAtAcme(), account.IdentityRules{})
	wantErr(t, "without sign-up", err, account.ErrNoAccount)
	created, err := p.with(adaAtAcme(), account.IdentityRules{SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	u := p.user(t, created.User.ID)
	if !created.Created || u.Username != "countess" || u.Name != "Ada Lovelace" || u.Email != "ada@acme.example" || u.EmailVerified() || u.Admin || u.PasswordHash != "" || !u.ExpiresAt.IsZero() {
		t.Errorf("the account: %+v", u)
	}
	if string(u.Claims) != `{"given_name":"Ada"}` {
		t.Errorf("the claims are %s", u.Claims)
	}
	if _, _, err := p.login("countess", "", "", "198.51.100.1"); err == nil {
		t.Error("an empty password logs in")
	}
	again := adaAtAcme()
	again.Username, again.Email = "other", "other@acme.example"
	found, err := p.with(again, account.IdentityRules{})
	if err != nil || found.Created || found.Linked || found.User.ID != u.ID {
		t.Errorf("the second login: %+v, %v", found, err)
	}
	for name, change := range map[string]func(*account.Identity){
		"another issuer":  func(i *account.Identity) { i.Issuer = "https://evil.example" },
		"another subject": func(i *account.Identity) { i.Subject = "248289761002" },
		"a shifted bound": func(i *account.Identity) { i.Issuer, i.Subject = i.Issuer+"2", i.Subject[1:] },
	} {
		other := adaAtAcme()
		change(&other)
		_, err := p.with(other, account.IdentityRules{})
		wantErr(t, name, err, account.ErrNoAccount)
	}
}

// TestSignUpWithAnIdentityTakesNoNameOfAnother: the provider chooses the name, so the rules
// of SignUp apply.
func TestSignUpWithAnIdentityTakesNoNameOfAnother(t *testing.T) {
	p := newPeople(t)
	p.create(t, "paypal")
	for i, test := range []struct{ username, email, want string }{
		{"ada", "", "ada-"},                     // taken
		{"p\u0430ypal", "", "p\u0430ypal-"},     // looks like another one
		{"admin", "", "user-"},                  // reserved
		{"ADMlN", "root@acme.example", "user-"}, // looks like a reserved one
		{"grace@acme.example", "", "grace"},
		{"", "hedy@acme.example", "hedy"},
		{"<b>eve</b>\u202e", "", "beveb"},
		{strings.Repeat("x", 9000), "", strings.Repeat("x", 60)},
		{"", "", "user-"},
	} {
		identity := account.Identity{Provider: "acme", Issuer: "https://acme.example", Subject: fmt.Sprint(i), Username: test.username, Email: test.email}
		result, err := p.with(identity, account.IdentityRules{SignUp: true})
		if err != nil {
			t.Fatalf("%q: %v", test.username, err)
		}
		if got := result.User.Username; !strings.HasPrefix(got, test.want) || (!strings.HasSuffix(test.want, "-") && got != test.want) {
			t.Errorf("%q %q: the username is %q, want %q", test.username, test.email, got, test.want)
		}
	}
}

// TestVerifiedAddressConnectsOnlyIfEverythingIsTrusted: the account of another person must
// not be connected by an address (account takeover).
func TestVerifiedAddressConnectsOnlyIfEverythingIsTrusted(t *testing.T) {
	trusted := account.IdentityRules{EmailDomains: []string{"other.example", "Acme.example"}}
	for name, test := range map[string]struct {
		identity func(*account.Identity)
		rules    account.IdentityRules
		prepare  func(*people, *account.User)
		verified bool
		want     error
	}{
		"everything":                       {rules: trusted, verified: true},
		"the provider did not verify it":   {identity: func(i *account.Identity) { i.EmailVerified = false }, rules: trusted, verified: true, want: account.ErrNoAccount},
		"the provider is not trusted":      {verified: true, want: account.ErrNoAccount},
		"the domain is not listed":         {rules: account.IdentityRules{EmailDomains: []string{"example"}}, verified: true, want: account.ErrNoAccount},
		"the account has not confirmed it": {rules: trusted, want: account.ErrNoAccount},
		"the account has a second factor":  {rules: trusted, verified: true, prepare: func(p *people, u *account.User) { p.withTOTP(t, u) }, want: account.ErrAddressInUse},
		"the account is of an operator": {rules: trusted, verified: true, prepare: func(p *people, u *account.User) {
			u.SetRoles(account.Roles{account.RoleOperator})
			must(t, p.Update(ctx, u))
		}, want: account.ErrAddressInUse},
		"the account is of an auditor": {rules: trusted, verified: true, prepare: func(p *people, u *account.User) {
			u.SetRoles(account.Roles{account.RoleAuditor})
			must(t, p.Update(ctx, u))
		}, want: account.ErrAddressInUse},
		"the account is of an administrator": {rules: trusted, verified: true, prepare: func(p *people, u *account.User) { u.Admin = true; must(t, p.Update(ctx, u)) }, want: account.ErrAddressInUse},
		"the account is disabled":            {rules: trusted, verified: true, prepare: func(p *people, u *account.User) { must(t, p.Disable(ctx, u.ID, false)) }, want: account.ErrDisabled},
		"another account has confirmed it":   {rules: trusted, verified: true, prepare: func(p *people, _ *account.User) { p.createWithEmail(t, "eve", "ADA@acme.example", true) }, want: account.ErrAddressInUse},
		"the address looks like another one": {identity: func(i *account.Identity) { i.Email = "ada@acme.e\u0445ample" }, rules: trusted, verified: true, want: account.ErrNoAccount},
		"the address has no @":               {identity: func(i *account.Identity) { i.Email = "acme.example" }, rules: trusted, verified: true, want: account.ErrNoAccount},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			u := p.createWithEmail(t, "countess", "ada@acme.example", test.verified)
			if test.prepare != nil {
				test.prepare(p, u)
			}
			identity := adaAtAcme()
			if test.identity != nil {
				test.identity(&identity)
			}
			result, err := p.with(identity, test.rules)
			wantErr(t, name, err, test.want)
			if err == nil && (!result.Linked || result.User.ID != u.ID) {
				t.Errorf("got %+v", result)
			}
			if letters := p.letters(t); err == nil && (len(letters) != 1 || letters[0].Kind != account.MailIdentityConnected || letters[0].To != "ada@acme.example") {
				t.Errorf("the emails: %+v", letters)
			}
			if linked := len(p.identityFactors(t, u)); (linked == 1) != (test.want == nil) {
				t.Errorf("the account has %d identities", linked)
			}
			if !errors.Is(test.want, account.ErrNoAccount) {
				return
			}
			test.rules.SignUp = true
			if result, err = p.with(identity, test.rules); err != nil || result.User.ID == u.ID {
				t.Errorf("sign-up: %+v, %v", result, err)
			}
		})
	}
}

// TestAddressThatPassedToAnotherPersonConnectsNothing: a person leaves, and the provider
// assigns the address to another person. The account still belongs to the person who left.
func TestAddressThatPassedToAnotherPersonConnectsNothing(t *testing.T) {
	trusted := account.IdentityRules{SignUp: true, EmailDomains: []string{"acme.example"}}
	successor := adaAtAcme()
	successor.Subject = "248289761002"
	p := newPeople(t)
	first, err := p.with(adaAtAcme(), trusted)
	must(t, err)
	_, err = p.with(successor, trusted)
	wantErr(t, "the same provider", err, account.ErrAddressInUse)
	if got := p.identityFactors(t, first.User); len(got) != 1 {
		t.Errorf("the account has %d identities", len(got))
	}
	successor.Provider, successor.Issuer = "other", "https://other.example"
	if found, err := p.with(successor, trusted); err != nil || found.User.ID != first.User.ID {
		t.Errorf("another provider: %+v, %v", found, err)
	}
}

// TestAddressIsTrustedOnlyAsItIs: an address that is not in the domain, or that is changed
// before it is stored, does not count as verified.
func TestAddressIsTrustedOnlyAsItIs(t *testing.T) {
	trusted := account.IdentityRules{SignUp: true, EmailDomains: []string{"books.example"}}
	for email, want := range map[string]bool{
		"ada@Books.example":              true,
		"ada@boo\u212as.example":         false, // the sign for kelvin, which Unicode folds to k
		"ada@book\u017f.example":         false, // a long s
		" ada@books.example":             false,
		"Ada <ada@books.example":         false,
		"ada@books.example.":             false,
		"ada@evil.example@books.example": false,
		`"ada@books.example"@x.example`:  false,
	} {
		p := newPeople(t)
		identity := adaAtAcme()
		identity.Email = email
		result, err := p.with(identity, trusted)
		must(t, err)
		if got := p.user(t, result.User.ID); got.EmailVerified() != want {
			t.Errorf("%q: the address %q is verified: %v", email, got.Email, got.EmailVerified())
		}
	}
}

// TestIdentityOfADisabledAccountIsRefused, and does not sign up a second time.
func TestIdentityOfADisabledAccountIsRefused(t *testing.T) {
	p := newPeople(t)
	ada := p.create(t, "countess")
	p.linked(t, ada, adaAtAcme())
	must(t, p.Disable(ctx, ada.ID, false))
	_, err := p.with(adaAtAcme(), account.IdentityRules{SignUp: true})
	wantErr(t, "a disabled account", err, account.ErrDisabled)
}

// TestSecondFactorFollowsTheIdentity, unless the provider is trusted for it and reports two
// factors. The session has the methods of both steps.
func TestSecondFactorFollowsTheIdentity(t *testing.T) {
	p := newPeople(t)
	ada := p.create(t, "countess")
	p.linked(t, ada, adaAtAcme())
	secret, _ := p.withTOTP(t, p.user(t, ada.ID))
	strong := adaAtAcme()
	strong.AMR, strong.TwoFactors = []string{"pwd", "hwk", "mfa"}, true
	for name, l := range map[string]account.IdentityLogin{
		"one factor":  {Identity: adaAtAcme(), Rules: account.IdentityRules{SecondFactor: true}},
		"not trusted": {Identity: strong},
	} {
		result, err := p.LoginWithIdentity(ctx, l)
		wantErr(t, name, err, account.ErrSecondFactor)
		if result.Cookie != "" || result.User == nil {
			t.Errorf("%s: got %+v", name, result)
		}
		sealed, err := p.SealIdentityLogin(result.User, l, browserSecret)
		must(t, err)
		p.now = p.now.Add(time.Minute)
		_, s, err := p.FinishWithCode(ctx, account.SecondStep{Sealed: sealed, Secret: browserSecret}, totpCode(t, secret, p.now))
		if err != nil || fmt.Sprint(s.AMR()) != "[otp mfa]" || s.Assurance() != account.TwoFactors || s.Provider() != "acme" {
			t.Errorf("%s: %v, %v", name, s.Methods, err)
		}
	}
	sealed, err := p.SealIdentityLogin(p.user(t, ada.ID), account.IdentityLogin{Identity: adaAtAcme()}, browserSecret)
	must(t, err)
	before := p.Providers
	p.Providers = providersNamed("other")
	_, err = p.PendingUser(ctx, account.SecondStep{Sealed: sealed, Secret: browserSecret})
	wantErr(t, "a provider that was disabled after the first step", err, account.ErrLoginExpired)
	p.Providers = before
	strong.AuthTime = p.now.Add(-time.Hour)
	result, err := p.with(strong, account.IdentityRules{SecondFactor: true})
	if err != nil || fmt.Sprint(result.Session.AMR()) != "[pwd hwk mfa]" || result.Session.Assurance() != account.TwoFactors || !result.Session.AuthTime.Equal(strong.AuthTime) {
		t.Errorf("a trusted provider: %+v, %v", result.Session, err)
	}
	// The passkey or the TOTP of the account is not proved by that of the provider.
	wantErr(t, "a change of the factors", p.CheckRecent(result.Session, p.user(t, ada.ID)), account.ErrReauthenticate)
}

// TestPasswordAtAnotherProviderIsNotThatOfTheAccount: after a login with one, a passkey that
// does not verify the person does not confirm who they are.
func TestPasswordAtAnotherProviderIsNotThatOfTheAccount(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	p.linked(t, ada, adaAtAcme())
	a := newAuthenticator(t, algES256)
	p.addPasskey(t, p.startSession(t, p.user(t, ada.ID)), a)
	strong := adaAtAcme()
	strong.AMR, strong.TwoFactors, strong.AuthTime = []string{"pwd", "mfa"}, true, p.now
	result, err := p.with(strong, account.IdentityRules{SecondFactor: true})
	must(t, err)
	a.flags = userPresent
	for _, verified := range []bool{false, true} {
		prepared, err := p.PrepareConfirmation(ctx, result.Cookie)
		must(t, err)
		if verified {
			a.flags |= userVerified
		}
		_, s, err := p.ConfirmWithPasskey(ctx, result.Cookie, a.get(t, prepared))
		switch {
		case !verified:
			wantErr(t, "a passkey that does not verify the person", err, account.ErrPasskey)
		case err != nil || fmt.Sprint(s.AMR()) != "[hwk user mfa]":
			t.Errorf("got %v, %v", s.Methods, err)
		}
	}
}

// TestOnlyTheOwnerConnectsAnIdentity: linking needs a session and a recent login, and an
// identity has one account.
func TestOnlyTheOwnerConnectsAnIdentity(t *testing.T) {
	p := newPeople(t)
	ada, eve := p.create(t, "countess"), p.create(t, "eve")
	cookie := p.linked(t, ada, adaAtAcme())
	if err := p.LinkIdentity(ctx, cookie, adaAtAcme(), visitor); err != nil || len(p.identityFactors(t, ada)) != 1 {
		t.Errorf("the same identity again: %v", err)
	}
	err := p.LinkIdentity(ctx, p.startSession(t, eve), adaAtAcme(), visitor)
	wantErr(t, "the identity of another person", err, account.ErrIdentityTaken)
	err = p.LinkIdentity(ctx, "", adaAtAcme(), visitor)
	wantErr(t, "without a session", err, account.ErrNotFound)
	other := adaAtAcme()
	other.Subject = "other"
	p.now = p.now.Add(5 * time.Minute)
	err = p.LinkIdentity(ctx, cookie, other, visitor)
	wantErr(t, "an old login", err, account.ErrReauthenticate)
	cookie = p.startSession(t, p.user(t, ada.ID))
	for i := range account.MaxIdentities {
		other.Subject = fmt.Sprint(i)
		if err = p.LinkIdentity(ctx, cookie, other, visitor); i < account.MaxIdentities-1 && err != nil {
			t.Fatal(err)
		}
	}
	wantErr(t, "too many", err, account.ErrTooManyFactors)
}

// TestUnlinkingNeverLocksThePersonOut: the last identity stays if there is no password and
// no passkey. An identity of a provider that is no longer configured does not count.
func TestUnlinkingNeverLocksThePersonOut(t *testing.T) {
	p := newPeople(t)
	p.Providers = providersNamed("acme")
	result, err := p.with(adaAtAcme(), account.IdentityRules{SignUp: true})
	must(t, err)
	remove := func(i account.Identity) error {
		return p.RemoveFactor(ctx, result.Cookie, account.IdentityID(i.Issuer, i.Subject), false)
	}
	wantErr(t, "the only identity", remove(adaAtAcme()), account.ErrLastFactor)
	gone := adaAtAcme()
	gone.Provider, gone.Issuer = "gone", "https://gone.example"
	err = p.LinkIdentity(ctx, result.Cookie, gone, visitor)
	must(t, err)
	wantErr(t, "the only identity that works", remove(adaAtAcme()), account.ErrLastFactor)
	must(t, remove(gone))
	second := adaAtAcme()
	second.Subject = "second"
	err = p.LinkIdentity(ctx, result.Cookie, second, visitor)
	must(t, err)
	thief, err := p.with(second, account.IdentityRules{})
	must(t, err)
	must(t, remove(second))
	p.wantEnded(t, thief.Cookie)
	_, err = p.with(second, account.IdentityRules{})
	wantErr(t, "an identity that was removed", err, account.ErrNoAccount)

	// With a password, every identity can be removed; with a TOTP, it is still not a second factor.
	ada := p.create(t, "countess2")
	other := adaAtAcme()
	other.Subject = "other"
	p.linked(t, ada, other)
	_, added := p.withTOTP(t, p.user(t, ada.ID))
	must(t, p.RemoveFactor(ctx, added.Cookie, account.IdentityID(other.Issuer, other.Subject), true))
	if u := p.user(t, ada.ID); fmt.Sprint(u.Factors) != "[totp]" {
		t.Errorf("the factors are %v", u.Factors)
	}
}

// providersNamed returns providers whose issuers have their names, such as https://acme.example.
func providersNamed(names ...string) func(context.Context) ([]account.OtherProvider, error) {
	all := make([]account.OtherProvider, len(names))
	for i, name := range names {
		all[i] = account.OtherProvider{Name: name, Issues: func(issuer string) bool { return issuer == "https://"+name+".example" }}
	}
	return func(context.Context) ([]account.OtherProvider, error) { return all, nil }
}

// TestIssuerAndNotTheNameDecidesWhetherAPersonCanLogIn: an administrator can change the issuer of
// a provider, or remove it and add it with another name.
func TestIssuerAndNotTheNameDecidesWhetherAPersonCanLogIn(t *testing.T) {
	p := newPeople(t)
	p.Providers = providersNamed("acme", "globex")
	result, err := p.with(adaAtAcme(), account.IdentityRules{SignUp: true})
	must(t, err)
	atGlobex := adaAtAcme()
	atGlobex.Provider, atGlobex.Issuer = "globex", "https://globex.example"
	must(t, p.LinkIdentity(ctx, result.Cookie, atGlobex, visitor))
	remove := func(i account.Identity) error {
		return p.RemoveFactor(ctx, result.Cookie, account.IdentityID(i.Issuer, i.Subject), false)
	}
	ways := func() string { return fmt.Sprint(p.ways(t, "countess").Providers) }

	// The provider acme has another issuer now, so nobody can log in with the old identity.
	moved := func(context.Context) ([]account.OtherProvider, error) {
		return []account.OtherProvider{
			{Name: "acme", Issues: func(issuer string) bool { return issuer == "https://new.example" }},
			{Name: "globex", Issues: func(issuer string) bool { return issuer == "https://globex.example" }},
		}, nil
	}
	p.Providers = moved
	wantErr(t, "the identity that works", remove(atGlobex), account.ErrLastFactor)
	if got := ways(); got != "[globex]" {
		t.Errorf("after a change of the issuer: %s", got)
	}
	// It has the issuer of before, and another name.
	p.Providers = func(context.Context) ([]account.OtherProvider, error) {
		return []account.OtherProvider{{Name: "renamed", Issues: func(issuer string) bool { return issuer == "https://acme.example" }}}, nil
	}
	if got := ways(); got != "[renamed]" {
		t.Errorf("after a change of the name: %s", got)
	}
	must(t, remove(atGlobex))
	wantErr(t, "the only identity", remove(adaAtAcme()), account.ErrLastFactor)

	// An administrator cannot remove the only factor that works.
	p.withTOTP(t, p.user(t, result.User.ID))
	p.Mails, p.Providers = nil, moved
	wantErr(t, "the factors of a person whose identity does not work", p.ResetFactors(ctx, result.User.ID), account.ErrLastFactor)
}

// TestIdentityIsKeptWithoutASecondFactor: it is neither a second factor, nor removed with
// the last one.
func TestIdentityIsKeptWithoutASecondFactor(t *testing.T) {
	p := newPeople(t)
	ada := p.create(t, "countess")
	p.linked(t, ada, adaAtAcme())
	if u := p.user(t, ada.ID); len(u.Factors) != 0 {
		t.Errorf("the factors are %v", u.Factors)
	}
	_, added := p.withTOTP(t, p.user(t, ada.ID))
	factors, err := p.Factors(ctx, ada.ID)
	must(t, err)
	i := slices.IndexFunc(factors, func(f account.Factor) bool { return f.Kind == account.FactorTOTP })
	must(t, p.RemoveFactor(ctx, added.Cookie, factors[i].ID, false))
	if got := p.identityFactors(t, ada); len(got) != 1 || got[0].Provider() != "acme" || got[0].Name != "ada@acme.example" {
		t.Errorf("after the removal: %+v", got)
	}
	p.withTOTP(t, p.user(t, ada.ID))
	must(t, p.ResetFactors(ctx, ada.ID))
	if got := p.identityFactors(t, ada); len(got) != 1 {
		t.Errorf("after the reset: %+v", got)
	}
}

// TestUnfinishedSignUpExpires: if the process stops between the two changes, the account is
// deleted later.
func TestUnfinishedSignUpExpires(t *testing.T) {
	p := newPeople(t)
	p.Store = brokenLinks{p.Store.(*memstore.Store)}
	if _, err := p.with(adaAtAcme(), account.IdentityRules{SignUp: true}); err == nil {
		t.Fatal("no error")
	}
	u, err := p.Store.UserByName(ctx, "countess")
	if err != nil || u.ExpiresAt.IsZero() || u.ExpiresAt.After(p.now.Add(2*time.Hour)) {
		t.Errorf("the account: %+v, %v", u, err)
	}
}

// brokenLinks is a Store that does not change factors.
type brokenLinks struct{ *memstore.Store }

func (brokenLinks) ChangeFactors(context.Context, account.FactorChange) error {
	return account.ErrUnavailable
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
