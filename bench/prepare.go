package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// find returns the operation with the name.
func find(name string) (*operation, error) {
	for i := range operations {
		if operations[i].name == name {
			return &operations[i], nil
		}
	}
	return nil, fmt.Errorf("unknown operation %q", name)
}

// now returns the time with the precision of the stores.
func now() time.Time { return time.Now().Truncate(time.Millisecond) }

// challenge returns the S256 challenge of the verifier (RFC 7636 §4.2).
func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// approve writes an authorization code of a client, as if a person had consented.
func approve(s store, c clients, client registered, scope ...string) (oauth.Token, error) {
	at := now()
	code := oauth.NewToken(oauth.KindCode, at)
	_, err := s.Approve(context.Background(), oauth.Approval{Now: at, Put: &oauth.Ticket{
		Kind: codeKind, ID: code.ID, Proof: codeProof(code, client), ClientID: client.id,
		Permission: oauth.Permission{Subject: c.person, SessionID: c.session, Scope: append(oauth.Scopes{"read", "write"}, scope...), AuthTime: at},
		Body:       `{"r":"` + redirectURI + `","c":"` + challenge() + `"}`, IssuedAt: at, ExpiresAt: at.Add(time.Hour),
	}})
	return code, err
}

// codeKind and codeProof are as in package provider.
const codeKind oauth.TicketKind = "code"

func codeProof(code oauth.Token, client registered) oauth.Hash {
	hash := code.Hash()
	return oauth.Fold(codeKind, string(hash[:]), client.id, redirectURI, challenge())
}

// newAccess returns the row of a new access token.
func newAccess(client registered, scope oauth.Scopes) *oauth.AccessToken {
	at := now()
	token := oauth.NewToken(oauth.KindAccess, at)
	return &oauth.AccessToken{
		ID: token.ID, Hash: token.Hash(), ClientID: client.id, Scope: scope, IssuedAt: at, ExpiresAt: at.Add(time.Hour),
	}
}

// parallel calls make n times from many goroutines, so that calls share commits.
func parallel[T any](n int, make1 func() (T, error)) ([]T, error) {
	var (
		group  sync.WaitGroup
		next   atomic.Int64
		things = make([]T, n)
		fault  atomic.Pointer[error]
	)
	for range min(n, 128) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && fault.Load() == nil; i = next.Add(1) - 1 {
				thing, err := make1()
				if err != nil {
					fault.Store(&err)
				}
				things[i] = thing
			}
		})
	}
	group.Wait()
	if err := fault.Load(); err != nil {
		return nil, *err
	}
	return things, nil
}
