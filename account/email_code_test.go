package account_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// coded are people who can use codes by email everywhere: Bob has a TOTP and a confirmed
// address.
type coded struct {
	*people
	bob    *account.User
	secret string
}

func newCoded(t *testing.T) *coded {
	t.Helper()
	c := &coded{people: newPeople(t)}
	c.EmailCodes = account.EmailCodesEverywhere
	c.bob = c.createWithEmail(t, "Bob", "bob@example.com", true)
	c.secret, _ = c.withTOTP(t, c.bob)
	c.letters(t)
	return c
}

// request requests a code, and returns it with what belongs to it.
func (c *coded) request(t *testing.T, step account.SecondStep) (sealed, code string) {
	t.Helper()
	c.now = c.now.Add(time.Second)
	sealed, err := c.RequestEmailCode(ctx, step)
	if err != nil {
		t.Fatal(err)
	}
	l := c.onlyLetter(t)
	if l.Kind != account.MailEmailCode || l.To != "bob@example.com" || len(l.Links[0].Proof) != 8 {
		t.Fatalf("got the letter %+v", l)
	}
	return sealed, l.Links[0].Proof
}

// TestCodeByEmailReplacesTheSecondFactorOnce: of many callers with the same code, one gets a
// session. It has two factors, and its amr (RFC 8176) names the other channel.
func TestCodeByEmailReplacesTheSecondFactorOnce(t *testing.T) {
	c := newCoded(t)
	step := c.step(t, "Bob")
	sealed, code := c.request(t, step)
	errs := make([]error, 8)
	var sessions [8]account.Session
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, sessions[i], errs[i] = c.FinishWithEmailCode(ctx, step, sealed, code[:4]+" "+code[4:]) })
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		if err != nil {
			wantErr(t, "the code used again", err, account.ErrFactorUsed)
			continue
		}
		won++
		if s := sessions[i]; s.Assurance() != account.TwoFactors || fmt.Sprint(s.AMR()) != "[pwd otp mca mfa]" {
			t.Errorf("the methods are %v, and the amr %v", s.Methods, s.AMR())
		}
	}
	if won != 1 {
		t.Errorf("the code starts %d sessions", won)
	}
	if l := c.letters(t); len(l) == 0 || slices.ContainsFunc(l, func(l account.Letter) bool { return l.Kind != account.MailEmailCodeUsed }) {
		t.Errorf("got the letters %+v", l)
	}
	_, _, err := c.FinishWithEmailCode(ctx, c.step(t, "Bob"), sealed, code)
	wantErr(t, "in another login", err, account.ErrWrongCode)
}

// TestCodeByEmailBelongsToItsLogin: to the browser, the login, the person and the time, and
// to the address, the password and the sessions at that time.
func TestCodeByEmailBelongsToItsLogin(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, c *coded, step *account.SecondStep)
		want   error
	}{
		"another browser": {func(_ *testing.T, _ *coded, s *account.SecondStep) { s.Secret = "another browser" }, account.ErrLoginExpired},
		"another login":   {func(t *testing.T, c *coded, s *account.SecondStep) { *s = c.step(t, "Bob") }, account.ErrWrongCode},
		"a session": {func(t *testing.T, c *coded, s *account.SecondStep) {
			*s = account.SecondStep{OldCookie: c.sessionOf(t)}
		}, account.ErrWrongCode},
		"after ten minutes, in the same login": {func(_ *testing.T, c *coded, _ *account.SecondStep) { c.now = c.now.Add(10*time.Minute - time.Second) }, account.ErrLoginExpired},
		"a new password": {func(t *testing.T, c *coded, _ *account.SecondStep) {
			must(t, c.SetPassword(ctx, c.user(t, c.bob.ID), password+"2"))
		}, account.ErrLoginExpired},
		"an address that is not confirmed": {func(t *testing.T, c *coded, _ *account.SecondStep) {
			u := c.user(t, c.bob.ID)
			must(t, u.SetEmailVerified(false))
			must(t, c.Update(ctx, u))
		}, account.ErrNoEmailCode},
		"another address": {func(t *testing.T, c *coded, _ *account.SecondStep) {
			u := c.user(t, c.bob.ID)
			u.Email = "thief@example.com"
			must(t, u.SetEmailVerified(true))
			must(t, c.Update(ctx, u))
		}, account.ErrWrongCode},
		"codes by email switched off": {func(_ *testing.T, c *coded, _ *account.SecondStep) { c.EmailCodes = account.EmailCodesOff }, account.ErrNoEmailCode},
		"nothing":                     {func(*testing.T, *coded, *account.SecondStep) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCoded(t)
			step := c.step(t, "Bob")
			sealed, code := c.request(t, step)
			test.change(t, c, &step)
			_, _, err := c.FinishWithEmailCode(ctx, step, sealed, code)
			wantErr(t, name, err, test.want)
		})
	}
}

