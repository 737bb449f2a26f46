package latchkey_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// By default, an application cannot make the server send requests to the server's own
// machine. A setting allows it for development.
func TestServerSendsRequestsToApplicationsOnlyIfTheirAddressesAreAllowed(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("oauth-authz-req+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int64
	var object string
	application := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path == "/request" {
			_, _ = io.WriteString(w, object)
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public()}}})
	}))
	application.Config.ErrorLog = log.New(io.Discard, "", 0)
	application.StartTLS()
	t.Cleanup(application.Close)
	authorities := x509.NewCertPool()
	authorities.AddCert(application.Certificate())

	for name, test := range map[string]struct {
		change   func(*latchkey.Options)
		want     string
		requests int64
	}{
		"by default":               {nil, "error=invalid_request_uri", 0},
		"trusted certificate only": {func(o *latchkey.Options) { o.OutboundAuthorities = authorities }, "error=invalid_request_uri", 0},
		"allowed network": {func(o *latchkey.Options) {
			o.OutboundAuthorities, o.InsecureOutboundNetworks = authorities, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		}, "/o/login/", 2},
		"allowed network, untrusted certificate": {func(o *latchkey.Options) {
			o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		}, "error=invalid_request_uri", 0},
	} {
		t.Run(name, func(t *testing.T) {
			requests.Store(0)
			p := latchkeytest.New(t, test.change)
			client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
				c.ClientOpenID = oauth.ClientOpenID{JWKSURI: application.URL + "/jwks", RequestURIs: []string{application.URL + "/request"}, RequireRequestObject: true}
			})
			body, err := json.Marshal(map[string]any{
				"iss": client.ID, "aud": p.Issuer, "exp": time.Now().Unix() + 60, "client_id": client.ID, "response_type": "code", "redirect_uri": "https://app.example/cb",
				"scope": "openid", "nonce": "n", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
			})
			if err != nil {
				t.Fatal(err)
			}
			signed, err := signer.Sign(body)
			if err != nil {
				t.Fatal(err)
			}
			if object, err = signed.CompactSerialize(); err != nil {
				t.Fatal(err)
			}
			noRedirects := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			response, err := noRedirects.Get(p.Issuer + "/authorize/?" + url.Values{
				"client_id": {client.ID}, "redirect_uri": {"https://app.example/cb"}, "request_uri": {application.URL + "/request"},
			}.Encode())
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if location := response.Header.Get("Location"); !strings.Contains(location, test.want) {
				t.Errorf("got %s %s", response.Status, location)
			}
			if requests.Load() != test.requests {
				t.Errorf("the application received %d requests, want %d", requests.Load(), test.requests)
			}
		})
	}
}
