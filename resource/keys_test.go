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
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// issuing is an authorization server with keys that change.
type issuing struct {
	*httptest.Server
	t     *testing.T
	now   time.Time
	keys  map[string]*ecdsa.PrivateKey
	body  atomic.Value // string
	asked atomic.Int64
}

func newIssuing(t *testing.T) *issuing {
	s := &issuing{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), keys: make(map[string]*ecdsa.PrivateKey)}
	s.body.Store("")
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		body := s.body.Load().(string)
		if body == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// publish serves keys of these ids; without any, nothing.
func (s *issuing) publish(ids ...string) {
	set := jose.JSONWebKeySet{}
	for _, id := range ids {
		if s.keys[id] == nil {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				s.t.Fatal(err)
			}
			s.keys[id] = key
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.keys[id].Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
	}
	body, err := json.Marshal(set)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(ids) == 0 {
		body = nil
	}
	s.body.Store(string(body))
}

// token is an access token signed with the key of this id.
func (s *issuing) token(id string) string {
	key := s.keys[id]
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			s.t.Fatal(err)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("at+jwt").WithHeader("kid", id))
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"iss": "i", "aud": "a", "sub": "ada", "exp": s.now.Add(24 * time.Hour).Unix()})
	if err != nil {
		s.t.Fatal(err)
	}
	signed, err := signer.Sign(body)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// TestAGuardFollowsTheKeys: it asks when it must, and no more; made-up keys and
// an authorization server that is away make no storm.
func TestAGuardFollowsTheKeys(t *testing.T) {
	s := newIssuing(t)
	guard := &resource.JWT{Issuer: "i", Audience: "a", KeysURL: s.URL, Clock: func() time.Time { return s.now }}
	s.publish("one")
	pass := func(d time.Duration) func() { return func() { s.now = s.now.Add(d) } }
	const good, bad, away = "good", "bad", "away"
	for _, step := range []struct {
		name   string
		change func()
		key    string
		want   string
		asked  int64 // in all
	}{
		{"the first token", func() {}, "one", good, 1},
		{"the second", func() {}, "one", good, 1},
		{"a made-up key", func() {}, "x", bad, 1},
		{"a made-up key later", pass(31 * time.Second), "x", bad, 2},
		{"a made-up key again", func() {}, "y", bad, 2},
		{"a new key at once", func() { s.publish("one", "two") }, "two", bad, 2},
		{"a new key soon", pass(31 * time.Second), "two", good, 3},
		{"within five minutes", pass(5 * time.Minute), "one", good, 3},
		{"a key taken back, after them", func() { s.publish("two"); s.now = s.now.Add(time.Second) }, "one", bad, 4},
		{"the server is away", func() { s.publish(); s.now = s.now.Add(6 * time.Minute) }, "two", good, 5},
		{"the server is away, and another asks", func() {}, "two", good, 5},
		{"an unknown key while it is away", func() {}, "x", away, 5},
		{"away for more than an hour", pass(time.Hour), "two", away, 6},
		{"back, but not looked for yet", func() { s.publish("two") }, "two", away, 6},
		{"back", pass(31 * time.Second), "two", good, 7},
	} {
		step.change()
		_, err := guard.Verify(context.Background(), s.token(step.key))
		got := good
		switch {
		case errors.Is(err, resource.ErrInvalidToken):
			got = bad
		case err != nil:
			got = away
		}
		if got != step.want || s.asked.Load() != step.asked {
			t.Errorf("%s: %s (%v), asked %d times; want %s, %d", step.name, got, err, s.asked.Load(), step.want, step.asked)
		}
	}
}

func TestManyTokensMakeOneLook(t *testing.T) {
	s := newIssuing(t)
	s.publish("one")
	token := s.token("one")
	guard := &resource.JWT{Issuer: "i", Audience: "a", KeysURL: s.URL, Clock: func() time.Time { return s.now }}
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			if _, err := guard.Verify(context.Background(), token); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if s.asked.Load() != 1 {
		t.Errorf("asked %d times", s.asked.Load())
	}
}

func TestWhoGivesUpSpoilsNoLookForOthers(t *testing.T) {
	s := newIssuing(t)
	s.publish("one")
	guard := &resource.JWT{Issuer: "i", Audience: "a", KeysURL: s.URL, Clock: func() time.Time { return s.now }}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _ = guard.Verify(ctx, s.token("one"))
	if _, err := guard.Verify(context.Background(), s.token("one")); err != nil {
		t.Error(err)
	}
}

// TestAKeyOfAnUnknownKindHarmsNoOther: an authorization server may publish
// kinds of keys that this release does not know (RFC 7517 §5).
func TestAKeyOfAnUnknownKindHarmsNoOther(t *testing.T) {
	s := newIssuing(t)
	s.publish("one")
	s.body.Store(strings.Replace(s.body.Load().(string), `"keys":[`, `"keys":[{"kty":"AKP","alg":"ML-DSA-44","kid":"new","pub":"AA"},{"kty":"oct","kid":"x","k":"AA"},`, 1))
	guard := &resource.JWT{Issuer: "i", Audience: "a", KeysURL: s.URL, Clock: func() time.Time { return s.now }}
	if _, err := guard.Verify(context.Background(), s.token("one")); err != nil {
		t.Error(err)
	}
}
