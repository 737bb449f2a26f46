package latchkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// roundTrip is a function as an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestClientsOfTheHowTosBehaveAsDescribed runs the functions of howto_clients_test.go.
func TestClientsOfTheHowTosBehaveAsDescribed(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if guard := introspectionWithKey("api", key); guard.Verifier.(*resource.Introspection).Key.Private != key {
		t.Error("the guard does not have the key")
	}
	guard := acceptOrders(nil)
	for _, c := range []struct {
		actor resource.Actor
		want  bool
	}{{resource.Actor{Subject: "orders"}, true}, {resource.Actor{Subject: "stock"}, false}, {resource.Actor{Subject: "orders", Issuer: "https://other.example"}, false}} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		token := &resource.Token{Subject: "ada", Actor: &c.actor}
		person, actor := personAndActor(r.WithContext(resource.NewContext(r.Context(), token)))
		if got := guard.AllowsActor(t.Context(), token); got != c.want || person != "ada" || actor != &c.actor {
			t.Errorf("%v: got %t, %s, %v", c.actor, got, person, actor)
		}
	}
	var options latchkey.Options
	acceptOnlyExampleCom(&options)
	for value, accepted := range map[string]bool{"https://app.example.com/cb": true, "https://example.org/cb": false} {
		if err := options.CheckClientURI(nil, "redirect_uris", value); (err == nil) != accepted {
			t.Errorf("%s: %v", value, err)
		}
	}
	mux := http.NewServeMux()
	protectMCPServer(mux, "https://id.example.com/o", "https://mcp.example.com/mcp", http.NotFoundHandler())
	for path, want := range map[string]int{"/mcp": http.StatusUnauthorized, "/.well-known/oauth-protected-resource/mcp": http.StatusOK} {
		w := httptest.NewRecorder()
		if mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}

// tokenServer is the discovered metadata of a provider.
type tokenServer struct{ issuer string }

func (s tokenServer) Endpoint() oauth2.Endpoint {
	return oauth2.Endpoint{DeviceAuthURL: s.issuer + "/device-authorization/", TokenURL: s.issuer + "/token/"}
}

// TestDeviceOfTheHowToGetsACode: the code is shown before the person decides, and the
// context ends the waiting.
func TestDeviceOfTheHowToGetsACode(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/callback", func(c *oauth.Client) {
		c.Type, c.Secrets = oauth.Public, nil
		c.GrantTypes = []string{oauth.GrantDeviceCode, oauth.GrantRefreshToken}
	})
	ctx, cancel := context.WithCancel(t.Context())
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		answer, err := http.DefaultTransport.RoundTrip(r)
		if r.URL.Path == "/o/device-authorization/" {
			if err == nil && answer.StatusCode != http.StatusOK {
				t.Errorf("got %s", answer.Status)
			}
			cancel() // this is the only request of the test
		}
		return answer, err
	})})
	if _, err := connectDevice(ctx, tokenServer{p.Issuer}, client.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
