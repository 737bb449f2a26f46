package web_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func TestLargeRequestsAreRejected(t *testing.T) {
	p := latchkeytest.New(t)
	for name, body := range map[string]string{
		"a large body":    "grant_type=client_credentials&x=" + strings.Repeat("y", 1<<20),
		"many parameters": strings.Repeat("a=b&", 2000),
	} {
		response, answer := send(t, "POST", p.Issuer+"/token", body, "Content-Type", form)
		if response.StatusCode != 400 || !strings.Contains(answer, `"error":"invalid_request"`) {
			t.Errorf("%s: got %d %s", name, response.StatusCode, answer)
		}
	}
}

// RFC 8414 §3.3.
func TestMetadataDoesNotDependOnTheHostHeader(t *testing.T) {
	p := latchkeytest.New(t)
	_, want := send(t, "GET", p.Issuer+"/.well-known/openid-configuration", "")
	r, err := http.NewRequest("GET", p.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, _ := io.ReadAll(response.Body); string(body) != want || !strings.Contains(want, p.Issuer) {
		t.Errorf("with another Host: got %s", body)
	}
}

func TestAuthorizationRequestsWithoutLoginWriteNothing(t *testing.T) {
	p, store := newCountingStore(t, nil)
	client, _ := p.AddClient("https://app.example/cb", nil)
	address := authorizeURL(p, client, nil)
	before := store.writes.Load()
	n := 1_000
	if os.Getenv("LATCHKEY_SOAK") != "" {
		n = 10_000
	}
	for range n {
		w := httptest.NewRecorder()
		r, _ := http.NewRequest("GET", address, nil)
		p.Server.ServeHTTP(w, r)
		if w.Code != http.StatusFound {
			t.Fatalf("got %d", w.Code)
		}
	}
	if got := store.writes.Load() - before; got != 0 {
		t.Errorf("%d writes", got)
	}
}

// RFC 6749 §2.3, RFC 6750 §2.
func TestRequestsWithSeveralAuthorizationHeadersAreRejected(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	code, err := p.Browser().Authorize(authorizeURL(p, client, url.Values{"scope": {"openid"}}), "ada")
	if err != nil {
		t.Fatal(err)
	}
	_, body := redeem(t, p, client, secret, code)
	_, rest, _ := strings.Cut(body, `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(client.ID+":"+secret))
	p.Mux.Handle("/api", p.Server.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	for _, test := range []struct{ method, path, credentials, body string }{
		{"POST", "/o/token", basic, "grant_type=client_credentials"},
		{"POST", "/o/introspect", basic, "token=" + token},
		{"GET", "/o/userinfo", "Bearer " + token, ""},
		{"POST", "/o/userinfo", "Bearer " + token, ""},
		{"GET", "/api", "Bearer " + token, ""},
		{"POST", "/o/revoke_token", basic, "token=x"},
	} {
		for _, headers := range [][]string{{test.credentials}, {test.credentials, test.credentials}, {test.credentials, "Bearer x"}, {"Bearer x", test.credentials}} {
			r, err := http.NewRequest(test.method, p.URL+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header["Authorization"] = headers
			if test.body != "" {
				r.Header.Set("Content-Type", form)
			}
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			answer, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if want := map[bool]int{true: 200, false: 400}[len(headers) == 1]; response.StatusCode != want {
				t.Errorf("%s %s with %d headers: got %d %s", test.method, test.path, len(headers), response.StatusCode, answer)
			}
		}
	}
}
