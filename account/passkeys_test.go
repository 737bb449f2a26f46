package account_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// newPasskeyPeople returns people with one account, Ada, on a server with passkeys.
func newPasskeyPeople(t *testing.T) (*people, *account.User) {
	t.Helper()
	p := newPeople(t)
	rp, err := account.NewRelyingParty("https://id.example", "", "Example")
	if err != nil {
		t.Fatal(err)
	}
	p.RelyingParty = rp
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	return p, ada
}

// addPasskey adds a passkey in a session.
func (p *people) addPasskey(t *testing.T, cookie string, a *authenticator) account.Added {
	t.Helper()
	prepared, err := p.PreparePasskey(ctx, cookie)
	if err != nil {
		t.Fatal(err)
	}
	added, err := p.AddPasskey(ctx, cookie, a.create(t, prepared), "My phone")
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Second)
	return added
}

var passkeyLogin = account.PasskeyLogin{Secret: browserSecret, Request: "request"}

// loginOptions returns the options of a login with a passkey.
func (p *people) loginOptions(t *testing.T) []byte {
	t.Helper()
	p.now = p.now.Add(time.Second)
	prepared, err := p.PreparePasskeyLogin(ctx, passkeyLogin)
	if err != nil {
		t.Fatal(err)
	}
	return prepared
}

// TestPasskeyIsALogin: with each algorithm, with and without a counter, and with a passkey
// that can be copied.
func TestPasskeyIsALogin(t *testing.T) {
	for name, test := range map[string]struct {
		alg     int
		flags   byte
		counts  bool
		methods string
	}{
		"ES256":           {algES256, 0, false, "[hwk user mfa]"},
		"EdDSA":           {algEdDSA, backupEligible, false, "[swk user mfa]"},
		"RS256 and count": {algRS256, 0, true, "[hwk user mfa]"},
	} {
		t.Run(name, func(t *testing.T) {
			p, ada := newPasskeyPeople(t)
			a := newAuthenticator(t, test.alg)
			a.flags, a.counts = a.flags|test.flags, test.counts
			added := p.addPasskey(t, p.startSession(t, ada), a)
			if len(added.RecoveryCodes) != account.RecoveryCodes || added.Session.Assurance() != account.PhishingResistant {
				t.Errorf("got %d recovery codes and %v", len(added.RecoveryCodes), added.Session.Methods)
			}
			for range 2 {
				cookie, s, u, err := p.LoginWithPasskey(ctx, passkeyLogin, a.get(t, p.loginOptions(t)))
				if err != nil || u.ID != ada.ID || fmt.Sprint(s.AMR()) != test.methods || s.Assurance() != account.PhishingResistant {
					t.Fatalf("got %v, %v", s.Methods, err)
				}
				if _, _, err := p.Session(ctx, cookie); err != nil {
					t.Error(err)
				}
			}
			_, _, err := p.StartSession(ctx, p.user(t, ada.ID), account.Browser{}, "")
			wantErr(t, "the password alone", err, account.ErrSecondFactor)
		})
	}
}

