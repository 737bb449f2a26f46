package provider_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func TestClientMustAuthenticateInExactlyOneWay(t *testing.T) {
	typed := "a+b c%&ü:secret!!" // 16 characters and more
	for name, test := range map[string]struct {
		authorization func(*house) string
		pairs         []string
		public        bool
		code          string
	}{
		"client_secret_post":             {},
		"client_secret_basic":            {authorization: func(h *house) string { return basic(h.id, h.key) }, pairs: []string{"client_id", "", "client_secret", ""}},
		"basic in lower case":            {authorization: func(h *house) string { return "b" + basic(h.id, h.key)[1:] }, pairs: []string{"client_id", "", "client_secret", ""}},
		"Basic and the same client_id":   {authorization: func(h *house) string { return basic(h.id, h.key) }, pairs: []string{"client_secret", ""}},
		"form-encoded Basic":             {authorization: func(*house) string { return basic("typed id", typed) }, pairs: []string{"client_id", "", "client_secret", ""}},
		"a typed secret in the body":     {pairs: []string{"client_id", "typed id", "client_secret", typed}},
		"a wrong typed secret":           {pairs: []string{"client_id", "typed id", "client_secret", typed + "x"}, code: "invalid_client"},
		"two ways at once":               {authorization: func(h *house) string { return basic(h.id, h.key) }, code: "invalid_request"},
		"Basic and another client_id":    {authorization: func(h *house) string { return basic(h.id, h.key) }, pairs: []string{"client_id", "other", "client_secret", ""}, code: "invalid_request"},
		"no secret":                      {pairs: []string{"client_secret", ""}, code: "invalid_client"},
		"an empty secret in Basic":       {authorization: func(h *house) string { return basic(h.id, "") }, pairs: []string{"client_id", "", "client_secret", ""}, code: "invalid_client"},
		"a wrong secret":                 {pairs: []string{"client_secret", "lk_cs_wrong"}, code: "invalid_client"},
		"the hash instead of the secret": {pairs: []string{"client_secret", "$argon2id$v=19$m=19456"}, code: "invalid_client"},
		"an unknown client":              {pairs: []string{"client_id", "nobody"}, code: "invalid_client"},
		"no client at all":               {pairs: []string{"client_id", "", "client_secret", ""}, code: "invalid_client"},
		"another scheme":                 {authorization: func(h *house) string { return "Bearer " + h.key }, pairs: []string{"client_secret", ""}, code: "invalid_client"},
		"Basic that is not base64":       {authorization: func(*house) string { return "Basic %%%" }, pairs: []string{"client_id", "", "client_secret", ""}, code: "invalid_client"},
		"Basic without a colon":          {authorization: func(*house) string { return "Basic YWJj" }, pairs: []string{"client_id", "", "client_secret", ""}, code: "invalid_client"},
		"Basic with a NUL":               {authorization: func(*house) string { return basic("a\x00b", "x") }, pairs: []string{"client_id", "", "client_secret", ""}, code: "invalid_client"},
		"a public client with a secret":  {public: true, pairs: []string{"client_secret", "x"}, code: "invalid_client"},
		"none for a confidential client": {pairs: []string{"client_secret", ""}, code: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
				if test.public {
					c.Type = oauth.Public
				}
			})
			other := &oauth.Client{ID: "typed id", Name: "Typed", Type: oauth.Confidential, GrantTypes: []string{"client_credentials"}}
			other.Secrets = []oauth.ClientSecret{chosen(t, typed)}
			h.add(other)
			authorization := ""
			if test.authorization != nil {
				authorization = test.authorization(h)
			}
			for range 2 { // the second time from the memory of right ones
				_, err := h.Token(ctx, authorization, params(t, append([]string{"client_id", h.id, "client_secret", h.key, "grant_type", "client_credentials"}, test.pairs...)...))
				wantCode(t, err, test.code)
			}
		})
	}
}

// textStore stores only valid text, like PostgreSQL.
type textStore struct{ oauth.Store }

func (s textStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	if !oauth.IsText(id) {
		return nil, errors.New("invalid byte sequence")
	}
	return s.Store.Client(ctx, id)
}

