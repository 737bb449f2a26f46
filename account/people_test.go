package account_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

const password = "correct horse battery staple"

var (
	ctx           = context.Background()
	clientAddress = netip.MustParseAddr("198.51.100.7")
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
	p.Accounts = account.New(account.Config{Store: memstore.New(clock), Clock: clock})
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
		var proof string
		if proof, err = p.NewEmailProof(ctx, u); err == nil {
			u, err = p.VerifyEmail(ctx, proof)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
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
	cookie, _, _, err := p.StartSession(ctx, u, account.Browser{}, "")
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
