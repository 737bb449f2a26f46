package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// TestRequestIsProtectedAndPassesOnWhatIsWanted: PKCE and a nonce are always there (RFC
// 9700 §2.1.1); prompt, max_age and the hints of the application are passed on.
func TestRequestIsProtectedAndPassesOnWhatIsWanted(t *testing.T) {
	f := newFake(t)
	p := f.provider(nil)
	r := f.request()
	address, err := p.URL(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	q := query(t, address)
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "client", "redirect_uri": "https://id.example/o/login/with/acme/callback/", "scope": "openid profile email",
		"state": "state", "nonce": "nonce", "code_challenge_method": "S256", "prompt": "", "max_age": "", "login_hint": "",
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(q.Get("code_challenge")) != 43 {
		t.Errorf("the challenge is %q", q.Get("code_challenge"))
	}
	r.MaxAge, r.OtherAccount, r.LoginHint, r.ACRValues, r.UILocales = 90*time.Second, true, "ada", []string{"2fa", "phr"}, []string{"de", "en"}
	address, _ = p.URL(ctx, r)
	q = query(t, address)
	if got := fmt.Sprint(q["max_age"], q["prompt"], q["login_hint"], q["acr_values"], q["ui_locales"]); got != "[90] [select_account] [ada] [2fa phr] [de en]" {
		t.Errorf("got %s", got)
	}
	r.Fresh, r.LoginHint = true, long(1001)
	address, _ = p.URL(ctx, r)
	q = query(t, address)
	if got := fmt.Sprint(q["max_age"], q["prompt"], q["login_hint"]); got != "[0] [login] []" {
		t.Errorf("got %s", got)
	}
	r.Create = true
	address, _ = p.URL(ctx, r)
	if got := query(t, address).Get("prompt"); got != "login" {
		t.Errorf("prompt is %q for a provider that does not support create", got)
	}
	f.metadata = func(m map[string]any) { m["prompt_values_supported"] = []string{"login", "create"} }
	address, _ = f.provider(nil).URL(ctx, r)
	if got := query(t, address).Get("prompt"); got != "create" {
		t.Errorf("prompt is %q", got)
	}
}

// TestAnswerBecomesAnIdentity: the code is exchanged with the verifier and the secret.
func TestAnswerBecomesAnIdentity(t *testing.T) {
	f := newFake(t)
	f.claims = func(c map[string]any) {
		c["amr"], c["sid"], c["given_name"], c["auth_time"] = []string{"pwd", "mfa", "a b"}, "s1", "Ada", f.now.Add(-time.Hour).Unix()
	}
	p, r := f.provider(nil), f.request()
	i, err := p.Identity(ctx, r, url.Values{"code": {"the code"}, "iss": {f.URL}})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint([]any{i.Provider, i.Issuer == f.URL, i.Subject, i.Username, i.Name, i.Email, i.EmailVerified, i.AMR, i.TwoFactors, i.SessionID, i.Claims["given_name"], f.now.Sub(i.AuthTime)})
	if got != "[acme true 248289761001 ada Ada Lovelace ada@acme.example true [pwd mfa] true s1 Ada 1h0m0s]" {
		t.Errorf("got %s", got)
	}
	if f.seen.Get("code") != "the code" || f.seen.Get("code_verifier") != r.Verifier || f.seen.Get("redirect_uri") != "https://id.example/o/login/with/acme/callback/" {
		t.Errorf("the token request: %v", f.seen)
	}
}

// TestInvalidAnswersAreRejected (OpenID Connect Core §3.1.3.7, RFC 9207 §2.4).
func TestInvalidAnswersAreRejected(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*fake) {
		return func(f *fake) { f.claims = func(c map[string]any) { c[name] = value } }
	}
	for name, test := range map[string]struct {
		lie    func(*fake)
		answer []string
		want   error
	}{
		"another issuer in the answer (mix-up)": {answer: []string{"iss", "https://evil.example"}, want: upstream.ErrInvalid},
		"no issuer although it is announced": {lie: func(f *fake) {
			f.metadata = func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true }
		}, want: upstream.ErrInvalid},
		"an error with another issuer":    {answer: []string{"error", "access_denied", "iss", "https://evil.example"}, want: upstream.ErrInvalid},
		"an error":                        {answer: []string{"error", "access_denied"}, want: upstream.ErrRefused},
		"no code":                         {answer: []string{"code", ""}, want: upstream.ErrInvalid},
		"a huge code":                     {answer: []string{"code", long(5000)}, want: upstream.ErrInvalid},
		"another nonce":                   {lie: claim("nonce", "other"), want: upstream.ErrInvalid},
		"no nonce":                        {lie: claim("nonce", nil), want: upstream.ErrInvalid},
		"an ID token of another issuer":   {lie: claim("iss", "https://evil.example"), want: upstream.ErrInvalid},
		"an ID token for another client":  {lie: claim("aud", "other"), want: upstream.ErrInvalid},
		"an ID token for several clients": {lie: claim("aud", []string{"client", "other"}), want: upstream.ErrInvalid},
		"an ID token issued to another client": {lie: func(f *fake) {
			f.claims = func(c map[string]any) { c["aud"], c["azp"] = []string{"client", "other"}, "other" }
		}, want: upstream.ErrInvalid},
		"an ID token that has expired":        {lie: func(f *fake) { f.claims = func(c map[string]any) { c["exp"] = f.now.Unix() - 1 } }, want: upstream.ErrInvalid},
		"an ID token of another access token": {lie: claim("at_hash", "AAAA"), want: upstream.ErrInvalid},
		"no subject":                          {lie: claim("sub", nil), want: upstream.ErrInvalid},
		"an empty subject":                    {lie: claim("sub", ""), want: upstream.ErrInvalid},
		"a huge subject":                      {lie: claim("sub", long(256)), want: upstream.ErrInvalid},
		"a subject with NUL":                  {lie: claim("sub", "a\x00b"), want: upstream.ErrInvalid},
		"no ID token":                         {lie: func(f *fake) { f.tokens = func(m map[string]any) { delete(m, "id_token") } }, want: upstream.ErrInvalid},
		"another key":                         {lie: func(f *fake) { f.key = other }, want: upstream.ErrInvalid},
		"no signature": {lie: func(f *fake) {
			f.sign = func(c map[string]any) string {
				body, _ := json.Marshal(c)
				return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(body) + "."
			}
		}, want: upstream.ErrInvalid},
		"a signature with the client secret": {lie: func(f *fake) {
			f.sign = func(c map[string]any) string {
				return testjwt.Sign(t, jose.HS256, []byte("secret secret secret secret secret secret"), nil, c)
			}
		}, want: upstream.ErrInvalid},
		"userinfo about another person": {lie: func(f *fake) {
			f.claims = func(c map[string]any) { c["email"] = nil }
			f.userInfo = map[string]any{"sub": "other", "email": "eve@acme.example", "email_verified": true}
		}, want: upstream.ErrInvalid},
		"huge claims":                {lie: claim("junk", long(600<<10)), want: upstream.ErrUnavailable},
		"a provider that is down":    {lie: func(f *fake) { f.down.Store(true) }, want: upstream.ErrUnavailable},
		"metadata of another issuer": {lie: func(f *fake) { f.metadata = func(m map[string]any) { m["issuer"] = "https://evil.example" } }, want: upstream.ErrUnavailable},
		"a script as its login page": {lie: func(f *fake) {
			f.metadata = func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" }
		}, want: upstream.ErrUnavailable},
		"a private address of the keys": {lie: func(f *fake) { f.metadata = func(m map[string]any) { m["jwks_uri"] = "http://10.0.0.1/keys" } }, want: upstream.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if test.lie != nil {
				test.lie(f)
			}
			i, err := f.login(f.provider(nil), test.answer...)
			if !errors.Is(err, test.want) || i != nil {
				t.Errorf("got %+v, %v; want %v", i, err, test.want)
			}
		})
	}
	f := newFake(t)
	if _, err := f.provider(nil).Identity(ctx, f.request(), url.Values{"code": {"a", "b"}}); !errors.Is(err, upstream.ErrInvalid) {
		t.Errorf("a repeated code: %v", err)
	}
}

