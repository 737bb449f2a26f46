package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const form = "application/x-www-form-urlencoded"

// send sends a request without following redirects, and returns the response and
// its body. headers are names and values in turn.
func send(t *testing.T, method, address, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// verifier and challenge are the example of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// authorizeURL returns a valid authorization request, changed by more. An empty
// value removes a parameter.
func authorizeURL(p *latchkeytest.Provider, c *oauth.Client, more url.Values) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {c.RedirectURIs[0]}, "state": {"xyz"}, "scope": {"read"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for name, values := range more {
		q[name] = values
		if values[0] == "" {
			q.Del(name)
		}
	}
	return p.Issuer + "/authorize/?" + q.Encode()
}

// redeem exchanges a code, and returns the status and the body of the response.
func redeem(t *testing.T, p *latchkeytest.Provider, c *oauth.Client, secret, code string) (int, string) {
	t.Helper()
	response, body := send(t, "POST", p.Issuer+"/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.RedirectURIs[0]}, "code_verifier": {verifier},
		"client_id": {c.ID}, "client_secret": {secret},
	}.Encode(), "Content-Type", form)
	return response.StatusCode, body
}

// A movableClock is a clock that a test can set forward.
type movableClock struct{ by atomic.Int64 }

func (c *movableClock) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

// move moves the clock forward.
func (c *movableClock) move(by time.Duration) { c.by.Add(int64(by)) }

func newMemory(o *latchkey.Options) latchkey.Store { return memstore.New(o.Clock) }

// A countingStore counts the writes of the protocol. While broken is set, writes
// fail.
type countingStore struct {
	latchkey.Store
	writes atomic.Int64
	broken atomic.Bool
}

// newCountingStore starts a provider with a countingStore.
func newCountingStore(t *testing.T, change func(*latchkey.Options)) (*latchkeytest.Provider, *countingStore) {
	t.Helper()
	store := &countingStore{}
	return latchkeytest.New(t, func(o *latchkey.Options) {
		store.Store = newMemory(o)
		o.Store = store
		if change != nil {
			change(o)
		}
	}), store
}

func (s *countingStore) write() error {
	s.writes.Add(1)
	if s.broken.Load() {
		return fmt.Errorf("%w: disk full", oauth.ErrUnavailable)
	}
	return nil
}

func (s *countingStore) Approve(ctx context.Context, a oauth.Approval) (time.Time, error) {
	if err := s.write(); err != nil {
		return time.Time{}, err
	}
	return s.Store.Approve(ctx, a)
}

func (s *countingStore) Issue(ctx context.Context, t oauth.AccessToken) error {
	if err := s.write(); err != nil {
		return err
	}
	return s.Store.Issue(ctx, t)
}

func (s *countingStore) EndSessions(ctx context.Context, e oauth.SessionsEnd) error {
	if err := s.write(); err != nil {
		return err
	}
	return s.Store.EndSessions(ctx, e)
}