// sessionOf returns the cookie of a session of Bob.
func (c *coded) sessionOf(t *testing.T) string {
	t.Helper()
	c.now = c.now.Add(time.Minute)
	cookie, _, err := c.finish(t, "Bob", totpCode(t, c.secret, c.now))
	must(t, err)
	c.letters(t)
	return cookie
}

// TestCodeByEmailOfASessionExpires: a session lasts longer than the code, so this is not the
// end of the login.
func TestCodeByEmailOfASessionExpires(t *testing.T) {
	c := newCoded(t)
	step := account.SecondStep{OldCookie: c.sessionOf(t)}
	sealed, code := c.request(t, step)
	c.now = c.now.Add(10 * time.Minute)
	_, _, err := c.FinishWithEmailCode(ctx, step, sealed, code)
	wantErr(t, "after ten minutes", err, account.ErrWrongCode)
	sealed, code = c.request(t, step)
	c.now = c.now.Add(10*time.Minute - time.Second)
	_, s, err := c.FinishWithEmailCode(ctx, step, sealed, code)
	if err != nil || s.AuthTime.After(c.now.Add(-15*time.Minute)) || fmt.Sprint(s.Methods) != "[pwd email mfa]" {
		t.Errorf("before: %v %v, %v", s.AuthTime, s.Methods, err)
	}
}

// TestCodeByEmailDoesNotCountForARole: a person who receives a role keeps the session, but its
// code by email is ignored from then on. A second factor of the account still counts.
func TestCodeByEmailDoesNotCountForARole(t *testing.T) {
	for name, give := range map[string]func(u *account.User){
		"administrator": func(u *account.User) { u.Admin = true },
		"another role":  func(u *account.User) { u.OtherRoles = account.Roles{account.RoleAuditor} },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCoded(t)
			step := c.step(t, "Bob")
			sealed, code := c.request(t, step)
			cookie, _, err := c.FinishWithEmailCode(ctx, step, sealed, code)
			must(t, err)
			level := func(want account.Assurance, amr string) {
				t.Helper()
				s, _, err := c.Session(ctx, cookie)
				if err != nil || s.Assurance() != want || fmt.Sprint(s.AMR()) != amr {
					t.Errorf("the assurance is %d, and the amr %v, %v", s.Assurance(), s.AMR(), err)
				}
			}
			level(account.TwoFactors, "[pwd otp mca mfa]")
			u := c.user(t, c.bob.ID)
			give(u)
			must(t, c.Update(ctx, u))
			level(account.OneFactor, "[pwd]")
			c.now = c.now.Add(time.Minute)
			cookie, _, err = c.ConfirmWithCode(ctx, cookie, totpCode(t, c.secret, c.now))
			must(t, err)
			level(account.TwoFactors, "[pwd otp mfa]")
		})
	}
}

// TestOlderCodeByEmailIsNotUsedAfterANewerOne: nor is a code of before the factor was removed
// with the others, and added again.
func TestOlderCodeByEmailIsNotUsedAfterANewerOne(t *testing.T) {
	c := newCoded(t)
	step := c.step(t, "Bob")
	old, oldCode := c.request(t, step)
	sealed, code := c.request(t, step)
	_, _, err := c.FinishWithEmailCode(ctx, step, sealed, code)
	must(t, err)
	_, _, err = c.FinishWithEmailCode(ctx, step, old, oldCode)
	wantErr(t, "the older code", err, account.ErrFactorUsed)
}

// TestGuessesAtCodesByEmailCountWithOtherCodes: twenty wrong ones in a day, of any kind.
func TestGuessesAtCodesByEmailCountWithOtherCodes(t *testing.T) {
	c := newCoded(t)
	for i := range 10 {
		_, _, err := c.finish(t, "Bob", "000000")
		wantErr(t, fmt.Sprint("code of the app ", i), err, account.ErrWrongCode)
	}
	step := c.step(t, "Bob")
	sealed, code := c.request(t, step)
	for i := range 10 {
		_, _, err := c.FinishWithEmailCode(ctx, step, sealed, "12")
		wantErr(t, fmt.Sprint("code by email ", i), err, account.ErrWrongCode)
	}
	if _, _, err := c.FinishWithEmailCode(ctx, step, sealed, code); !isThrottled(err) {
		t.Errorf("the right code: %v", err)
	}
	c.now = c.now.Add(time.Minute)
	if _, _, err := c.finish(t, "Bob", totpCode(t, c.secret, c.now)); !isThrottled(err) {
		t.Errorf("the code of the app: %v", err)
	}
}

