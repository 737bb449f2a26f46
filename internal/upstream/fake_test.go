package upstream_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

var (
	ctx      = context.Background()
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
)

// fake is an OpenID provider that can lie.
type fake struct {
	*httptest.Server
	key  *ecdsa.PrivateKey
	now  time.Time
	down atomic.Bool
	seen url.Values // the last form at the token endpoint
	hits atomic.Int32

	metadata func(map[string]any)
	claims   func(map[string]any) // of the ID token
	userInfo map[string]any
	tokens   func(map[string]any) // the token response
	sign     func(claims map[string]any) string
}

func newFake(t *testing.T) *fake {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{key: key, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	f.sign = func(claims map[string]any) string {
		return testjwt.Sign(t, jose.ES256, f.key, map[string]any{"kid": "1"}, claims)
	}
	mux := http.NewServeMux()
	answer := func(path string, body func(r *http.Request) any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			f.hits.Add(1)
			if f.down.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body(r))
		})
	}
	answer("/.well-known/openid-configuration", func(*http.Request) any {
		m := map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
			"userinfo_endpoint": f.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
		}
		if f.metadata != nil {
			f.metadata(m)
		}
		return m
	})
	answer("/keys", func(*http.Request) any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}}
	})
	answer("/userinfo", func(*http.Request) any { return f.userInfo })
	answer("/token", func(r *http.Request) any {
		_ = r.ParseForm()
		f.seen = r.PostForm
		claims := map[string]any{
			"iss": f.URL, "aud": "client", "sub": "248289761001", "nonce": "nonce", "iat": f.now.Unix(), "exp": f.now.Unix() + 60,
			"preferred_username": "ada", "name": "Ada Lovelace", "email": "ada@acme.example", "email_verified": true,
		}
		if f.claims != nil {
			f.claims(claims)
		}
		maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
		tokens := map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": f.sign(claims)}
		if f.tokens != nil {
			f.tokens(tokens)
		}
		return tokens
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

// provider returns a provider with the settings, changed by change.
func (f *fake) provider(change func(*upstream.Settings)) *upstream.Provider {
	s := upstream.Settings{Name: "acme", Issuer: f.URL, ClientID: "client", ClientSecret: "secret"}
	if change != nil {
		change(&s)
	}
	return upstream.New(s, upstream.Config{
		RedirectURI: "https://id.example/o/login/with/acme/callback/", Clock: func() time.Time { return f.now },
		Outbound: outbound.New(outbound.Options{InsecureNetworks: loopback}),
	})
}

func (f *fake) request() upstream.Request { return upstream.NewRequest("state", "nonce", f.now) }

// login returns the person after an answer with a code.
func (f *fake) login(p *upstream.Provider, more ...string) (*upstream.Identity, error) {
	answer := url.Values{"code": {"code"}, "state": {"state"}}
	for i := 0; i < len(more); i += 2 {
		answer.Set(more[i], more[i+1])
	}
	return p.Identity(ctx, f.request(), answer)
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func long(n int) string { return strings.Repeat("x", n) }