// In every place in which a client_id can be sent.
func TestClientIDThatIsNotUTF8IsUnknown(t *testing.T) {
	h := newHouse(t, func(o *provider.Config, _ *oauth.Client) { o.Store = textStore{o.Store} })
	plain := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	hint := testjwt.Sign(t, jose.HS256, make([]byte, 32), map[string]any{"typ": "JWT"}, map[string]any{"iss": issuer, "sub": "ada-id", "aud": "a\x00b"})
	for _, authorization := range []string{basic("\xff", "x"), plain("\xff:x"), plain("a%ED%A0%80:x"), basic("a\x00b", "x")} {
		_, err := h.Token(ctx, authorization, params(t, "grant_type", "client_credentials"))
		wantCode(t, err, "invalid_client")
		_, err = h.Introspect(ctx, authorization, params(t, "token", "x"))
		wantCode(t, err, "invalid_client")
		wantCode(t, h.Revoke(ctx, authorization, params(t, "token", "x")), "invalid_client")
	}
	_, err := h.Logout(ctx, params(t, "id_token_hint", hint))
	wantCode(t, err, "invalid_request")
	_, err = h.ask("scope", "openid", "id_token_hint", hint)
	wantCode(t, err, "invalid_request")
}

func TestRotatedSecretIsAcceptedDuringTheOverlap(t *testing.T) {
	h := newHouse(t, nil)
	old := h.key
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	fresh := c.RotateSecret(h.now, time.Hour)
	if err := h.store.UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	try := func(secret, want string) {
		t.Helper()
		_, err := h.token("grant_type", "client_credentials", "client_secret", secret)
		wantCode(t, err, want)
	}
	try(fresh, "")
	try(old, "")
	h.pass(time.Hour)
	try(fresh, "")
	try(old, "invalid_client")
}

func TestTokenErrorsHaveTheirCodes(t *testing.T) {
	for name, test := range map[string]struct {
		pairs  []string
		change func(*oauth.Client)
		code   string
	}{
		"client credentials (RFC 6749 §4.4)": {pairs: []string{"grant_type", "client_credentials"}},
		"no grant_type":                      {pairs: []string{"grant_type", ""}, code: "invalid_request"},
		"an unknown grant_type":              {pairs: []string{"grant_type", "magic"}, code: "unsupported_grant_type"},
		"the end of a grant_type":            {pairs: []string{"grant_type", "token_exchange"}, code: "unsupported_grant_type"},
		"the password grant":                 {pairs: []string{"grant_type", "password", "username", "ada", "password", "x"}, code: "unsupported_grant_type"},
		"a client that is not allowed to":    {pairs: []string{"grant_type", "client_credentials"}, change: func(c *oauth.Client) { c.GrantTypes = []string{"authorization_code"} }, code: "unauthorized_client"},
		"a public client's own credentials":  {pairs: []string{"grant_type", "client_credentials", "client_secret", ""}, change: func(c *oauth.Client) { c.Type = oauth.Public }, code: "unauthorized_client"},
		"an unknown scope":                   {pairs: []string{"grant_type", "client_credentials", "scope", "fly"}, code: "invalid_scope"},
		"a scope of others":                  {pairs: []string{"grant_type", "client_credentials", "scope", "write"}, change: func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, code: "invalid_scope"},
		"no code":                            {pairs: []string{"grant_type", "authorization_code"}, code: "invalid_request"},
		"a text that is not a code":          {pairs: []string{"grant_type", "authorization_code", "code", "x"}, code: "invalid_grant"},
		"no refresh_token":                   {pairs: []string{"grant_type", "refresh_token"}, code: "invalid_request"},
		"a text that is not a refresh token": {pairs: []string{"grant_type", "refresh_token", "refresh_token", "x"}, code: "invalid_grant"},
		"a client secret as a refresh token": {pairs: []string{"grant_type", "refresh_token", "refresh_token", oauth.NewToken(oauth.KindClientSecret, time.Now()).String()}, code: "invalid_grant"},
		"a disabled client":                  {pairs: []string{"grant_type", "client_credentials"}, change: func(c *oauth.Client) { c.Disabled = true }, code: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
				if test.change != nil {
					test.change(c)
				}
			})
			_, err := h.token(test.pairs...)
			wantCode(t, err, test.code)
		})
	}
}

