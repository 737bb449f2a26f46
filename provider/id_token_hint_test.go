package provider_test

import (
	"context"
	"encoding/base64"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type requestKey struct{}

// contextStore records the requests for which clients are read.
type contextStore struct {
	oauth.Store
	requests map[string]any
}

func (s *contextStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	s.requests[id] = ctx.Value(requestKey{})
	return s.Store.Client(ctx, id)
}

// The limits and the trace of a request apply to all its reads.
func TestIDTokenHintIsReadInTheContextOfTheRequest(t *testing.T) {
	store := &contextStore{requests: make(map[string]any)}
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) { store.Store, c.Store = c.Store, store })
	encode := base64.RawURLEncoding.EncodeToString
	hint := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(`{"iss":"`+issuer+`","sub":"x","aud":"another"}`)) + "." + encode(make([]byte, 32))
	p := params(t, "response_type", "code", "client_id", h.id, "redirect_uri", callback, "scope", "openid", "id_token_hint", hint,
		"code_challenge", challenge(verifier), "code_challenge_method", "S256")
	_, err := h.Begin(context.WithValue(ctx, requestKey{}, "this one"), p)
	wantCode(t, err, "invalid_request")
	if got := store.requests["another"]; got != "this one" {
		t.Errorf("the client of the hint was read for the request %v", got)
	}
}
