package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/textproto"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// A postOffice sends mails as a test says, and records the attempts.
type postOffice struct {
	send     func(context.Context, account.Letter) error
	mu       sync.Mutex
	attempts []string // kinds and recipients
}

func (o *postOffice) deliver(ctx context.Context, l account.Letter) error {
	o.mu.Lock()
	o.attempts = append(o.attempts, string(l.Kind)+" "+l.To)
	o.mu.Unlock()
	return o.send(ctx, l)
}

func (o *postOffice) count(what string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, attempt := range o.attempts {
		if attempt == what {
			n++
		}
	}
	return n
}

// withSender runs a test while mails are sent in the background, in a bubble
// with its own clock.
func withSender(t *testing.T, send func(context.Context, account.Letter) error, test func(t *testing.T, p *people, o *postOffice)) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New(nil)
		p := &people{Accounts: account.New(account.Config{Store: store, Mails: store, InsecurePasswordHashes: true})}
		o := &postOffice{send: send}
		sending, stop := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- p.SendMails(sending, o.deliver) }()
		test(t, p, o)
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// add adds an account without hashing a password, and requests a verification
// from an address of its own.
func (p *people) add(t *testing.T, i int) *account.User {
	t.Helper()
	name := fmt.Sprintf("user%d", i)
	return p.addWith(t, &account.User{ID: name, Email: name + "@x.example"})
}

// addWith adds an account without any checks. Its username is its ID.
func (p *people) addWith(t *testing.T, u *account.User) *account.User {
	t.Helper()
	u.Username = u.ID
	if err := p.Store.CreateUser(ctx, u, u.ID, account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	return u
}

func (p *people) addAndVerify(t *testing.T, i int) error {
	t.Helper()
	u := p.add(t, i)
	return p.RequestVerification(ctx, u, account.Visitor{Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})})
}

func TestResetMailsDoNotWaitForConfirmations(t *testing.T) {
	hang := func(ctx context.Context, l account.Letter) error {
		if l.Kind == account.MailVerify {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	withSender(t, hang, func(t *testing.T, p *people, o *postOffice) {
		refused := 0
		for i := range 900 {
			if err := p.addAndVerify(t, i); err != nil {
				refused++
			}
		}
		if refused == 0 {
			t.Error("the number of waiting mails is not bounded")
		}
		p.add(t, 1000)
		if err := p.RequestReset(ctx, "user1000", visitor, account.Return{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := o.count("reset user1000@x.example"); n != 1 {
			t.Errorf("the mail was sent %d times, want 1", n)
		}
	})
}

func TestTemporaryFailuresAreRetriedAndRejectionsAreNot(t *testing.T) {
	for name, test := range map[string]struct {
		err     error
		retried bool
	}{
		"the server cannot be reached":  {errors.New("connection refused"), true},
		"451":                           {&textproto.Error{Code: 451, Msg: "greylisted"}, true},
		"535, wrong password":           {&textproto.Error{Code: 535, Msg: "authentication failed"}, true},
		"530, login required":           {&textproto.Error{Code: 530, Msg: "authentication required"}, true},
		"503, a wrong command":          {&textproto.Error{Code: 503, Msg: "bad sequence"}, true},
		"556, no mail for the domain":   {&textproto.Error{Code: 556, Msg: "no mail"}, false},
		"550":                           {fmt.Errorf("sending: %w", &textproto.Error{Code: 550, Msg: "no such mailbox"}), false},
		"554":                           {&textproto.Error{Code: 554, Msg: "no"}, false},
		"a rejection by the function":   {fmt.Errorf("%w: no such mailbox", account.ErrMailRejected), false},
		"the first attempt is answered": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			withSender(t, func(context.Context, account.Letter) error { return test.err }, func(t *testing.T, p *people, o *postOffice) {
				p.add(t, 1)
				if err := p.RequestReset(ctx, "user1", visitor, account.Return{}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := o.count("reset user1@x.example"); n != 1 {
					t.Fatalf("%d attempts at once, want 1", n)
				}
				time.Sleep(70 * time.Second) // in the bubble
				synctest.Wait()
				want := 1
				if test.retried {
					want = 2
				}
				if n := o.count("reset user1@x.example"); n != want {
					t.Errorf("%d attempts after a minute, want %d", n, want)
				}
				time.Sleep(3 * time.Hour) // in the bubble
				synctest.Wait()
				if n, err := p.Mails.WaitingMails(ctx); err != nil || n != 0 {
					t.Errorf("%d mails wait: %v", n, err)
				}
			})
		})
	}
}

// A mail that waits for its next attempt delays no other.
func TestFailingMailsDoNotDelayOthers(t *testing.T) {
	failing := func(_ context.Context, l account.Letter) error {
		if l.To != "user100@x.example" {
			return errors.New("try again")
		}
		return nil
	}
	withSender(t, failing, func(t *testing.T, p *people, o *postOffice) {
		for i := range 101 {
			if err := p.addAndVerify(t, i); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := o.count("verify user100@x.example"); n != 1 {
			t.Errorf("the last mail was sent %d times", n)
		}
	})
}

func TestMailsThatAreNotNeededAnyMoreAreNotSent(t *testing.T) {
	var reachable atomic.Bool
	send := func(context.Context, account.Letter) error {
		if !reachable.Load() {
			return errors.New("connection refused")
		}
		return nil
	}
	withSender(t, send, func(t *testing.T, p *people, o *postOffice) {
		if err := p.addAndVerify(t, 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		u, err := p.Store.User(ctx, "user1")
		if err != nil {
			t.Fatal(err)
		}
		u.Email = "other@x.example"
		if err := p.Update(ctx, u); err != nil {
			t.Fatal(err)
		}
		reachable.Store(true)
		time.Sleep(2 * time.Hour) // in the bubble
		synctest.Wait()
		if n := o.count("verify user1@x.example"); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
		if n, err := p.Mails.WaitingMails(ctx); err != nil || n != 0 {
			t.Errorf("%d mails wait: %v", n, err)
		}
	})
}

// One network address cannot fill the queue.
func TestWaitingMailsAreLimitedPerVisitor(t *testing.T) {
	p := newPeople(t)
	var err error
	for i := 0; i < 200 && err == nil; i++ {
		err = p.RequestVerification(ctx, p.add(t, i), visitor)
	}
	if !isThrottled(err) {
		t.Errorf("after 200 mails: %v", err)
	}
	if err := p.RequestVerification(ctx, p.add(t, 1000), account.Visitor{Address: netip.MustParseAddr("203.0.113.1")}); err != nil {
		t.Errorf("from another address: %v", err)
	}
}