// TestErrorForShortGrantTypeNamesTheURN: token_exchange is only the last part of the URN (RFC 6749 §4.5).
func TestErrorForShortGrantTypeNamesTheURN(t *testing.T) {
	h := newHouse(t, nil)
	for name, urn := range map[string]string{"token_exchange": oauth.GrantTokenExchange, "device_code": oauth.GrantDeviceCode, "jwt_bearer": oauth.GrantJWTBearer} {
		if _, err := h.token("grant_type", name); err == nil || !strings.Contains(err.Error(), "use '"+urn+"'") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRequestWithoutScopeGetsTheDefaultScopes(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*provider.Config, *oauth.Client)
		want   string
		code   string
	}{
		"the server's": {want: "read write"},
		"without optional ones": {change: func(o *provider.Config, _ *oauth.Client) {
			o.Scopes = []oauth.ScopeInfo{{Name: "a"}, {Name: "b", Optional: true}}
		}, want: "a"},
		"the client's own":          {change: func(_ *provider.Config, c *oauth.Client) { c.DefaultScopes = oauth.Scopes{"write"} }, want: "write"},
		"those the client may have": {change: func(_ *provider.Config, c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, want: "read"},
		"none at all": {change: func(o *provider.Config, c *oauth.Client) {
			o.DefaultScopes = oauth.Scopes{"write"}
			c.Scopes = oauth.Scopes{"read"}
		}, code: "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, test.change)
			got, err := h.token("grant_type", "client_credentials")
			wantCode(t, err, test.code)
			if err == nil && got.Scope != test.want {
				t.Errorf("the scope is %q, want %q", got.Scope, test.want)
			}
			if err == nil && got.RefreshToken != "" {
				t.Error("client credentials returned a refresh token (RFC 6749 §4.4.3)")
			}
		})
	}
}

func TestCodeNeedsEveryProofAndSurvivesWrongOnes(t *testing.T) {
	for name, test := range map[string]struct {
		pairs  []string // of the exchange
		change func(*oauth.Client)
		ask    []string
		wait   time.Duration
		usedUp bool
		code   string
	}{
		"the right exchange":                       {usedUp: true},
		"OAuch IsCodeBoundToClient another client": {pairs: []string{"client_id", "other"}, code: "invalid_grant"},
		"another redirect_uri":                     {pairs: []string{"redirect_uri", callback + "/"}, code: "invalid_grant"},
		"no redirect_uri":                          {pairs: []string{"redirect_uri", ""}, code: "invalid_grant"},
		"no code_verifier":                         {pairs: []string{"code_verifier", ""}, code: "invalid_grant"},
		"a wrong code_verifier":                    {pairs: []string{"code_verifier", strings.Repeat("a", 43)}, code: "invalid_grant"},
		"the challenge as verifier (plain)":        {pairs: []string{"code_verifier", challenge(verifier)}, code: "invalid_grant"},
		"a short code_verifier":                    {pairs: []string{"code_verifier", "abc"}, code: "invalid_request"},
		"a code_verifier with odd characters":      {pairs: []string{"code_verifier", strings.Repeat("ü", 43)}, code: "invalid_request"},
		"just in time":                             {wait: 59 * time.Second, usedUp: true},
		"OAuch AuthorizationCodeTimeout too late":  {wait: time.Minute, code: "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
				if test.change != nil {
					test.change(c)
				}
			})
			other := h.client()
			other.ID, other.Secrets = "other", mustClient(t, h).Secrets
			h.key = reuse(t, h, other)
			code := h.code(test.ask...)
			h.pass(test.wait)
			_, err := h.exchange(code, test.pairs...)
			wantCode(t, err, test.code)
			if test.wait > 0 {
				return
			}
			// A request without every proof does not use the code up.
			_, err = h.exchange(code)
			if usedUp := err != nil; usedUp != test.usedUp {
				t.Errorf("afterwards the code was used up: %v (%v), want %v", usedUp, err, test.usedUp)
			}
		})
	}
}

