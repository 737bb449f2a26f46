package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// trustedIssuer is another server that signs assertions.
type trustedIssuer struct {
	key  *ecdsa.PrivateKey
	keys *httptest.Server // publishes the key
}

// assertionTypes are the typ of the assertions, by the name in a transcript.
var assertionTypes = map[string]string{"assertion": "JWT", "id_jag": "oauth-id-jag+jwt"}

func newTrustedIssuer(t *testing.T) *trustedIssuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &trustedIssuer{key: key}
	i.keys = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Use: "sig"}}})
	}))
	t.Cleanup(i.keys.Close)
	return i
}

// trust adds the issuer to the options of a server.
func (i *trustedIssuer) trust(o *latchkey.Options) {
	o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	o.TrustedIssuers = []oauth.TrustedIssuer{{
		Issuer: "https://corp.example", JWKSURI: i.keys.URL, Uses: oauth.TrustedUses(),
		Person: oauth.PersonRule{By: oauth.PersonBySubject, Prefix: "corp:", Create: true},
	}}
}

// assertion returns a new JWT for a server and a client.
func (i *trustedIssuer) assertion(t *testing.T, typ, audience, client string) string {
	t.Helper()
	now := time.Now().Unix()
	return testjwt.Sign(t, jose.ES256, i.key, map[string]any{"typ": typ, "kid": "1"}, map[string]any{
		"iss": "https://corp.example", "sub": "u-1", "aud": audience, "client_id": client, "scope": "read", "iat": now, "exp": now + 300, "jti": rand.Text(),
	})
}
