package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// signUp signs up, and returns the message at the username, or "".
func (p *people) signUp(t *testing.T, name string) string {
	t.Helper()
	p.now = p.now.Add(time.Hour) // not to be throttled
	_, err := p.SignUp(ctx, account.NewUser{Username: name, Password: password}, clientAddress)
	if faults, ok := errors.AsType[validate.FieldErrors](err); ok && len(faults) == 1 && faults[0].Field == "username" {
		return faults[0].Message
	}
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	return ""
}

// Unicode Technical Standard 39: names are compared by their skeletons, as people
// see them.
func TestSignUpRejectsUsernamesThatLookLikeOthers(t *testing.T) {
	p := newPeople(t)
	p.create(t, "paypal")
	p.create(t, "Hanna.Meier")
	p.create(t, "IVAN")
	for _, name := range []string{
		"p\u0430ypal",      // Cyrillic a
		"paypa1", "PAYPA1", // digit one
		"paypaI",               // capital i
		"\u03c1aypal",          // Greek rho
		"\u041danna.Meier",     // Cyrillic En, which looks like H
		"hanna\u2024meier",     // one dot leader
		"іvаn", "Ivаn", "1van", // Cyrillic i and a
		"pаураӏ", // only Cyrillic letters
	} {
		if got := p.signUp(t, name); !strings.Contains(got, "looks too much like") && !strings.Contains(got, "not allowed") {
			t.Errorf("%+q: got %q", name, got)
		}
	}
	for _, name := range []string{"hanna", "papaya", "pay-pal", "ivana", "анна", "田中"} {
		if got := p.signUp(t, name); got != "" {
			t.Errorf("%q: got %q", name, got)
		}
	}
	if got := p.signUp(t, "PayPal"); !strings.Contains(got, "already taken") {
		t.Errorf("the same name: got %q", got)
	}
	p.create(t, "p\u0430ypal") // by an administrator
}

func TestSignUpRejectsReservedUsernames(t *testing.T) {
	p := newPeople(t)
	for _, name := range []string{"admin", "Admin", "ADMIN", "root", "support", "postmaster", "аdmin", "adm1n", "admin_", "-admin-", "supp0rt", "r\u043e\u043et", "webmaster", "OFFICIAL"} {
		if got := p.signUp(t, name); !strings.Contains(got, "reserved") {
			t.Errorf("%+q: got %q", name, got)
		}
	}
	for _, name := range []string{"adminton", "rooty", "ada.admin"} {
		if got := p.signUp(t, name); got != "" {
			t.Errorf("%q: got %q", name, got)
		}
	}
	p.create(t, "admin") // by an administrator
}

// expiring signs up with an address to confirm.
func (p *people) expiring(t *testing.T, name string) *account.User {
	t.Helper()
	u, err := p.SignUp(ctx, account.NewUser{Username: name, Password: password, Email: name + "@x.example", MustConfirm: true}, clientAddress)
	if err == nil {
		_, _, err = p.StartSession(ctx, u, account.Browser{}, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAccountsExpireUnlessConfirmedOrUsed(t *testing.T) {
	p := newPeople(t)
	eve, bob, carol := p.expiring(t, "eve"), p.expiring(t, "bob"), p.expiring(t, "carol")
	if want := p.now.Add(7 * 24 * time.Hour); !eve.ExpiresAt.Equal(want) {
		t.Errorf("the account expires at %s, want %s", eve.ExpiresAt, want)
	}
	if err := p.VerifyEmail(ctx, p.verificationProof(t, bob), bob.ID); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(24 * time.Hour)
	used, _, err := p.Login(ctx, account.Attempt{Username: "carol", Password: password})
	if err == nil {
		_, _, err = p.StartSession(ctx, used, account.Browser{}, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(6 * 24 * time.Hour)
	if n, err := p.Store.DeleteExpiredUsers(ctx, p.now); n != 1 || err != nil {
		t.Errorf("%d accounts were deleted: %v", n, err)
	}
	if _, err := p.Store.User(ctx, eve.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the account that nobody used: %v", err)
	}
	for _, u := range []*account.User{bob, carol} {
		if kept, err := p.Store.User(ctx, u.ID); err != nil || !kept.ExpiresAt.IsZero() {
			t.Errorf("%s: %+v %v", u.Username, kept, err)
		}
	}
	if got := p.signUp(t, "eve"); got != "" {
		t.Errorf("the name of the expired account: %s", got)
	}
}

func TestOnlyAccountsToBeConfirmedExpire(t *testing.T) {
	p := newPeople(t)
	u, err := p.SignUp(ctx, account.NewUser{Username: "eve", Password: password}, clientAddress)
	if err != nil || !u.ExpiresAt.IsZero() {
		t.Errorf("on a server without emails: %+v %v", u, err)
	}
	p.UnconfirmedTTL = -1
	if u = p.expiring(t, "bob"); !u.ExpiresAt.IsZero() {
		t.Errorf("with a negative lifetime: %s", u.ExpiresAt)
	}
}

func TestSignUpRejectsTheAddressOfAnotherPersonAsUsername(t *testing.T) {
	p := newPeople(t)
	for _, name := range []string{"victim@x.example", "victim\uff20x.example", "@victim", "victim@"} {
		if got := p.signUp(t, name); !strings.Contains(got, "A username with @ must be your own email address") {
			t.Errorf("%+q: got %q", name, got)
		}
	}
	if _, err := p.SignUp(ctx, account.NewUser{Username: "victim@x.example", Email: "eve@x.example", Password: password}, clientAddress); err == nil {
		t.Error("an account was created with the address of another person as username")
	}
	if _, err := p.SignUp(ctx, account.NewUser{Username: "Bob@x.example", Email: "bob@x.example ", Password: password}, clientAddress); err != nil {
		t.Errorf("with the own address: %v", err)
	}
	p.create(t, "victim@x.example") // by an administrator
}