func mustClient(t *testing.T, h *house) *oauth.Client {
	t.Helper()
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reuse adds another client that has the same secret as the usual one.
func reuse(t *testing.T, h *house, other *oauth.Client) string {
	t.Helper()
	usual := mustClient(t, h)
	secret := usual.RotateSecret(h.now, 0)
	if err := h.store.UpdateClient(ctx, usual); err != nil {
		t.Fatal(err)
	}
	other.Secrets = usual.Secrets
	h.add(other)
	return secret
}

func TestVerifierWithoutChallengeIsRejected(t *testing.T) {
	h := newHouse(t, func(o *provider.Config, _ *oauth.Client) { o.Scopes = []oauth.ScopeInfo{{Name: "openid"}} })
	code := h.code("scope", "openid", "nonce", "n", "code_challenge", "", "code_challenge_method", "")
	_, err := h.exchange(code)
	wantCode(t, err, "invalid_grant")
	_, err = h.exchange(code, "code_verifier", "")
	wantCode(t, err, "")
}

func TestOmittedRedirectURICanBeOmittedAgain(t *testing.T) {
	h := newHouse(t, nil)
	_, err := h.exchange(h.code("redirect_uri", ""), "redirect_uri", "")
	wantCode(t, err, "")
	_, err = h.exchange(h.code("redirect_uri", ""))
	wantCode(t, err, "")
	_, err = h.exchange(h.code("redirect_uri", ""), "redirect_uri", "https://evil.example/")
	wantCode(t, err, "invalid_grant")
}

func TestReplayedCodeRevokesTheTokensIssuedForIt(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		code := h.code()
		got, err := h.exchange(code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.exchange(code, "code_verifier", strings.Repeat("b", 43)); err == nil || !h.active(got.AccessToken) {
			t.Errorf("%s: a wrong verifier revoked the tokens", format)
		}
		_, err = h.exchange(code)
		wantCode(t, err, "invalid_grant")
		if h.active(got.AccessToken) {
			t.Errorf("%s: the access token is still active", format)
		}
		_, err = h.refresh(got.RefreshToken)
		wantCode(t, err, "invalid_grant")
	}
}

func TestClientWithoutTheRefreshGrantGetsNoRefreshToken(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.GrantTypes = []string{"authorization_code"} })
	code := h.code()
	got, err := h.exchange(code)
	if err != nil || got.RefreshToken != "" {
		t.Errorf("got %+v %v", got, err)
	}
	if _, err := h.exchange(code); err == nil || h.active(got.AccessToken) {
		t.Error("a replay of its code revokes nothing")
	}
}

func TestDisablingAPersonOrClientTakesEffectAtOnce(t *testing.T) {
	for name, change := range map[string]func(*house) error{
		"the person":          func(h *house) error { return h.store.SetSubject(ctx, "ada-id", true, time.Time{}) },
		"the person's tokens": func(h *house) error { return h.store.SetSubject(ctx, "ada-id", false, h.now) },
		"the client's tokens": func(h *house) error { return h.store.RevokeClient(ctx, h.id, h.now) },
		"the consent":         func(h *house) error { return h.store.WithdrawConsent(ctx, "ada-id", h.id, h.now) },
		"the client": func(h *house) error {
			c, err := h.store.Client(ctx, h.id)
			if err != nil {
				return err
			}
			c.Disabled = true
			return h.store.UpdateClient(ctx, c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
				h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
				tokens := h.tokens()
				if err := change(h); err != nil {
					t.Fatal(err)
				}
				if h.active(tokens.AccessToken) {
					t.Errorf("the %s access token is still active", format)
				}
				if _, err := h.refresh(tokens.RefreshToken); err == nil {
					t.Error("the refresh token still works")
				}
			}
		})
	}
}

func TestStoreFailureIsNeverASuccess(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	broken := brokenStore{h.store}
	master := make([]byte, 32)
	s, err := provider.New(ctx, provider.Config{Issuer: issuer, Store: broken, MasterKey: master, Clock: h.Clock})
	if err == nil {
		t.Fatal("New succeeds on a broken store", s)
	}
	if !errors.Is(err, oauth.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if !h.active(tokens.AccessToken) {
		t.Error("the token is gone")
	}
}