// TestCodesByEmailAreLimited: per password, per mailbox in a day, and per network address.
func TestCodesByEmailAreLimited(t *testing.T) {
	c := newCoded(t)
	request := func(at string) error {
		step := c.step(t, "Bob")
		step.Visitor = account.Visitor{Address: netip.MustParseAddr(at)}
		_, err := c.RequestEmailCode(ctx, step)
		c.letters(t)
		return err
	}
	sent := 0
	for range 10 {
		for i := range 4 {
			err := request("203.0.113.1")
			if err == nil {
				sent++
			}
			if limited := isThrottled(err); i == 3 && !limited || err != nil && !limited {
				t.Fatalf("request %d: %v", i+1, err)
			}
		}
		c.now = c.now.Add(10 * time.Minute)
	}
	if sent != 20 {
		t.Errorf("sent %d codes in a day, want 20", sent)
	}
	must(t, c.SetPassword(ctx, c.user(t, c.bob.ID), password)) // a new count: a thief knew the old one
	must(t, request("203.0.113.1"))
	c.now = c.now.Add(24 * time.Hour)
	must(t, request("203.0.113.1"))
	for range 40 {
		_ = request("203.0.113.2")
	}
	c.now = c.now.Add(5 * time.Minute)
	must(t, c.SetPassword(ctx, c.user(t, c.bob.ID), password)) // a new count
	if err := request("203.0.113.2"); !isThrottled(err) {
		t.Errorf("from an address with 40 requests: %v", err)
	}
	must(t, request("203.0.113.1"))
}

// TestCodesByEmailToAMailboxAreLimitedInAll: a hundred in a day, with any number of passwords.
func TestCodesByEmailToAMailboxAreLimitedInAll(t *testing.T) {
	c := newCoded(t)
	sent := 0
	for range 6 {
		must(t, c.SetPassword(ctx, c.user(t, c.bob.ID), password))
		for i := range 20 {
			step := c.step(t, "Bob")
			step.Visitor = account.Visitor{Address: netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})}
			if _, err := c.RequestEmailCode(ctx, step); err == nil {
				sent++
			} else if !isThrottled(err) {
				t.Fatal(err)
			}
			c.letters(t)
			if i%3 == 2 {
				c.now = c.now.Add(10 * time.Minute)
			}
		}
	}
	if sent != 100 {
		t.Errorf("sent %d codes in a day, want 100", sent)
	}
}

// TestOnlySomePeopleCanUseCodesByEmail: only a person with a second factor and a confirmed address can, and
// nobody with a role in the back office. With known_browsers, the password comes first, and
// the browser is one of the person's.
func TestOnlySomePeopleCanUseCodesByEmail(t *testing.T) {
	for name, test := range map[string]struct {
		policy string
		change func(t *testing.T, c *coded, step *account.SecondStep)
		want   bool
	}{
		"everywhere":                  {account.EmailCodesEverywhere, nil, true},
		"off":                         {account.EmailCodesOff, nil, false},
		"no setting":                  {"", nil, false},
		"a browser that is not known": {account.EmailCodesKnownBrowsers, nil, false},
		"a known browser": {account.EmailCodesKnownBrowsers, func(t *testing.T, c *coded, s *account.SecondStep) {
			s.DeviceCookie = c.NewDeviceCookie(c.user(t, c.bob.ID), "")
		}, true},
		"a browser of another person": {account.EmailCodesKnownBrowsers, func(t *testing.T, c *coded, s *account.SecondStep) {
			ada, err := c.Store.UserByName(ctx, "ada")
			must(t, err)
			s.DeviceCookie = c.NewDeviceCookie(ada, "")
		}, false},
		"a browser from before the password was set": {account.EmailCodesKnownBrowsers, func(t *testing.T, c *coded, s *account.SecondStep) {
			known := c.NewDeviceCookie(c.user(t, c.bob.ID), "")
			must(t, c.SetPassword(ctx, c.user(t, c.bob.ID), password))
			*s = c.step(t, "Bob")
			s.DeviceCookie = known
		}, false},
		"an account at another provider, in a known browser": {account.EmailCodesKnownBrowsers, func(t *testing.T, c *coded, s *account.SecondStep) {
			sealed, err := c.SealIdentityLogin(c.user(t, c.bob.ID), account.IdentityLogin{Identity: account.Identity{Provider: "mail", Issuer: "https://mail.example", Subject: "bob"}}, browserSecret)
			must(t, err)
			s.Sealed, s.DeviceCookie = sealed, c.NewDeviceCookie(c.user(t, c.bob.ID), "")
		}, false},
		"an administrator": {account.EmailCodesEverywhere, func(t *testing.T, c *coded, _ *account.SecondStep) {
			u := c.user(t, c.bob.ID)
			u.SetRoles(account.Roles{account.RoleAuditor})
			must(t, c.Update(ctx, u))
		}, false},
		"an address that is not confirmed": {account.EmailCodesEverywhere, func(t *testing.T, c *coded, _ *account.SecondStep) {
			u := c.user(t, c.bob.ID)
			must(t, u.SetEmailVerified(false))
			must(t, c.Update(ctx, u))
		}, false},
		"no second factor": {account.EmailCodesEverywhere, func(t *testing.T, c *coded, s *account.SecondStep) {
			u := c.createWithEmail(t, "Carol", "carol@example.com", true)
			*s = account.SecondStep{OldCookie: c.startSession(t, u)}
		}, false},
		"a server without mail": {account.EmailCodesEverywhere, func(_ *testing.T, c *coded, _ *account.SecondStep) { c.Mails = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCoded(t)
			c.EmailCodes = test.policy
			step := c.step(t, "Bob")
			if test.change != nil {
				test.change(t, c, &step)
			}
			offered, err := c.OffersEmailCode(ctx, step)
			if err != nil || offered != test.want {
				t.Errorf("offered: %v, %v", offered, err)
			}
			var want error
			if !test.want {
				want = account.ErrNoEmailCode
			}
			_, err = c.RequestEmailCode(ctx, step)
			wantErr(t, "the request", err, want)
		})
	}
}