// TestInvalidAnswersOfPasskeysAreRefused (WebAuthn §7.2 and §13.4).
func TestInvalidAnswersOfPasskeysAreRefused(t *testing.T) {
	login := func(p *people, answer []byte) error {
		_, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, answer)
		return err
	}
	get := func(change func(a *authenticator)) func(*testing.T, *people, *authenticator, *authenticator) error {
		return func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			prepared := p.loginOptions(t)
			change(a)
			return login(p, a.get(t, prepared))
		}
	}
	for name, attack := range map[string]func(t *testing.T, p *people, a, eve *authenticator) error{
		"another origin":             get(func(a *authenticator) { a.origin = "https://id.example.evil" }),
		"another port":               get(func(a *authenticator) { a.origin = "https://id.example:8443" }),
		"http":                       get(func(a *authenticator) { a.origin = "http://id.example" }),
		"another RP ID":              get(func(a *authenticator) { a.rpID = "evil.example" }),
		"a frame of another site":    get(func(a *authenticator) { a.crossOrigin = true }),
		"the type of a registration": get(func(a *authenticator) { a.kind = "webauthn.create" }),
		"no person was present":      get(func(a *authenticator) { a.flags = userVerified }),
		"no person was verified":     get(func(a *authenticator) { a.flags = userPresent }),
		"it can be copied now":       get(func(a *authenticator) { a.flags |= backupEligible }),
		"no user handle":             get(func(a *authenticator) { a.handle = nil }),
		"another key":                get(func(a *authenticator) { a.key = newAuthenticator(t, algES256).key }),
		"an unknown passkey":         get(func(a *authenticator) { a.id = []byte("unknown") }),
		"a user handle of another person": func(t *testing.T, p *people, a, eve *authenticator) error {
			t.Helper()
			prepared := p.loginOptions(t)
			a.handle = eve.handle
			return login(p, a.get(t, prepared))
		},
		"a changed challenge": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			prepared := p.loginOptions(t)
			o := parseOptions(t, prepared)
			raw, err := base64.RawURLEncoding.DecodeString(o.Challenge)
			if err != nil {
				return err
			}
			raw[15] ^= 1
			return login(p, a.get(t, bytes.ReplaceAll(prepared, []byte(o.Challenge), []byte(b64(raw)))))
		},
		"a challenge of the attacker": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			return login(p, a.get(t, []byte(`{"challenge":"AAAA"}`)))
		},
		"after ten minutes": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			answer := a.get(t, p.loginOptions(t))
			p.now = p.now.Add(10 * time.Minute)
			return login(p, answer)
		},
		"another browser": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			_, _, _, err := p.LoginWithPasskey(ctx, account.PasskeyLogin{Secret: "another", Request: "request"}, a.get(t, p.loginOptions(t)))
			return err
		},
		"another request": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			_, _, _, err := p.LoginWithPasskey(ctx, account.PasskeyLogin{Secret: browserSecret, Request: "another"}, a.get(t, p.loginOptions(t)))
			return err
		},
		"a challenge for the second step": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			prepared, err := p.PrepareSecondStep(ctx, p.step(t, "Ada"))
			if err != nil {
				return err
			}
			return login(p, a.get(t, prepared))
		},
		"the passkey of another person in the second step": func(t *testing.T, p *people, _, eve *authenticator) error {
			t.Helper()
			step := p.step(t, "Ada")
			prepared, err := p.PrepareSecondStep(ctx, step)
			if err == nil {
				_, _, err = p.FinishWithPasskey(ctx, step, eve.get(t, prepared))
			}
			return err
		},
		"the second step of another person": func(t *testing.T, p *people, _, eve *authenticator) error {
			t.Helper()
			prepared, err := p.PrepareSecondStep(ctx, p.step(t, "Eve"))
			if err == nil {
				_, _, err = p.FinishWithPasskey(ctx, p.step(t, "Ada"), eve.get(t, prepared))
			}
			return err
		},
		"a registration as a login": func(t *testing.T, p *people, a, _ *authenticator) error {
			t.Helper()
			return login(p, a.create(t, []byte(`{"challenge":"AAAA","rp":{"id":"id.example"},"user":{"id":"`+b64(make([]byte, 32))+`"}}`)))
		},
		"no JSON":  func(_ *testing.T, p *people, _, _ *authenticator) error { return login(p, []byte("{")) },
		"too long": func(_ *testing.T, p *people, _, _ *authenticator) error { return login(p, make([]byte, 1<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			p, ada := newPasskeyPeople(t)
			a, eve := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
			p.addPasskey(t, p.startSession(t, ada), a)
			p.addPasskey(t, p.startSession(t, p.create(t, "Eve")), eve)
			wantErr(t, name, attack(t, p, a, eve), account.ErrPasskey)
		})
	}
}

