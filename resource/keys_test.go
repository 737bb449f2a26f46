package resource_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// issuer is an authorization server that publishes its keys and signs tokens. It
// is the transport of the API's HTTP client, so that synctest controls the time.
type issuer struct {
	t    *testing.T
	keys map[string]*ecdsa.PrivateKey

	mu       sync.Mutex
	document string // the key set; empty means status 503
	takes    time.Duration
	requests int
}

func newIssuer(t *testing.T) *issuer { return &issuer{t: t, keys: make(map[string]*ecdsa.PrivateKey)} }

func (s *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.requests++
	status, body, takes := http.StatusOK, s.document, s.takes
	s.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if body == "" {
		status = http.StatusServiceUnavailable
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// guard returns a verifier for the tokens of the issuer.
func (s *issuer) guard() *resource.JWT {
	return &resource.JWT{Issuer: "https://id.example", Audience: "https://api.example", KeysURL: "https://id.example/jwks", Client: &http.Client{Transport: s}}
}

// key returns the key with this id, generated at the first call.
func (s *issuer) key(id string) *ecdsa.PrivateKey {
	s.t.Helper()
	if s.keys[id] == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			s.t.Fatal(err)
		}
		s.keys[id] = key
	}
	return s.keys[id]
}

// publish serves the keys with these ids. Without ids the server is unavailable.
func (s *issuer) publish(ids ...string) {
	s.t.Helper()
	document := ""
	if len(ids) > 0 {
		var set jose.JSONWebKeySet
		for _, id := range ids {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key(id).Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
		}
		text, err := json.Marshal(set)
		if err != nil {
			s.t.Fatal(err)
		}
		document = string(text)
	}
	s.serve(document)
}

func (s *issuer) serve(document string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.document = document
}

func (s *issuer) served() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// token returns an access token signed with the key of this id. A claim with the
// value nil is removed. The claim kid is a member of the header instead.
func (s *issuer) token(id, typ string, claims map[string]any) string {
	s.t.Helper()
	header := map[string]any{"typ": typ}
	if kid, ok := claims["kid"]; !ok {
		header["kid"] = id
	} else if kid != nil {
		header["kid"] = kid
	}
	all := map[string]any{
		"iss": "https://id.example", "aud": "https://api.example", "sub": "ada", "client_id": "app", "scope": "read", "jti": "1",
		"exp": time.Now().Add(48 * time.Hour).Unix(),
	}
	for name, value := range claims {
		if all[name] = value; value == nil || name == "kid" {
			delete(all, name)
		}
	}
	return testjwt.Sign(s.t, jose.ES256, s.key(id), header, all)
}

// TestKeysOfTheIssuerAreCached: the key set is fetched every five minutes, and
// for an unknown kid at most every 30 s. While it cannot be fetched, the known
// keys are used for an hour.
func TestKeysOfTheIssuerAreCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("one")
		guard := s.guard()
		const valid, invalid, unavailable = "valid", "invalid", "unavailable"
		for _, step := range []struct {
			name     string
			pass     time.Duration
			change   func()
			key      string
			want     string
			requests int // in total
		}{
			{name: "the first token", key: "one", want: valid, requests: 1},
			{name: "the second token", key: "one", want: valid, requests: 1},
			{name: "an unknown key", key: "x", want: invalid, requests: 1},
			{name: "an unknown key after 30 s", pass: 30 * time.Second, key: "x", want: invalid, requests: 2},
			{name: "another unknown key", key: "y", want: invalid, requests: 2},
			{name: "a new key at once", change: func() { s.publish("one", "two") }, key: "two", want: invalid, requests: 2},
			{name: "a new key after 30 s", pass: 30 * time.Second, key: "two", want: valid, requests: 3},
			{name: "a removed key within five minutes", pass: 5*time.Minute - 1, change: func() { s.publish("two") }, key: "one", want: valid, requests: 3},
			{name: "a removed key after five minutes", pass: 1, key: "one", want: invalid, requests: 4},
			{name: "the server is down", pass: 6 * time.Minute, change: func() { s.publish() }, key: "two", want: valid, requests: 5},
			{name: "the server is still down", key: "two", want: valid, requests: 5},
			{name: "an unknown key while it is down", key: "x", want: unavailable, requests: 5},
			{name: "the server has been down for an hour", pass: time.Hour, key: "two", want: unavailable, requests: 6},
			{name: "the server is up, at once", change: func() { s.publish("two") }, key: "two", want: unavailable, requests: 6},
			{name: "the server is up, after 30 s", pass: 30 * time.Second, key: "two", want: valid, requests: 7},
			{name: "a document that is not a key set", pass: time.Hour, change: func() { s.serve("<html>") }, key: "two", want: unavailable, requests: 8},
		} {
			time.Sleep(step.pass)
			if step.change != nil {
				step.change()
			}
			_, err := guard.Verify(t.Context(), s.token(step.key, "at+jwt", nil))
			got := valid
			switch {
			case errors.Is(err, resource.ErrInvalidToken):
				got = invalid
			case err != nil:
				got = unavailable
			}
			if got != step.want || s.served() != step.requests {
				t.Errorf("%s: %s (%v) after %d requests, want %s after %d", step.name, got, err, s.served(), step.want, step.requests)
			}
		}
	})
}

func TestManyTokensShareOneRequestForKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("one")
		s.takes = time.Second
		guard, token := s.guard(), s.token("one", "at+jwt", nil)
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				if _, err := guard.Verify(t.Context(), token); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if s.served() != 1 {
			t.Errorf("%d requests", s.served())
		}
	})
}

func TestCallerThatGivesUpDoesNotCancelTheRequestForKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("one")
		s.takes = time.Second
		guard, token := s.guard(), s.token("one", "at+jwt", nil)
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := guard.Verify(impatient, token); err == nil || errors.Is(err, resource.ErrInvalidToken) {
			t.Errorf("the caller that gives up: %v", err)
		}
		if _, err := guard.Verify(t.Context(), token); err != nil || s.served() != 1 {
			t.Errorf("the next caller, after %d requests: %v", s.served(), err)
		}
	})
}

// TestOtherKeysInTheSetAreIgnored: an authorization server may publish keys of
// types that this release does not support (RFC 7517 §5).
func TestOtherKeysInTheSetAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("one")
		s.document = strings.Replace(s.document, `"keys":[`, `"keys":[{"kty":"AKP","alg":"ML-DSA-44","kid":"new","pub":"AA"},{"kty":"oct","kid":"x","k":"AA"},`, 1)
		if _, err := s.guard().Verify(t.Context(), s.token("one", "at+jwt", nil)); err != nil {
			t.Error(err)
		}
	})
}
