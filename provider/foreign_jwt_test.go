package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const (
	foreignIssuer = "https://idp.example/tenant"
	foreignKeysAt = "https://idp.example/keys"
)

// foreign is a trusted issuer, and the Outbound with which the server reaches it.
type foreign struct {
	noDocuments
	*house
	signing *ecdsa.PrivateKey
	kid     string
	publish map[string]string
	asked   []string
	down    bool
}

func (f *foreign) Get(_ context.Context, address string, _ int64) ([]byte, error) {
	f.asked = append(f.asked, address)
	body, found := f.publish[address]
	switch {
	case f.down:
		return nil, fmt.Errorf("%w: connection refused", oauth.ErrUnavailable)
	case !found:
		return nil, oauth.ErrGone
	}
	return []byte(body), nil
}
func (*foreign) Check(string) error                             { return nil }
func (*foreign) Post(context.Context, string, url.Values) error { return errors.New("no") }

// find finds Ada by her subject, her username or her email address.
func (f *foreign) find(_ context.Context, q oauth.PersonQuery) (string, error) {
	if (q == oauth.PersonQuery{By: oauth.PersonBySubject, Value: "ada-id"} || q == oauth.PersonQuery{By: oauth.PersonByUsername, Value: "ada"} || q == oauth.PersonQuery{By: oauth.PersonByEmail, Value: "ada@example.com"}) {
		return "ada-id", nil
	}
	return "", oauth.ErrNotFound
}

// newForeign returns a server that trusts the issuer for everything.
func newForeign(t *testing.T, change func(*provider.Config, *oauth.Client, *oauth.TrustedIssuer)) *foreign {
	t.Helper()
	f := &foreign{publish: make(map[string]string)}
	f.rotate(t, "k1")
	f.publish[foreignIssuer+"/.well-known/openid-configuration"] = `{"issuer":"` + foreignIssuer + `","jwks_uri":"` + foreignKeysAt + `"}`
	f.house = newHouse(t, func(config *provider.Config, c *oauth.Client) {
		trusted := oauth.TrustedIssuer{
			Issuer: foreignIssuer, Uses: oauth.TrustedUses(),
			Person: oauth.PersonRule{By: oauth.PersonBySubject, Prefix: "corp:", Create: true},
		}
		config.Outbound, config.FindPerson = f, f.find
		if change != nil {
			change(config, c, &trusted)
		}
		config.TrustedIssuers = append(config.TrustedIssuers, trusted)
	})
	return f
}

// rotate publishes a new key instead of the present one.
func (f *foreign) rotate(t *testing.T, kid string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	f.signing, f.kid, f.publish[foreignKeysAt] = key, kid, string(set)
}

// jwt returns a signed JWT with this typ, and with the usual claims changed by the
// given ones; nil removes a claim.
func (f *foreign) jwt(typ string, change map[string]any) string {
	f.t.Helper()
	claims := map[string]any{"iss": foreignIssuer, "sub": "u-1", "aud": issuer, "iat": f.now.Unix(), "exp": f.now.Unix() + 300, "jti": rand.Text()}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	header := map[string]any{"kid": f.kid}
	if typ != "" {
		header["typ"] = typ
	}
	return testjwt.Sign(f.t, jose.ES256, f.signing, header, claims)
}

func (f *foreign) verify(text string) error {
	f.t.Helper()
	_, err := provider.VerifyForeign(ctx, f.Provider, oauth.TrustedJWTBearer, text)
	return err
}

