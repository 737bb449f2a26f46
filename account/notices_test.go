package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// waiting takes all mails from the queue, and returns their kinds and recipients.
func (p *people) waiting(t *testing.T) (mails []string) {
	t.Helper()
	taken, err := p.Mails.TakeMails(ctx, p.now, time.Minute, 100, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range taken {
		if m.Details.Change != "" {
			m.Kind += ": " + account.MailKind(m.Details.Change)
		}
		mails = append(mails, string(m.Kind)+" to "+m.To)
		if err := p.Mails.RemoveMail(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
	}
	return mails
}

// If the password or the address of an account changes, its person gets an email at
// the previous address.
func TestChangedPasswordsAndAddressesAreNotified(t *testing.T) {
	const newPassword = "another long password"
	passwordChanged, addressChanged := "password changed to ada@x.example", "address changed to ada@x.example"
	for name, test := range map[string]struct {
		change func(p *people, u *account.User) error
		want   []string
	}{
		"the person changes the password": {func(p *people, u *account.User) error {
			return p.ChangePassword(ctx, u, password, newPassword, visitor)
		}, []string{passwordChanged}},
		"the person uses a reset link": {func(p *people, u *account.User) error {
			_, err := p.ResetPassword(ctx, p.resetProof(t, u), newPassword, visitor)
			return err
		}, []string{passwordChanged}},
		"an administrator sets a password": {func(p *people, u *account.User) error {
			return p.SetPassword(ctx, u, newPassword)
		}, []string{passwordChanged}},
		"the person changes the address": {func(p *people, u *account.User) error {
			return p.ChangeProfile(ctx, u, account.Profile{Email: "new@x.example", CurrentPassword: password})
		}, []string{addressChanged}},
		"the person removes the address": {func(p *people, u *account.User) error {
			return p.ChangeProfile(ctx, u, account.Profile{CurrentPassword: password})
		}, []string{addressChanged}},
		"an administrator changes the address": {func(p *people, u *account.User) error {
			u.Email = "new@x.example"
			return p.Update(ctx, u)
		}, []string{addressChanged}},
		"a command changes the address": {func(p *people, u *account.User) error {
			return p.Change(ctx, u, func(u *account.User) error {
				u.Email = "new@x.example"
				return u.SetEmailVerified(true)
			})
		}, []string{addressChanged}},
		"the person writes the address in capitals": {func(p *people, u *account.User) error {
			return p.ChangeProfile(ctx, u, account.Profile{Email: "ADA@x.example", CurrentPassword: password})
		}, nil},
		"the person changes the name": {func(p *people, u *account.User) error {
			return p.ChangeProfile(ctx, u, account.Profile{Name: "Ada", Email: u.Email})
		}, nil},
		"the current password is wrong": {func(p *people, u *account.User) error {
			if err := p.ChangePassword(ctx, u, "wrong", newPassword, visitor); !errors.Is(err, account.ErrWrongPassword) {
				return fmt.Errorf("got %w", err)
			}
			return nil
		}, nil},
		"the person of the address rejects the account": {func(p *people, u *account.User) error {
			eve := p.createWithEmail(t, "eve", "ada@x.example", false)
			return p.RejectEmail(ctx, p.verificationProof(t, eve))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			u := p.createWithEmail(t, "bob", "ada@x.example", true)
			p.waiting(t)
			if err := test.change(p, u); err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(p.waiting(t), func(mail string) bool { return mail == "verify to ada@x.example" || mail == "reset to ada@x.example" })
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLoginWithANewBrowserIsNotified(t *testing.T) {
	p := newPeople(t)
	p.createWithEmail(t, "bob", "bob@x.example", true)
	p.waiting(t)
	attempt := account.Attempt{Username: "bob", Password: password, Address: clientAddress}
	logIn := func(when string, want ...string) {
		t.Helper()
		_, device, err := p.Login(ctx, attempt)
		if err == nil {
			attempt.DeviceCookie = device
		}
		if got := p.waiting(t); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}
	logIn("a new browser", "new browser to bob@x.example")
	logIn("the same browser")
	attempt.DeviceCookie = ""
	attempt.Password = "wrong"
	logIn("a wrong password")
	attempt.Password = password
	logIn("another browser", "new browser to bob@x.example")
	p.create(t, "carol") // has no address
	attempt.Username = "carol"
	logIn("a browser of another person")
	p.OmitLoginNotices = true
	attempt.Username, attempt.DeviceCookie = "bob", ""
	logIn("with the setting omit_login_notices")
}

// TestPeopleWhoShareABrowserAreNotNotifiedAtEachLogin: the device cookie knows the
// last few accounts.
func TestPeopleWhoShareABrowserAreNotNotifiedAtEachLogin(t *testing.T) {
	p := newPeople(t)
	names := []string{"bob", "carol", "dave", "erin", "frank", "grace"}
	for _, name := range names {
		p.createWithEmail(t, name, name+"@x.example", true)
	}
	p.waiting(t)
	device := ""
	logIn := func(name string, notices int) {
		t.Helper()
		_, next, err := p.Login(ctx, account.Attempt{Username: name, Password: password, Address: clientAddress, DeviceCookie: device})
		if err != nil {
			t.Fatal(err)
		}
		if device = next; len(device) > 500 {
			t.Errorf("the cookie has %d bytes", len(device))
		}
		if got := p.waiting(t); len(got) != notices {
			t.Errorf("%s: got %q, want %d", name, got, notices)
		}
	}
	for _, name := range names[:5] {
		logIn(name, 1)
	}
	for range 2 {
		for _, name := range names[:5] {
			logIn(name, 0)
		}
	}
	logIn("grace", 1)
	logIn("bob", 1) // the oldest mark was dropped
	device = strings.Repeat("x", 200) + "|" + device + strings.Repeat("|y", 1000)
	logIn("grace", 0)
}

// An address that is not confirmed may belong to another person, who must not be
// flooded with mails.
func TestNoticesToAnUnconfirmedAddressAreLimited(t *testing.T) {
	p := newPeople(t)
	p.createWithEmail(t, "eve", "victim@x.example", false)
	logIn := func() []string {
		if _, _, err := p.Login(ctx, account.Attempt{Username: "eve", Password: password}); err != nil {
			t.Fatal(err)
		}
		return p.waiting(t)
	}
	for range 3 {
		if got := logIn(); len(got) != 1 {
			t.Errorf("one of the first logins: %q", got)
		}
	}
	p.now = p.now.Add(23 * time.Hour)
	if got := logIn(); len(got) != 0 {
		t.Errorf("another login on the same day: %q", got)
	}
	p.now = p.now.Add(2 * time.Hour)
	if got := logIn(); len(got) != 1 {
		t.Errorf("a login on the next day: %q", got)
	}
}

// A person may be waiting for a mail. Logins never prevent such a mail from being
// queued or sent, even if the notices about them cannot be sent.
func TestNoticesDelayNoOtherMails(t *testing.T) {
	hang := func(ctx context.Context, l account.Letter) error {
		if l.Kind == account.MailNewBrowser {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	withSender(t, hang, func(t *testing.T, p *people, o *postOffice) {
		ada := p.create(t, "ada")
		for i := range 1000 {
			u := p.add(t, i)
			u.PasswordHash = ada.PasswordHash
			if err := p.Store.RenewPasswordHash(ctx, u.ID, "", ada.PasswordHash); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 110 {
			// Everybody logs in at the address of the visitor, as in an office.
			if _, _, err := p.Login(ctx, account.Attempt{Username: fmt.Sprint("user", i), Password: password, Address: clientAddress}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		before := len(o.attempts)
		if before == 0 || before > 2 {
			t.Errorf("%d notices are being sent at the same time, want 1 or 2", before)
		}
		for i := 500; i < 520; i++ {
			if err := p.RequestReset(ctx, fmt.Sprint("user", i), visitor, account.Return{}); err != nil {
				t.Errorf("reset %d: %v", i, err)
			}
			u, err := p.Store.User(ctx, fmt.Sprint("user", i+100))
			if err == nil {
				err = p.RequestVerification(ctx, u, visitor)
			}
			if err != nil {
				t.Errorf("confirmation %d: %v", i, err)
			}
		}
		synctest.Wait()
		for i := 500; i < 520; i++ {
			if o.count(fmt.Sprintf("reset user%d@x.example", i)) != 1 || o.count(fmt.Sprintf("verify user%d@x.example", i+100)) != 1 {
				t.Fatalf("the mails of user%d were not sent", i)
			}
		}
	})
}

// However many notices wait, the number of confirmations that can wait alongside
// them does not become small.
func TestWaitingNoticesLeaveRoomForConfirmations(t *testing.T) {
	p := newPeople(t)
	for i := range 300 {
		u := p.add(t, i)
		u.Email = "new-" + u.Email
		if err := p.Update(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	notices, err := p.Mails.WaitingMails(ctx)
	if err != nil || notices >= 300 {
		t.Errorf("%d notices wait: %v", notices, err)
	}
	for i := 1000; i < 1500; i++ {
		if err := p.addAndVerify(t, i); err != nil {
			t.Fatalf("confirmation %d: %v", i-1000, err)
		}
	}
}

// A thief can sign up with the address of the owner.
func TestNoticesOfUnconfirmedAccountsDoNotUseUpThoseOfTheOwner(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	p.waiting(t)
	unconfirmed := "address changed to Bob@X.example"
	for day, want := range [][]string{
		{"address changed to bob@x.example", unconfirmed, unconfirmed, unconfirmed},
		{unconfirmed, unconfirmed, unconfirmed},
	} {
		for i := range 30 {
			u := p.addWith(t, &account.User{ID: fmt.Sprint("eve", day, "-", i), Email: "Bob@X.example"})
			u.Email = ""
			if err := p.Update(ctx, u); err != nil {
				t.Fatal(err)
			}
		}
		bob.Email = "new@x.example"
		if err := p.Update(ctx, bob); err != nil {
			t.Fatal(err)
		}
		if got := p.waiting(t); !slices.Equal(got, want) {
			t.Errorf("day %d: got %q, want %q", day, got, want)
		}
		p.now = p.now.Add(25 * time.Hour)
	}
}

// However many mails of lower value wait, a notice that the password or the address
// of an account was changed is queued.
func TestNoOtherMailsDisplaceNoticesOfChanges(t *testing.T) {
	p := newPeople(t)
	rejected := 0
	for i := range 800 {
		if err := p.addAndVerify(t, i); err != nil {
			rejected++
		}
	}
	for i := range 300 {
		u := p.addWith(t, &account.User{ID: fmt.Sprint("changed", i), Email: fmt.Sprintf("changed%d@x.example", i)})
		u.Email = ""
		if err := p.Update(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	before, err := p.Mails.WaitingMails(ctx)
	if err != nil || rejected == 0 || before > 800 {
		t.Errorf("%d mails wait, %d were rejected: %v", before, rejected, err)
	}
	bob := p.addWith(t, &account.User{ID: "bob", Email: "bob@x.example", Claims: []byte(`{"email":"bob@x.example","email_verified":true}`)})
	if err := p.SetPassword(ctx, bob, password); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Login(ctx, account.Attempt{Username: "bob", Password: password}); err != nil {
		t.Fatal(err)
	}
	bob.Email = ""
	if err := p.Update(ctx, bob); err != nil {
		t.Fatal(err)
	}
	ranks := make(map[account.MailKind]int64)
	mails, err := p.Mails.TakeMails(ctx, p.now, time.Minute, 100, 2000)
	for _, m := range mails {
		if m.To == "bob@x.example" {
			ranks[m.Kind] = m.Rank
		}
	}
	if err != nil || len(ranks) != 3 {
		t.Errorf("only these notices were queued: %v, %v", ranks, err)
	}
	if ranks[account.MailNewBrowser] <= ranks[account.MailPasswordChanged] || ranks[account.MailPasswordChanged] != ranks[account.MailAddressChanged] {
		t.Errorf("notices of logins count with those of changes: %v", ranks)
	}
}

// The password of a person with a second factor is not a login, so the email about a new
// browser is sent with the second factor, and only if the code is right.
func TestNoticeOfANewBrowserIsSentWithTheSecondFactor(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	secret, added := p.withTOTP(t, bob)
	p.waiting(t) // the notice of the TOTP
	p.now = p.now.Add(time.Minute)
	bob = p.user(t, bob.ID)
	_, device, err := p.Login(ctx, account.Attempt{Username: "bob", Password: password})
	if got := p.waiting(t); len(got) > 0 || device != "" || err != nil {
		t.Errorf("after the password: got %q and the device cookie %q, %v", got, device, err)
	}
	finish := func(device, code string) error {
		step := p.step(t, "bob")
		step.DeviceCookie, step.Visitor = device, visitor
		_, _, err := p.FinishWithCode(ctx, step, code)
		return err
	}
	wantErr(t, "a wrong code", finish("", "000000"), account.ErrWrongCode)
	if got := p.waiting(t); len(got) > 0 {
		t.Errorf("after a wrong code: got %q", got)
	}
	wantErr(t, "a code", finish("", totpCode(t, secret, p.now)), nil)
	if got := p.waiting(t); !slices.Equal(got, []string{"new browser to bob@x.example"}) {
		t.Errorf("after the code: got %q", got)
	}
	p.now = p.now.Add(time.Minute)
	wantErr(t, "a code in a known browser", finish(p.NewDeviceCookie(bob, ""), totpCode(t, secret, p.now)), nil)
	if got := p.waiting(t); len(got) > 0 {
		t.Errorf("in a known browser: got %q", got)
	}
	for _, device := range []string{"", p.NewDeviceCookie(bob, "")} {
		wantErr(t, "a recovery code", finish(device, added.RecoveryCodes[0]), nil)
		if got := p.waiting(t); !slices.Equal(got, []string{"recovery code used to bob@x.example"}) {
			t.Errorf("after a recovery code: got %q", got)
		}
		wantErr(t, "a recovery code that was used", finish(device, added.RecoveryCodes[0]), account.ErrFactorUsed)
		if got := p.waiting(t); len(got) > 0 {
			t.Errorf("after a recovery code that was used: got %q", got)
		}
		added.RecoveryCodes = added.RecoveryCodes[1:]
	}
	cookie, _, err := p.FinishWithCode(ctx, p.step(t, "bob"), added.RecoveryCodes[0])
	must(t, err)
	p.waiting(t)
	_, _, err = p.ConfirmWithCode(ctx, cookie, added.RecoveryCodes[1])
	must(t, err)
	if got := p.waiting(t); !slices.Equal(got, []string{"recovery code used to bob@x.example"}) {
		t.Errorf("after a confirmation with a recovery code: got %q", got)
	}
}