// TestClaimsOfAProviderAreBounded: values that are too long, of another type or not text
// are omitted, and the login works.
func TestClaimsOfAProviderAreBounded(t *testing.T) {
	f := newFake(t)
	groups := make([]string, 2000)
	for n := range groups {
		groups[n] = fmt.Sprint("group", n)
	}
	f.claims = func(c map[string]any) {
		c["name"], c["preferred_username"], c["given_name"], c["locale"] = long(256), 7, map[string]any{"a": 1}, "de\x00"
		c["groups"], c["amr"], c["auth_time"], c["sid"] = groups, slices.Repeat([]string{"pwd"}, 100), "yesterday", []string{"s"}
		c["email"], c["email_verified"] = 1, true
	}
	i, err := f.login(f.provider(nil))
	if err != nil {
		t.Fatal(err)
	}
	if i.Name != "" || i.Username != "" || len(i.Claims) != 0 || len(i.Groups) != 1000 || len(i.AMR) != 10 || !i.AuthTime.IsZero() || i.SessionID != "" || i.Email != "" || i.EmailVerified {
		t.Errorf("got %+v", i)
	}
}

// TestAddressIsVerifiedOnlyByItsOwnDocument: email_verified is about the address in the
// same document.
func TestAddressIsVerifiedOnlyByItsOwnDocument(t *testing.T) {
	for name, test := range map[string]struct {
		claims, userInfo map[string]any
		settings         func(*upstream.Settings)
		email            string
		verified         bool
	}{
		"true":                               {claims: map[string]any{"email_verified": true}, email: "ada@acme.example", verified: true},
		"as a text":                          {claims: map[string]any{"email_verified": "true"}, email: "ada@acme.example", verified: true},
		"of Microsoft":                       {claims: map[string]any{"email_verified": nil, "xms_edov": 1}, email: "ada@acme.example", verified: true},
		"false":                              {claims: map[string]any{"email_verified": false}, email: "ada@acme.example"},
		"missing":                            {claims: map[string]any{"email_verified": nil}, email: "ada@acme.example"},
		"null":                               {claims: map[string]any{"email_verified": json.RawMessage("null")}, email: "ada@acme.example"},
		"no address":                         {claims: map[string]any{"email": ""}},
		"another claim as the address":       {claims: map[string]any{"upn": "root@acme.example"}, settings: func(s *upstream.Settings) { s.Claims = map[string]string{"email": "upn"} }, email: "root@acme.example"},
		"both from userinfo":                 {claims: map[string]any{"email": nil, "email_verified": nil}, userInfo: map[string]any{"email": "ada@x.example", "email_verified": true}, email: "ada@x.example", verified: true},
		"verified another one, at userinfo":  {claims: map[string]any{"name": nil, "email_verified": nil}, userInfo: map[string]any{"email": "ada@x.example", "email_verified": true}, email: "ada@acme.example"},
		"verified another one, in the token": {claims: map[string]any{"email": nil}, userInfo: map[string]any{"email": "eve@x.example"}, email: "eve@x.example"},
	} {
		f := newFake(t)
		f.claims = func(c map[string]any) {
			for name, value := range test.claims {
				c[name] = value
			}
		}
		f.userInfo = map[string]any{"sub": "248289761001"}
		for name, value := range test.userInfo {
			f.userInfo[name] = value
		}
		i, err := f.login(f.provider(test.settings))
		if err != nil || i.Email != test.email || i.EmailVerified != test.verified {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
}
