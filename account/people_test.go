package account_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

const password = "correct horse battery staple"

var (
	ctx           = context.Background()
	clientAddress = netip.MustParseAddr("198.51.100.7")
	visitor       = account.Visitor{Address: clientAddress, Browser: "Firefox on Linux"}
)

// people are Accounts with a clock that a test can move.
type people struct {
	*account.Accounts
	now time.Time
}

// newPeople returns people with one account, Ada.
func newPeople(t *testing.T) *people {
	t.Helper()
	p := &people{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	clock := func() time.Time { return p.now }
	store := memstore.New(clock)
	p.Accounts = account.New(account.Config{Store: store, Mails: store, Clock: clock, InsecurePasswordHashes: true})
	p.create(t, "Ada")
	return p
}

func (p *people) create(t *testing.T, name string) *account.User {
	t.Helper()
	u, err := p.Create(ctx, account.NewUser{Username: name, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// createWithEmail creates an account with an email address.
func (p *people) createWithEmail(t *testing.T, name, email string, verified bool) *account.User {
	t.Helper()
	u, err := p.Create(ctx, account.NewUser{Username: name, Password: password, Email: email})
	if err == nil && verified {
		err = p.VerifyEmail(ctx, p.verificationProof(t, u), u.ID)
		if err == nil {
			u, err = p.Store.User(ctx, u.ID)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// letters returns the letters that wait, and empties the queue.
func (p *people) letters(t *testing.T) (letters []account.Letter) {
	t.Helper()
	mails, err := p.Mails.TakeMails(ctx, p.now, time.Minute, 99, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if letter, err := p.Letter(ctx, m); err == nil {
			letters = append(letters, letter)
		}
		if err := p.Mails.RemoveMail(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
	}
	return letters
}

// onlyLetter returns the one letter with a link that waits. Notices have none.
func (p *people) onlyLetter(t *testing.T) account.Letter {
	t.Helper()
	letters := slices.DeleteFunc(p.letters(t), func(l account.Letter) bool { return l.Links[0].Proof == "" })
	if len(letters) != 1 {
		t.Fatalf("got %d letters, want 1: %+v", len(letters), letters)
	}
	return letters[0]
}

// verificationProof returns a new proof for VerifyEmail.
func (p *people) verificationProof(t *testing.T, u *account.User) string {
	t.Helper()
	if err := p.RequestVerification(ctx, u, visitor); err != nil {
		t.Fatal(err)
	}
	return p.onlyLetter(t).Links[0].Proof
}

// resetProof returns a new proof for ResetPassword of the user.
func (p *people) resetProof(t *testing.T, u *account.User) string {
	t.Helper()
	if err := p.RequestReset(ctx, u.Username, visitor, account.Return{}); err != nil {
		t.Fatal(err)
	}
	for _, link := range p.onlyLetter(t).Links {
		if link.User.ID == u.ID {
			return link.Proof
		}
	}
	t.Fatal("the letter has no link for the user")
	return ""
}

func (p *people) login(name, password, device, address string) (*account.User, string, error) {
	return p.Login(ctx, account.Attempt{Username: name, Password: password, DeviceCookie: device, Address: netip.MustParseAddr(address)})
}

// mustLogin logs in with the right password and returns the user and the device
// cookie.
func (p *people) mustLogin(t *testing.T, name, address string) (*account.User, string) {
	t.Helper()
	u, device, err := p.login(name, password, "", address)
	if err != nil {
		t.Fatal(err)
	}
	return u, device
}

// guess tries a wrong password n times and returns the last error.
func (p *people) guess(n int, name, device, address string) (err error) {
	for range n {
		_, _, err = p.login(name, "guess", device, address)
	}
	return err
}

// guessFromManyAddresses tries a wrong password n times, each time from another
// address, and returns the last error.
func (p *people) guessFromManyAddresses(n int, name string) (err error) {
	for i := range n {
		err = p.guess(1, name, "", address(i))
	}
	return err
}

// address returns one of 256 IPv4 addresses.
func address(i int) string { return netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String() }

// startSession returns the cookie of a new session of the user.
func (p *people) startSession(t *testing.T, u *account.User) string {
	t.Helper()
	cookie, _, err := p.StartSession(ctx, u, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

// wantEnded fails the test if the cookie has a session.
func (p *people) wantEnded(t *testing.T, cookie string) {
	t.Helper()
	if _, _, err := p.Session(ctx, cookie); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the session has not ended: %v", err)
	}
}

func isThrottled(err error) bool {
	var throttled *account.ThrottledError
	return errors.As(err, &throttled)
}