// TestCodeByEmailChangesNoFactor: it is neither the strongest factor of the person, nor does
// it make the browser one that is remembered, even in a session that had another factor
// before.
func TestCodeByEmailChangesNoFactor(t *testing.T) {
	c := newCoded(t)
	step := c.step(t, "Bob")
	sealed, code := c.request(t, step)
	first, _, err := c.FinishWithEmailCode(ctx, step, sealed, code)
	must(t, err)
	c.letters(t)
	inSession := account.SecondStep{OldCookie: c.sessionOf(t)}
	sealed, code = c.request(t, inSession)
	second, _, err := c.FinishWithEmailCode(ctx, inSession, sealed, code)
	must(t, err)
	for name, cookie := range map[string]string{"a login": first, "a session with a code of the app": second} {
		s, u, err := c.Session(ctx, cookie)
		must(t, err)
		wantErr(t, name+": a change", c.CheckRecent(s, u), account.ErrReauthenticate)
		_, err = c.RememberBrowser(ctx, cookie, "Firefox")
		wantErr(t, name+": remembering the browser", err, account.ErrReauthenticate)
	}
	all, err := c.Factors(ctx, c.bob.ID)
	must(t, err)
	c.now = c.now.Add(time.Minute)
	cookie, _, err := c.ConfirmWithCode(ctx, second, totpCode(t, c.secret, c.now))
	must(t, err)
	for _, f := range all {
		if f.Kind == account.FactorEmailCode {
			wantErr(t, "removing what makes codes usable once", c.RemoveFactor(ctx, cookie, f.ID, false), account.ErrNotFound)
			wantErr(t, "renaming it", c.RenameFactor(ctx, cookie, f.ID, "mine"), account.ErrNotFound)
		}
	}
	if u := c.user(t, c.bob.ID); fmt.Sprint(u.Factors) != "[totp]" {
		t.Errorf("the factors are %v", u.Factors)
	}
}

// TestMailOfACodeIsNotSentWhenItIsUseless: after a change of the address, or of the settings
// of the person. The waiting mail contains no code.
func TestMailOfACodeIsNotSentWhenItIsUseless(t *testing.T) {
	c := newCoded(t)
	_, err := c.RequestEmailCode(ctx, c.step(t, "Bob"))
	must(t, err)
	mails, err := c.Mails.TakeMails(ctx, c.now, time.Minute, 99, 10)
	if err != nil || len(mails) != 1 || !mails[0].ExpiresAt.Equal(c.now.Add(10*time.Minute)) {
		t.Fatalf("got %+v, %v", mails, err)
	}
	l, err := c.Letter(ctx, mails[0])
	must(t, err)
	if strings.Contains(fmt.Sprint(mails[0]), l.Links[0].Proof) {
		t.Error("the mail that waits contains the code")
	}
	u := c.user(t, c.bob.ID)
	must(t, u.SetEmailVerified(false))
	must(t, c.Update(ctx, u))
	if l, err := c.Letter(ctx, mails[0]); err == nil {
		t.Errorf("to an address that is not confirmed: %+v", l)
	}
}

func TestMaskedEmailHidesTheName(t *testing.T) {
	for email, want := range map[string]string{"bob@example.com": "b•••@example.com", "": "", "@x": "", "ö@example.com": "ö•••@example.com"} {
		if got := (&account.User{Email: email}).MaskedEmail(); got != want {
			t.Errorf("%q: got %q, want %q", email, got, want)
		}
	}
}
