package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func TestLargeRequestsAreRejected(t *testing.T) {
	p := latchkeytest.New(t, nil)
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
	p := latchkeytest.New(t, nil)
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
	n := 10_000
	if testing.Short() {
		n = 500
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