// TestForeignJWTIsAcceptedOnlyWithEveryCondition: RFC 7523 §3, RFC 8725 §3.
func TestForeignJWTIsAcceptedOnlyWithEveryCondition(t *testing.T) {
	f := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) {
		i.Claims = oauth.ClaimRules{"tenant": {"acme"}}
	})
	now := f.now.Unix()
	for _, test := range []struct {
		name, typ string
		change    map[string]any
		code      string
	}{
		{"complete", "", nil, ""},
		{"with typ JWT", "JWT", nil, ""},
		{"with an accepted typ", "application/at+jwt", nil, ""},
		{"for the token endpoint", "", map[string]any{"aud": issuer + "/token/"}, ""},
		{"for both names of this server", "", map[string]any{"aud": []string{issuer, issuer + "/token"}}, ""},
		{"without iat", "", map[string]any{"iat": nil}, ""},
		{"just expired", "", map[string]any{"exp": now - 59}, ""},
		{"of a clock that is ahead", "", map[string]any{"iat": now + 59, "nbf": now + 59}, ""},
		{"of the longest lifetime", "", map[string]any{"exp": now + 3600}, ""},
		{"with another typ", "logout+jwt", nil, "invalid_grant"},
		{"of an unknown issuer", "", map[string]any{"iss": "https://evil.example"}, "invalid_grant"},
		{"of an issuer that is spelt differently", "", map[string]any{"iss": foreignIssuer + "/"}, "invalid_grant"},
		{"of this server", "", map[string]any{"iss": issuer}, "invalid_grant"},
		{"without iss", "", map[string]any{"iss": nil, "ISS": foreignIssuer}, "invalid_grant"},
		{"with an iss that is a list", "", map[string]any{"iss": []string{foreignIssuer}}, "invalid_grant"},
		{"without sub", "", map[string]any{"sub": nil}, "invalid_grant"},
		{"with a number as sub", "", map[string]any{"sub": 1}, "invalid_grant"},
		{"with a long sub", "", map[string]any{"sub": strings.Repeat("s", 256)}, "invalid_grant"},
		{"with a NUL in sub", "", map[string]any{"sub": "a\x00b"}, "invalid_grant"},
		{"without aud", "", map[string]any{"aud": nil}, "invalid_grant"},
		{"for another server", "", map[string]any{"aud": "https://other.example"}, "invalid_grant"},
		{"for another server too", "", map[string]any{"aud": []string{issuer, "https://other.example"}}, "invalid_grant"},
		{"without exp", "", map[string]any{"exp": nil}, "invalid_grant"},
		{"expired", "", map[string]any{"exp": now - 60}, "invalid_grant"},
		{"not valid yet", "", map[string]any{"nbf": now + 61}, "invalid_grant"},
		{"from the future", "", map[string]any{"iat": now + 61}, "invalid_grant"},
		{"valid for too long", "", map[string]any{"exp": now + 3601}, "invalid_grant"},
		{"valid for too long, made earlier", "", map[string]any{"iat": now - 3600}, "invalid_grant"},
		{"valid for too long without iat", "", map[string]any{"iat": nil, "exp": now + 3661}, "invalid_grant"},
		{"bound to a key", "", map[string]any{"cnf": map[string]any{"jkt": "x"}}, "invalid_grant"},
		{"with a long jti", "", map[string]any{"jti": strings.Repeat("j", 257)}, "invalid_grant"},
		{"that breaks a rule", "", map[string]any{"tenant": "other"}, "invalid_grant"},
		{"without the claim of a rule", "", map[string]any{"tenant": nil}, "invalid_grant"},
		{"longer than is read", "", map[string]any{"pad": strings.Repeat("p", 8<<10)}, "invalid_grant"},
	} {
		claims := map[string]any{"tenant": "acme"}
		maps.Copy(claims, test.change)
		t.Run(test.name, func(t *testing.T) { wantCode(t, f.verify(f.jwt(test.typ, claims)), test.code) })
	}
	other := newForeign(t, nil)
	wantCode(t, f.verify(other.jwt("", map[string]any{"tenant": "acme"})), "invalid_grant") // the same kid, another key
	for _, text := range []string{"", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", strings.Repeat("x", 9<<10)} {
		wantCode(t, f.verify(text), "invalid_grant")
	}
}

func TestIssuerIsTrustedOnlyForItsUsesAndAlgorithms(t *testing.T) {
	f := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) {
		i.Uses = []oauth.TrustedUse{oauth.TrustedTokenExchange}
	})
	wantCode(t, f.verify(f.jwt("", nil)), "invalid_grant")
	if _, err := provider.VerifyForeign(ctx, f.Provider, oauth.TrustedTokenExchange, f.jwt("", nil)); err != nil {
		t.Error(err)
	}
	f = newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) { i.Algorithms = []string{"RS256"} })
	wantCode(t, f.verify(f.jwt("", nil)), "invalid_grant")
	if len(f.asked) > 0 {
		t.Errorf("keys were fetched for a JWT that cannot be accepted: %v", f.asked)
	}
}

// TestKeysOfAnIssuerAreFetchedAgainOnceForAnUnknownKey: the issuer may have rotated
// its keys, and nobody can make the server fetch them more than once a minute.
func TestKeysOfAnIssuerAreFetchedAgainOnceForAnUnknownKey(t *testing.T) {
	f := newForeign(t, nil)
	fetches := func() (n int) {
		for _, address := range f.asked {
			if address == foreignKeysAt {
				n++
			}
		}
		return n
	}
	wantCode(t, f.verify(f.jwt("", nil)), "")
	f.pass(2 * time.Minute)
	f.rotate(t, "k2")
	wantCode(t, f.verify(f.jwt("", nil)), "")
	for range 5 {
		f.kid = rand.Text()
		wantCode(t, f.verify(f.jwt("", nil)), "invalid_grant")
	}
	if n := fetches(); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

// TestJWTOfAnIssuerThatIsDownCanBeSentAgain: the same JWT is accepted later.
func TestJWTOfAnIssuerThatIsDownCanBeSentAgain(t *testing.T) {
	f := newForeign(t, nil)
	f.down = true
	text := f.jwt("", nil)
	wantCode(t, f.verify(text), "temporarily_unavailable")
	f.down = false
	f.pass(time.Minute)
	wantCode(t, f.verify(text), "")
	f.down = true
	f.pass(11 * time.Minute)
	wantCode(t, f.verify(f.jwt("", nil)), "") // with the keys that are cached
	f.pass(time.Hour)
	wantCode(t, f.verify(f.jwt("", nil)), "temporarily_unavailable")
}

func TestKeysAreFoundByTheMetadataOfTheIssuerItself(t *testing.T) {
	const openID, server = foreignIssuer + "/.well-known/openid-configuration", "https://idp.example/.well-known/oauth-authorization-server/tenant"
	document := func(issuer, keys string) string { return `{"issuer":"` + issuer + `","jwks_uri":"` + keys + `"}` }
	for name, test := range map[string]struct {
		at, document, uri, code string
		asked                   []string
	}{
		"OpenID Connect":       {openID, document(foreignIssuer, foreignKeysAt), "", "", []string{openID, foreignKeysAt}},
		"RFC 8414":             {server, document(foreignIssuer, foreignKeysAt), "", "", []string{openID, server, foreignKeysAt}},
		"a configured URI":     {openID, "", foreignKeysAt, "", []string{foreignKeysAt}},
		"of another issuer":    {openID, document("https://other.example", foreignKeysAt), "", "temporarily_unavailable", []string{openID}},
		"without jwks_uri":     {openID, `{"issuer":"` + foreignIssuer + `"}`, "", "temporarily_unavailable", []string{openID}},
		"with a jwks_uri http": {openID, document(foreignIssuer, "http://idp.example/keys"), "", "temporarily_unavailable", []string{openID}},
		"not JSON":             {openID, "<html>", "", "temporarily_unavailable", []string{openID}},
	} {
		f := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) { i.JWKSURI = test.uri })
		delete(f.publish, openID)
		f.publish[test.at] = test.document
		wantCode(t, f.verify(f.jwt("", nil)), test.code)
		if !slices.Equal(f.asked, test.asked) {
			t.Errorf("%s: fetched %v", name, f.asked)
		}
	}
}