// TestAnswerOfAPasskeyIsAcceptedOnce: an answer is not accepted again, from many callers
// at once, or after a newer one, even if the passkey has no counter.
func TestAnswerOfAPasskeyIsAcceptedOnce(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	p.addPasskey(t, p.startSession(t, ada), a)
	older, answer := a.get(t, p.loginOptions(t)), a.get(t, p.loginOptions(t))
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, _, _, errs[i] = p.LoginWithPasskey(ctx, passkeyLogin, answer) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantErr(t, "the same answer", err, account.ErrFactorUsed)
		}
	}
	if won != 1 {
		t.Errorf("the answer starts %d sessions", won)
	}
	_, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, older)
	wantErr(t, "an older challenge", err, account.ErrFactorUsed)
}

// TestCounterOfAPasskeyMustIncrease: otherwise it may be a copy (WebAuthn §6.1.1).
func TestCounterOfAPasskeyMustIncrease(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	a.counts = true
	p.addPasskey(t, p.startSession(t, ada), a)
	clone := *a
	for i, test := range []struct {
		with *authenticator
		want error
	}{{a, nil}, {a, nil}, {&clone, account.ErrFactorUsed}, {&clone, account.ErrFactorUsed}, {a, nil}} {
		_, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, test.with.get(t, p.loginOptions(t)))
		wantErr(t, fmt.Sprint("login ", i), err, test.want)
	}
	a.counts, a.counter = false, 0
	_, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, a.get(t, p.loginOptions(t)))
	wantErr(t, "without the counter", err, account.ErrFactorUsed)
}

// TestPasskeyIsASecondFactor also if the authenticator does not verify the person or
// discover the passkey.
func TestPasskeyIsASecondFactor(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	a.flags = userPresent
	p.addPasskey(t, p.startSession(t, ada), a)
	a.handle = nil
	step := p.step(t, "Ada")
	prepared, err := p.PrepareSecondStep(ctx, step)
	if err != nil {
		t.Fatal(err)
	}
	if o := parseOptions(t, prepared); len(o.Allow) != 1 || o.Allow[0].ID != b64(a.id) || o.RPID != "id.example" || o.Verify != "preferred" {
		t.Errorf("the options are %s", prepared)
	}
	cookie, s, err := p.FinishWithPasskey(ctx, step, a.get(t, prepared))
	if err != nil || fmt.Sprint(s.Methods) != "[pwd hwk user mfa]" || s.Assurance() != account.PhishingResistant {
		t.Fatalf("got %v, %v", s.Methods, err)
	}
	p.now = p.now.Add(5 * time.Minute)
	if prepared, err = p.PrepareConfirmation(ctx, cookie); err != nil {
		t.Fatal(err)
	}
	answer := a.get(t, prepared)
	_, _, err = p.ConfirmWithPasskey(ctx, p.startSession(t, p.create(t, "Eve")), answer)
	wantErr(t, "in the session of another person", err, account.ErrPasskey)
	if _, s, err = p.ConfirmWithPasskey(ctx, cookie, answer); err != nil || p.CheckRecent(s, p.user(t, ada.ID)) != nil {
		t.Errorf("after the confirmation: %v, %v", s.Methods, err)
	}
}

