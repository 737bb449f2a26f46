package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// storeOnly is the suffix of a role: a process that calls the methods of the store
// without HTTP.
const storeOnly = " alone"

// engine calls the methods of a store without HTTP. It has one caller per
// connection, and each waits until its change is durable.
type engine struct {
	store
	clients
}

func newEngine(kind string) (*engine, error) {
	s, err := openStore(kind)
	if err != nil {
		return nil, err
	}
	e := &engine{store: s}
	e.clients, err = register(s)
	return e, err
}

func (e *engine) obey(c command) (reply, error) {
	switch c.Do {
	case "hello":
		return reply{}, nil
	case "fill":
		return reply{}, fill(e.store, e.opaque, c)
	case "run":
		result, err := e.run(c)
		return reply{Result: &result}, err
	}
	return reply{}, fmt.Errorf("unknown command %q", c.Do)
}

func (e *engine) count(u *usage) { countStore(e.store, u) }

// errUsedUp means that the prepared rows are used up.
var errUsedUp = errors.New("the prepared rows are used up")

// verb is one call of the store. The first caller has the number 0.
type verb func(caller int) error

func (e *engine) run(c command) (rawResult, error) {
	op, err := find(c.Op)
	if err != nil {
		return rawResult{}, err
	}
	call, err := e.verb(op, c)
	if err != nil {
		return rawResult{}, err
	}
	var (
		group     sync.WaitGroup
		ending    atomic.Bool
		latencies = make([][]time.Duration, c.Callers)
		faults    = make([]error, c.Callers)
	)
	before, err := processUsage()
	if err != nil {
		return rawResult{}, err
	}
	e.count(&before)
	begun := time.Now()
	for caller := range c.Callers {
		group.Go(func() {
			for then := time.Now(); !ending.Load() && then.Sub(begun) < c.For; {
				if err := call(caller); err != nil {
					ending.Store(true)
					if !errors.Is(err, errUsedUp) {
						faults[caller] = err
					}
					return
				}
				end := time.Now()
				latencies[caller] = append(latencies[caller], end.Sub(then))
				then = end
			}
		})
	}
	group.Wait()
	result := rawResult{Elapsed: time.Since(begun)}
	after, err := processUsage()
	e.count(&after)
	result.Usage = after.minus(before)
	for _, list := range latencies {
		result.Latencies = append(result.Latencies, list...)
	}
	result.Done = len(result.Latencies)
	return result, errors.Join(append(faults, err)...)
}

// verb prepares the call of the operation.
func (e *engine) verb(op *operation, c command) (verb, error) {
	ctx := context.Background()
	switch {
	case op.supply == none:
		return func(int) error { return e.Issue(ctx, *e.access(oauth.Scopes{"read"})) }, nil
	case op.supply == chain:
		families, err := parallel(c.Callers, e.family)
		return func(caller int) error {
			f, at := &families[caller], now()
			next := randomHash()
			got, err := e.Rotate(ctx, oauth.Rotation{
				FamilyID: f.family, ClientID: e.opaque.id, Presented: f.hash, Next: next, Now: at,
				IdleExpiresAt: at.Add(time.Hour), Access: e.access(nil),
			})
			f.hash = next
			return lost(got.Won, err)
		}, err
	case op.token == "code":
		codes, err := parallel(c.N, func() (oauth.Token, error) { return approve(e.store, e.clients, e.opaque) })
		return one(codes, func(code oauth.Token) error {
			got, err := e.Spend(ctx, e.spend(code, randomHash()))
			return lost(got.Won, err)
		}), err
	default:
		families, err := parallel(c.N, e.family)
		return one(families, func(f preparedFamily) error {
			revoked, _, err := e.Revoke(ctx, oauth.Revocation{ClientID: e.opaque.id, At: now(), Access: &f.access})
			return lost(revoked, err)
		}), err
	}
}

// one returns a verb that uses the next prepared value for each call.
func one[T any](things []T, use func(T) error) verb {
	var next atomic.Int64
	return func(int) error {
		i := int(next.Add(1) - 1)
		if i >= len(things) {
			return errUsedUp
		}
		return use(things[i])
	}
}

func lost(won bool, err error) error {
	if err == nil && !won {
		return errors.New("the store rejected a valid token")
	}
	return err
}

func (e *engine) access(scope oauth.Scopes) *oauth.AccessToken { return newAccess(e.opaque, scope) }

// preparedFamily is a family with the hash of its refresh token and its access token.
type preparedFamily struct {
	family oauth.ID
	hash   oauth.Hash
	access oauth.AccessToken
}

func (e *engine) family() (preparedFamily, error) {
	code, err := approve(e.store, e.clients, e.opaque)
	if err != nil {
		return preparedFamily{}, err
	}
	r := e.spend(code, randomHash())
	got, err := e.Spend(context.Background(), r)
	return preparedFamily{code.ID, r.Family.Hash, *r.Access}, lost(got.Won, err)
}

func (e *engine) spend(code oauth.Token, refresh oauth.Hash) oauth.SpendRequest {
	at := now()
	return oauth.SpendRequest{
		Kind: codeKind, ID: code.ID, Proofs: []oauth.Hash{codeProof(code, e.opaque)}, Now: at, InSession: true,
		Family: &oauth.Family{Hash: refresh, IssuedAt: at, IdleExpiresAt: at.Add(time.Hour), ExpiresAt: at.Add(time.Hour)},
		Access: e.access(nil),
	}
}

func randomHash() (hash oauth.Hash) {
	_, _ = rand.Read(hash[:]) // never fails (crypto/rand)
	return hash
}

func (e *engine) close() error { return e.Close() }