func TestFaultsOfTrustedIssuersAreReported(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*provider.Config, *oauth.TrustedIssuer)
		want   string
	}{
		"this server":              {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Issuer = issuer }, "it is this server itself"},
		"http":                     {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Issuer = "http://idp.example" }, "not an https URL"},
		"not a URL":                {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Issuer = "idp" }, "not an https URL"},
		"listed twice":             {func(c *provider.Config, i *oauth.TrustedIssuer) { c.TrustedIssuers = append(c.TrustedIssuers, *i) }, "listed twice"},
		"jwks_uri with http":       {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.JWKSURI = "http://idp.example/keys" }, "jwks_uri"},
		"unknown algorithm":        {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Algorithms = []string{"HS256"} }, "HS256"},
		"no use":                   {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Uses = nil }, "uses is missing"},
		"unknown use":              {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Uses = []oauth.TrustedUse{"login"} }, "login"},
		"a lifetime of weeks":      {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.MaxLifetime = 200 * time.Hour }, "max_lifetime"},
		"a rule for anything":      {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Claims = oauth.ClaimRules{"sub": {"acme*"}} }, "before the *"},
		"no rule for people":       {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Person = oauth.PersonRule{} }, "person is missing"},
		"an unknown key":           {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Person.By = "name" }, "by is not one of"},
		"people without a prefix":  {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Person.Prefix = "" }, "create requires"},
		"people with one letter":   {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Person.Prefix = "a" }, `such as "corp:"`},
		"people with only a colon": {func(_ *provider.Config, i *oauth.TrustedIssuer) { i.Person.Prefix = ":" }, "create requires"},
		"people of two issuers": {func(c *provider.Config, i *oauth.TrustedIssuer) {
			other := *i
			other.Issuer = "https://other.example"
			c.TrustedIssuers = append(c.TrustedIssuers, other)
		}, `the prefix "corp:" is that of another issuer`},
		"people nobody finds": {func(c *provider.Config, i *oauth.TrustedIssuer) { i.Person.Create, c.FindPerson = false, nil }, "FindPerson is missing"},
		"no outbound":         {func(c *provider.Config, _ *oauth.TrustedIssuer) { c.Outbound = nil }, "Outbound is missing"},
	} {
		f := newForeign(t, nil)
		config, trusted := f.Config, f.TrustedIssuers[0]
		config.TrustedIssuers = nil
		test.change(&config, &trusted)
		config.TrustedIssuers = append(config.TrustedIssuers, trusted)
		if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzForeignJWT(f *testing.F) {
	encode := base64.RawURLEncoding.EncodeToString
	for _, payload := range []string{
		`{"iss":"` + foreignIssuer + `","sub":"u","aud":"` + issuer + `","exp":1772600000,"jti":"1"}`,
		`{"iss":"` + foreignIssuer + `","aud":["` + issuer + `"],"nbf":1e300,"exp":-1}`, `{"iss":null}`, `[]`, `{"exp":"1"}`,
	} {
		f.Add(encode([]byte(`{"alg":"ES256","typ":"at+jwt"}`)), encode([]byte(payload)), "AA")
	}
	var once sync.Once
	var server *foreign
	f.Fuzz(func(t *testing.T, header, payload, signature string) {
		once.Do(func() { server = newForeign(t, nil) })
		// Nobody without the key can make a JWT that is accepted.
		_, err := provider.VerifyForeign(ctx, server.Provider, oauth.TrustedJWTBearer, header+"."+payload+"."+signature)
		if !isVisible(err) {
			t.Errorf("%q.%q.%q: %v", header, payload, signature, err)
		}
	})
}