// TestWeakerFactorDoesNotReplaceAPasskey: a thief with the password and a phished code can
// log in, but cannot remove the passkey, or add another one.
func TestWeakerFactorDoesNotReplaceAPasskey(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	added := p.addPasskey(t, p.startSession(t, ada), a)
	prepared, err := p.PrepareTOTP(ctx, added.Cookie, "Example")
	if err != nil {
		t.Fatal(err)
	}
	both, err := p.AddTOTP(ctx, added.Cookie, prepared.Form, totpCode(t, prepared.Secret, p.now))
	if err != nil || len(both.RecoveryCodes) > 0 {
		t.Fatal(err)
	}
	all, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	passkey := all[slices.IndexFunc(all, func(f account.Factor) bool { return f.Kind == account.FactorPasskey })]
	p.now = p.now.Add(time.Minute)
	thief, s, err := p.finish(t, "Ada", totpCode(t, prepared.Secret, p.now))
	if err != nil || s.Assurance() != account.TwoFactors {
		t.Fatalf("got %v, %v", s.Methods, err)
	}
	// A code does not replace the passkey with which a session began.
	p.now = p.now.Add(10 * time.Minute)
	alone, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, a.get(t, p.loginOptions(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = p.ConfirmWithCode(ctx, alone, totpCode(t, prepared.Secret, p.now))
	wantErr(t, "a code in a session that began with a passkey", err, account.ErrReauthenticate)
	p.now = p.now.Add(time.Second)
	step := p.step(t, "Ada")
	options, err := p.PrepareSecondStep(ctx, step)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := p.FinishWithPasskey(ctx, step, a.get(t, options))
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(10 * time.Minute)
	confirmed, _, err := p.ConfirmWithCode(ctx, second, totpCode(t, prepared.Secret, p.now))
	if err != nil {
		t.Fatal(err)
	}
	for name, cookie := range map[string]string{"the password and a code": thief, "a code after a passkey": confirmed} {
		wantErr(t, name+" to remove the passkey", p.RemoveFactor(ctx, cookie, passkey.ID, false), account.ErrReauthenticate)
		_, err = p.PreparePasskey(ctx, cookie)
		wantErr(t, name+" to add a passkey", err, account.ErrReauthenticate)
	}
	// A recovery code replaces the passkey that was lost.
	lost, _, err := p.finish(t, "Ada", added.RecoveryCodes[0])
	if err == nil {
		err = p.RemoveFactor(ctx, lost, passkey.ID, false)
	}
	if err != nil {
		t.Errorf("with a recovery code: %v", err)
	}
	_, _, _, err = p.LoginWithPasskey(ctx, passkeyLogin, a.get(t, p.loginOptions(t)))
	wantErr(t, "the passkey that was removed", err, account.ErrPasskey)
}

// TestPersonWithoutAPasswordKeepsAPasskey.
func TestPersonWithoutAPasswordKeepsAPasskey(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	u := &account.User{ID: "id-bob", Username: "bob", CreatedAt: p.now}
	if err := p.Store.CreateUser(ctx, u, "bob", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	first, second := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
	cookie := p.addPasskey(t, p.startSession(t, u), first).Cookie
	cookie = p.addPasskey(t, cookie, second).Cookie
	all, err := p.Factors(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	var ids []account.FactorID
	for _, f := range all {
		if f.Kind == account.FactorPasskey {
			ids = append(ids, f.ID)
		}
	}
	if err := p.RemoveFactor(ctx, cookie, ids[0], false); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "the last passkey", p.RemoveFactor(ctx, cookie, ids[1], false), account.ErrLastFactor)
}

// TestPersonWithoutAPasswordKeepsAPasskeyThatLogsIn: one that never verified the person is not
// enough for a login.
func TestPersonWithoutAPasswordKeepsAPasskeyThatLogsIn(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	u := &account.User{ID: "id-bob", Username: "bob", CreatedAt: p.now}
	if err := p.Store.CreateUser(ctx, u, "bob", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	first, second := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
	second.flags = userPresent
	cookie := p.addPasskey(t, p.startSession(t, u), first).Cookie
	cookie = p.addPasskey(t, cookie, second).Cookie
	all, err := p.Factors(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(f account.Factor) bool { return f.Kind == account.FactorPasskey })
	wantErr(t, "the passkey that logs in", p.RemoveFactor(ctx, cookie, all[i].ID, false), account.ErrLastFactor)
}

// TestInvitationDoesNotRevealManyUsernames.
func TestInvitationDoesNotRevealManyUsernames(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	_, code, err := p.Invite(ctx, account.NewInvitation{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 31 {
		_, err = p.PrepareInvitedPasskey(ctx, code, account.NewUser{Username: fmt.Sprint("guess", i)})
		if _, throttled := errors.AsType[*account.ThrottledError](err); throttled != (i == 30) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
}

// TestInvitationsEndWithTheRightsOfTheirCreator: the code counts as that of a withdrawn
// invitation if the creator is not an administrator anymore, is disabled or was deleted.
func TestInvitationsEndWithTheRightsOfTheirCreator(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	remaining := p.create(t, "remaining") // the last administrator can neither be demoted nor disabled
	remaining.Admin = true
	must(t, p.Update(ctx, remaining))
	for name, end := range map[string]func(*account.User) error{
		"demoted": func(u *account.User) error {
			u.Admin = false
			return p.Update(ctx, u)
		},
		"disabled": func(u *account.User) error {
			return p.Store.SwitchUser(ctx, account.Switch{UserID: u.ID, Disabled: true, At: p.now})
		},
		"gone": nil,
	} {
		u := p.create(t, name)
		u.Admin = true
		must(t, p.Update(ctx, u))
		invitation := account.NewInvitation{CreatedBy: u.ID}
		if end == nil {
			invitation.CreatedBy = "an ID that nobody has"
		}
		i, code, err := p.Invite(ctx, invitation)
		must(t, err)
		if end != nil {
			_, err = p.CheckInvitation(ctx, code)
			must(t, err)
			must(t, end(p.user(t, u.ID)))
		}
		_, err = p.CheckInvitation(ctx, code)
		if closed, ok := errors.AsType[*account.InvitationError](err); !ok || closed.State != account.InvitationWithdrawn {
			t.Errorf("%s: got %v", name, err)
		}
		err = p.SendInvitation(ctx, i.ID)
		if closed, ok := errors.AsType[*account.InvitationError](err); !ok || closed.State != account.InvitationWithdrawn {
			t.Errorf("%s: the email was sent again: %v", name, err)
		}
	}
}

// TestInvitedPasskeyMustVerifyThePerson: otherwise nobody could log in to the account.
func TestInvitedPasskeyMustVerifyThePerson(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	_, code, err := p.Invite(ctx, account.NewInvitation{})
	if err != nil {
		t.Fatal(err)
	}
	n := account.NewUser{Username: "zoe"}
	for _, flags := range []byte{userPresent, userPresent | userVerified} {
		options, err := p.PrepareInvitedPasskey(ctx, code, n)
		if err != nil {
			t.Fatal(err)
		}
		a := newAuthenticator(t, algES256)
		a.flags = flags
		_, _, err = p.AcceptInvitation(ctx, account.Acceptance{Code: code, User: n, Passkey: a.create(t, options)})
		if flags&userVerified == 0 {
			wantErr(t, "a passkey that did not verify the person", err, account.ErrPasskey)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		p.passkeySession(t, a)
	}
}

// TestInvalidRegistrationsOfPasskeysAreRefused (WebAuthn §7.1).
func TestInvalidRegistrationsOfPasskeysAreRefused(t *testing.T) {
	for name, change := range map[string]func(a *authenticator){
		"another origin":          func(a *authenticator) { a.origin = "https://evil.example" },
		"another RP ID":           func(a *authenticator) { a.rpID = "example" },
		"a frame of another site": func(a *authenticator) { a.crossOrigin = true },
		"the type of a login":     func(a *authenticator) { a.kind = "webauthn.get" },
		"no person was present":   func(a *authenticator) { a.flags = 0 },
		"another algorithm":       func(a *authenticator) { a.alg = algES384 },
		"an ID that is too long":  func(a *authenticator) { a.id = make([]byte, 1024) },
		"a key that is slow":      func(a *authenticator) { a.alg, a.key = algRS256, rsaKeyOf(6000) },
	} {
		p, ada := newPasskeyPeople(t)
		cookie := p.startSession(t, ada)
		prepared, err := p.PreparePasskey(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		a := newAuthenticator(t, algES256)
		change(a)
		_, err = p.AddPasskey(ctx, cookie, a.create(t, prepared), "")
		wantErr(t, name, err, account.ErrPasskey)
	}

	p, ada := newPasskeyPeople(t)
	long := newAuthenticator(t, algES256)
	long.alg, long.key = algRS256, rsaKeyOf(4096)
	p.addPasskey(t, p.startSession(t, p.create(t, "Bob")), long)
	a := newAuthenticator(t, algES256)
	cookie, other := p.startSession(t, ada), p.startSession(t, ada)
	prepared, err := p.PreparePasskey(ctx, cookie)
	if err != nil {
		t.Fatal(err)
	}
	answer := a.create(t, prepared)
	_, err = p.AddPasskey(ctx, other, answer, "")
	wantErr(t, "in another session", err, account.ErrPasskey)
	_, err = p.AddPasskey(ctx, cookie, answer, strings.Repeat("x", 101))
	if err == nil || errors.Is(err, account.ErrPasskey) {
		t.Errorf("a name that is too long: %v", err)
	}
	added, err := p.AddPasskey(ctx, cookie, answer, "Phone")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.AddPasskey(ctx, added.Cookie, answer, "Phone")
	wantErr(t, "again", err, account.ErrPasskey)

	// The same passkey for another person.
	evil := p.startSession(t, p.create(t, "Eve"))
	if prepared, err = p.PreparePasskey(ctx, evil); err != nil {
		t.Fatal(err)
	}
	_, err = p.AddPasskey(ctx, evil, a.create(t, prepared), "")
	wantErr(t, "the passkey of Ada", err, account.ErrConflict)
	if prepared, err = p.PreparePasskey(ctx, added.Cookie); err != nil {
		t.Fatal(err)
	}
	if o := parseOptions(t, prepared); len(o.Exclude) != 1 || o.Exclude[0].ID != b64(a.id) || bytes.Contains(prepared, []byte(ada.ID)) {
		t.Errorf("the options are %s", prepared)
	}
}

// TestBackupOfAPasskeyIsRecorded, and what the page shows of a passkey.
func TestBackupOfAPasskeyIsRecorded(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	a.flags |= backupEligible
	added := p.addPasskey(t, p.startSession(t, ada), a)
	for _, want := range []bool{false, true} {
		if want {
			a.flags |= backedUp
		}
		if _, _, _, err := p.LoginWithPasskey(ctx, passkeyLogin, a.get(t, p.loginOptions(t))); err != nil {
			t.Fatal(err)
		}
		all, err := p.Factors(ctx, ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(f account.Factor) bool { return f.Kind == account.FactorPasskey })
		if info, err := all[i].Passkey(); err != nil || info.BackedUp != want || info.AAGUID != "00000000-0000-0000-0000-000000000000" || all[i].Name != "My phone" {
			t.Errorf("got %+v, %v", info, err)
		}
		if err := p.RenameFactor(ctx, added.Cookie, all[i].ID, "My phone"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRelyingPartyIsADomainOfTheServer (WebAuthn §5.1.2).
func TestRelyingPartyIsADomainOfTheServer(t *testing.T) {
	for _, test := range []struct{ origin, id, want string }{
		{"https://id.example.com", "", "id.example.com"},
		{"https://ID.example.com:8443", "", "id.example.com"},
		{"https://id.example.com", "example.com", "example.com"},
		{"https://id.example.com", "Example.com", "example.com"},
		{"http://localhost:8000", "", "localhost"},
		{"https://id.example.com", "com", ""},
		{"https://id.example.co.uk", "co.uk", ""},
		{"https://id.example.com", "other.example.com", ""},
		{"https://id.example.com", "ample.com", ""},
		{"http://id.example.com", "", ""},
		{"https://192.0.2.1", "", ""},
		{"https://[2001:db8::1]", "", ""},
		{"id.example.com", "", ""},
	} {
		rp, err := account.NewRelyingParty(test.origin, test.id, "Example")
		if rp.ID != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s and %q: got %q, %v", test.origin, test.id, rp.ID, err)
		}
	}
	for domain, want := range map[string]string{"": "", "example.com": "PasskeyDomain: passkeys need a domain name"} {
		if rp, err := account.OptionalRelyingParty("https://192.0.2.1", domain, "Example"); rp.ID != "" || (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("an address and the domain %q: got %q, %v", domain, rp.ID, err)
		}
	}
	// Browsers omit the default port (WHATWG HTML §7.1.1).
	for origin, want := range map[string]string{"https://ID.example.com:443": "https://id.example.com", "https://id.example.com:8443": "https://id.example.com:8443", "http://localhost:80": "http://localhost"} {
		if rp, err := account.NewRelyingParty(origin, "", "Example"); err != nil || len(rp.Origins) != 1 || rp.Origins[0] != want {
			t.Errorf("%s: the origins are %v, %v", origin, rp.Origins, err)
		}
	}
}
