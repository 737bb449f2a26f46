package account_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An endingStore ends a session before a factor is read or changed or, if late is set,
// only before it is used.
type endingStore struct {
	account.Store
	end  func()
	late bool
}

func (s endingStore) Factor(ctx context.Context, id account.FactorID) (account.Factor, *account.User, error) {
	if !s.late {
		s.end()
	}
	return s.Store.Factor(ctx, id)
}

func (s endingStore) ChangeFactors(ctx context.Context, c account.FactorChange) error {
	if !s.late {
		s.end()
	}
	return s.Store.ChangeFactors(ctx, c)
}

func (s endingStore) StartSession(ctx context.Context, start account.SessionStart) error {
	if start.Use != nil {
		s.end()
	}
	return s.Store.StartSession(ctx, start)
}

// TestProofInASessionDoesNotReviveIt: a code or a new factor in a session only confirms
// it. If the owner ends the session at the same time, it stays ended.
func TestProofInASessionDoesNotReviveIt(t *testing.T) {
	for _, late := range []bool{false, true} {
		for name, prove := range map[string]func(p *people, cookie, code string, again account.NewTOTP) (string, error){
			"a code": func(p *people, cookie, code string, _ account.NewTOTP) (string, error) {
				renewed, _, err := p.ConfirmWithCode(ctx, cookie, code)
				return renewed, err
			},
			"a new factor": func(p *people, cookie, _ string, again account.NewTOTP) (string, error) {
				added, err := p.AddTOTP(ctx, cookie, again.Form, totpCode(t, again.Secret, p.now))
				return added.Cookie, err
			},
		} {
			p := newPeople(t)
			ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
			secret, added := p.withTOTP(t, ada)
			again, err := p.PrepareTOTP(ctx, added.Cookie, "Example")
			if err != nil {
				t.Fatal(err)
			}
			p.now = p.now.Add(time.Minute)
			store := p.Store
			p.Store = endingStore{store, sync.OnceFunc(func() {
				if err := store.(oauth.Store).EndSessions(ctx, oauth.SessionsEnd{IDs: []string{added.Session.ID}, At: p.now}); err != nil {
					t.Error(err)
				}
			}), late}
			renewed, err := prove(p, added.Cookie, totpCode(t, secret, p.now), again)
			wantErr(t, name, err, account.ErrNotFound)
			_, _, err = p.Session(ctx, renewed)
			wantErr(t, name+": the session", err, account.ErrNotFound)
		}
	}
}

// TestPasskeyProofInASessionDoesNotReviveIt is the same for a passkey.
func TestPasskeyProofInASessionDoesNotReviveIt(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	added := p.addPasskey(t, p.startSession(t, ada), a)
	prepared, err := p.PrepareConfirmation(ctx, added.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	store := p.Store
	p.Store = endingStore{store, sync.OnceFunc(func() {
		if err := store.(oauth.Store).EndSessions(ctx, oauth.SessionsEnd{IDs: []string{added.Session.ID}, At: p.now}); err != nil {
			t.Error(err)
		}
	}), false}
	_, _, err = p.ConfirmWithPasskey(ctx, added.Cookie, a.get(t, prepared))
	wantErr(t, "a passkey", err, account.ErrNotFound)
}
