package web_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"sync/atomic"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

func newMemory(o *latchkey.Options) latchkey.Store { return memstore.New(o.Clock) }

// countingStore counts the writes of the protocol, and can break.
type countingStore struct {
	latchkey.Store
	writes atomic.Int64
	broken atomic.Bool
}

func (s *countingStore) write() error {
	s.writes.Add(1)
	if s.broken.Load() {
		return fmt.Errorf("%w: disk full", oauth.ErrUnavailable)
	}
	return nil
}

func (s *countingStore) Approve(ctx context.Context, a oauth.CodeApproval) error {
	if err := s.write(); err != nil {
		return err
	}
	return s.Store.ApproveCode(ctx, a)
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

// verifier and challenge are those of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// authorizeURL is a right authorization request, changed by more.
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
