package resource_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// fake is a Verifier with two valid tokens.
type fake struct{}

func (fake) Verify(_ context.Context, token string) (*resource.Token, error) {
	switch token {
	case "reader":
		return &resource.Token{Subject: "ada", Scope: "read"}, nil
	case "both":
		return &resource.Token{Subject: "ada", Scope: "read write"}, nil
	case "down":
		return nil, errors.New("no response")
	}
	return nil, resource.ErrInvalidToken
}

// RFC 6750 §2.1 and §3.
func TestGuardRespondsWithTheChallengesOfRFC6750(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := resource.FromContext(r.Context())
		_, _ = io.WriteString(w, "hello "+token.Subject)
	})
	for name, test := range map[string]struct {
		method, path, authorization string
		guard                       func(http.Handler) http.Handler
		status                      int
		challenge                   string
	}{
		"a valid token":                    {authorization: "Bearer reader", status: 200},
		"the scheme in other letters":      {authorization: "bEARER  reader", status: 200},
		"no token":                         {status: 401, challenge: `Bearer realm="api", scope="read"`},
		"another scheme":                   {authorization: "Basic reader", status: 401, challenge: `Bearer realm="api", scope="read"`},
		"a scheme that begins with Bearer": {authorization: "BearerX reader", status: 401, challenge: `Bearer realm="api", scope="read"`},
		"an empty token":                   {authorization: "Bearer ", status: 401, challenge: `Bearer realm="api", scope="read"`},
		"an invalid token":                 {authorization: "Bearer x", status: 401, challenge: `Bearer realm="api", error="invalid_token"`},
		"one scope missing":                {authorization: "Bearer reader", guard: resource.Require(fake{}, "read", "write"), status: 403, challenge: `Bearer realm="api", error="insufficient_scope"`},
		"both scopes":                      {authorization: "Bearer both", guard: resource.Require(fake{}, "read", "write"), status: 200},
		"a token in the URL":               {path: "/?access_token=reader", status: 401, challenge: `Bearer realm="api", scope="read"`},
		"the server is unavailable":        {authorization: "Bearer down", status: 503},
		"HEAD with the scope read":         {method: "HEAD", authorization: "Bearer reader", guard: resource.ReadWrite(fake{}, "read", "write"), status: 200},
		"PUT with the scope read":          {method: "PUT", authorization: "Bearer reader", guard: resource.ReadWrite(fake{}, "read", "write"), status: 403, challenge: `Bearer realm="api", error="insufficient_scope"`},
	} {
		t.Run(name, func(t *testing.T) {
			if test.guard == nil {
				test.guard = resource.Require(fake{}, "read")
			}
			if test.path == "" {
				test.path = "/"
			}
			r := httptest.NewRequest(test.method, test.path, nil)
			if test.authorization != "" {
				r.Header.Set("Authorization", test.authorization)
			}
			w := httptest.NewRecorder()
			test.guard(api).ServeHTTP(w, r)
			got := w.Header().Get("WWW-Authenticate")
			if w.Code != test.status || !strings.HasPrefix(got, test.challenge) || (test.challenge == "") != (got == "") {
				t.Errorf("%d %q, want %d %q", w.Code, got, test.status, test.challenge)
			}
			if test.status == 200 && test.method != "HEAD" && w.Body.String() != "hello ada" {
				t.Errorf("body %q", w.Body)
			}
		})
	}
}

func TestBothVerifiersAcceptTokensOfARealServer(t *testing.T) {
	p := latchkeytest.New(t)
	api, apiSecret := p.AddClient("https://x.example", func(c *oauth.Client) { c.ResourceServer, c.GrantTypes = true, nil })
	introspection := &resource.Introspection{URL: p.Issuer + "/introspect", ClientID: api.ID, ClientSecret: apiSecret, Audience: p.Issuer}
	offset := time.Duration(0)
	offline := &resource.JWT{Issuer: p.Issuer, Audience: p.Issuer, KeysURL: p.Issuer + "/.well-known/jwks.json", Clock: func() time.Time { return time.Now().Add(offset) }}
	token := func(format oauth.TokenFormat) string {
		client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AccessTokenFormat = format })
		response, err := http.PostForm(p.Issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		_, rest, _ := strings.Cut(string(body), `"access_token":"`)
		text, _, _ := strings.Cut(rest, `"`)
		return text
	}
	ctx := context.Background()
	opaque, jwt := token(oauth.Opaque), token(oauth.JWT)
	for _, text := range []string{opaque, jwt} {
		if got, err := introspection.Verify(ctx, text); err != nil || !got.Has("read") || got.ClientID == "" {
			t.Errorf("introspection: %+v %v", got, err)
		}
	}
	if got, err := offline.Verify(ctx, jwt); err != nil || !got.Has("write") {
		t.Errorf("JWT: %+v %v", got, err)
	}
	other := &resource.JWT{Issuer: p.Issuer, Audience: "https://other.example", KeysURL: p.Issuer + "/.well-known/jwks.json"}
	parts := strings.Split(jwt, ".")
	for name, check := range map[string]func() error{
		"an opaque token":    func() error { _, err := offline.Verify(ctx, opaque); return err },
		"another audience":   func() error { _, err := other.Verify(ctx, jwt); return err },
		"the algorithm none": func() error { _, err := offline.Verify(ctx, "eyJhbGciOiJub25lIn0."+parts[1]+"."); return err },
		"no signature":       func() error { _, err := offline.Verify(ctx, parts[0]+"."+parts[1]+"."); return err },
		"the kid of another key": func() error {
			_, err := offline.Verify(ctx, "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLyJ9."+parts[1]+"."+parts[2])
			return err
		},
		"only dots":                      func() error { _, err := offline.Verify(ctx, strings.Repeat(".", 100000)); return err },
		"an unknown token, introspected": func() error { _, err := introspection.Verify(ctx, "x"); return err },
	} {
		if err := check(); !errors.Is(err, resource.ErrInvalidToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	offset = time.Hour + 2*time.Minute
	if _, err := offline.Verify(ctx, jwt); !errors.Is(err, resource.ErrInvalidToken) {
		t.Errorf("expired: %v", err)
	}
	wrong := &resource.Introspection{URL: p.Issuer + "/introspect", ClientID: "nobody", ClientSecret: "x", Audience: p.Issuer}
	if _, err := wrong.Verify(ctx, opaque); err == nil || errors.Is(err, resource.ErrInvalidToken) {
		t.Errorf("an API with wrong credentials: %v", err)
	}
}
