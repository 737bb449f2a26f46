package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// send makes a request and gives the answer with its body.
func send(t *testing.T, method, address, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

const form = "application/x-www-form-urlencoded"

func TestTheTokenEndpointOverHTTP(t *testing.T) {
	p := latchkeytest.New(t, nil)
	client, secret := p.AddClient("https://app.example/cb", nil)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
	for name, test := range map[string]struct {
		method, path, body, contentType string
		status                          int
		want                            string
	}{
		"a right request":                        {"POST", "/token/", good, form, 200, `"token_type":"Bearer"`},
		"B-80 keys in order":                     {"POST", "/token/", good, form, 200, `{"access_token":"lk_at_`},
		"D-30 E-25 without the slash":            {"POST", "/token", good, form, 200, `"expires_in":3600`},
		"with a charset":                         {"POST", "/token", good, form + "; charset=UTF-8", 200, "Bearer"},
		"R2.8 GET":                               {"GET", "/token?" + good, "", "", 405, "Use POST."},
		"R2.8 B-82 D-17 parameters in the URL":   {"POST", "/token?" + good, good, form, 400, "never in the URL"},
		"R2.8 credentials in the URL":            {"POST", "/token?client_secret=x", good, form, 400, "never in the URL"},
		"R2.8 B-81 a JSON body":                  {"POST", "/token", `{"grant_type":"client_credentials"}`, "application/json", 415, "form-encoded"},
		"R2.8 no content type":                   {"POST", "/token", good, "", 415, "form-encoded"},
		"R2.8 a duplicate parameter":             {"POST", "/token", good + "&grant_type=client_credentials", form, 400, "there twice"},
		"R2.14 a huge body":                      {"POST", "/token", good + "&x=" + strings.Repeat("y", 1<<20), form, 400, "invalid_request"},
		"R2.14 many parameters":                  {"POST", "/token", strings.Repeat("a=b&", 2000), form, 400, "more than 100"},
		"an empty body":                          {"POST", "/token", "", form, 400, "grant_type is missing"},
		"an unknown grant":                       {"POST", "/token", "grant_type=x", form, 400, "unsupported_grant_type"},
		"B-85 no client":                         {"POST", "/token", "grant_type=client_credentials", form, 401, "invalid_client"},
		"introspection without a client (B-133)": {"POST", "/introspect/", "token=x", form, 401, "invalid_client"},
		"B-135 introspection by GET":             {"GET", "/introspect/?token=x", "", "", 405, "Use POST."},
		"B-124 revocation by GET":                {"GET", "/revoke_token/?token=x", "", "", 405, "Use POST."},
		"B-120 revocation of a fantasy":          {"POST", "/revoke_token", good + "&token=x", form, 200, ""},
		"B-123 revocation of nothing":            {"POST", "/revoke_token", good, form, 400, "token is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := send(t, test.method, p.Issuer+test.path, test.body, "Content-Type", test.contentType)
			if response.StatusCode != test.status || !strings.Contains(body, test.want) {
				t.Errorf("%d %s, want %d and %q", response.StatusCode, body, test.status, test.want)
			}
			header := response.Header
			if header.Get("Cache-Control") != "no-store" || header.Get("Vary") != "Origin" {
				t.Errorf("headers %v", header)
			}
			if body != "" && header.Get("Content-Type") != "application/json" {
				t.Errorf("content type %q", header.Get("Content-Type"))
			}
			switch test.status {
			case 401:
				if !strings.HasPrefix(header.Get("WWW-Authenticate"), "Basic ") {
					t.Errorf("the challenge is %q (RFC 6749 §5.2)", header.Get("WWW-Authenticate"))
				}
			case 405:
				if header.Get("Allow") != "POST, OPTIONS" {
					t.Errorf("Allow is %q", header.Get("Allow"))
				}
			}
		})
	}
}

func TestD_13_BrowsersOfTheClientsOwnOriginsMayCall(t *testing.T) {
	p := latchkeytest.New(t, nil)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AllowedOrigins = []string{"https://spa.example"} })
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
	for _, path := range []string{"/token", "/token/", "/revoke_token/", "/introspect/"} {
		response, _ := send(t, "OPTIONS", p.Issuer+path, "", "Origin", "https://spa.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization")
		if h := response.Header; response.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != "https://spa.example" || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") || h.Get("Vary") != "Origin" {
			t.Errorf("B-110 the preflight of %s: %d %v", path, response.StatusCode, h)
		}
	}
	for origin, allowed := range map[string]bool{"https://app.example": true, "https://spa.example": true, "https://evil.example": false, "null": false} {
		for name, body := range map[string]string{"an answer": good, "an error": good + "&scope=fly", "a wrong secret": strings.Replace(good, "lk_cs_", "lk_cs_x", 1)} {
			response, _ := send(t, "POST", p.Issuer+"/token", body, "Content-Type", form, "Origin", origin)
			got := response.Header.Get("Access-Control-Allow-Origin")
			if (got == origin) != allowed || (got != "" && !allowed) {
				t.Errorf("%s for %s: allowed origin %q", name, origin, got)
			}
			if response.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("R7.9: credentials are allowed")
			}
		}
	}
	// RFC 9700 §2.6: never at the authorization endpoint.
	response, _ := send(t, "GET", p.Issuer+"/authorize", "", "Origin", "https://spa.example")
	if response.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the authorization endpoint allows an origin")
	}
}

func TestMetadataIsAtAllItsPlacesWithOneIssuer(t *testing.T) {
	p := latchkeytest.New(t, nil)
	var first string
	for _, path := range []string{
		"/.well-known/oauth-authorization-server/o", "/o/.well-known/oauth-authorization-server",
		"/o/.well-known/openid-configuration", "/.well-known/openid-configuration/o", "/.well-known/oauth-authorization-server",
	} {
		response, body := send(t, "GET", p.URL+path, "", "Origin", "https://any.example")
		if response.StatusCode != 200 || response.Header.Get("Access-Control-Allow-Origin") != "*" || response.Header.Get("ETag") == "" {
			t.Errorf("%s: %d %v", path, response.StatusCode, response.Header)
		}
		if first == "" {
			first = body
		}
		if body != first || !strings.Contains(body, `"issuer":"`+p.Issuer+`"`) {
			t.Errorf("D-20: %s says %s", path, body)
		}
		again, _ := send(t, "GET", p.URL+path, "", "If-None-Match", response.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.StatusCode)
		}
	}
	// R1.12: the Host header changes nothing.
	r, _ := http.NewRequest("GET", p.URL+"/o/.well-known/oauth-authorization-server", nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, _ := io.ReadAll(response.Body); string(body) != first {
		t.Errorf("with another Host: %s", body)
	}
	response2, body := send(t, "GET", p.Issuer+"/.well-known/jwks.json", "")
	if response2.StatusCode != 200 || !strings.Contains(body, `"kty":"EC"`) {
		t.Errorf("the JWKS: %d %s", response2.StatusCode, body)
	}
}

func TestTenThousandStrangersLeaveNoRow(t *testing.T) {
	store := &countingStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	client, _ := p.AddClient("https://app.example/cb", nil)
	address := authorizeURL(p, client, nil)
	before := store.writes.Load()
	n := 10_000
	if testing.Short() {
		n = 500
	}
	for range n {
		w := newRecorder()
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

func TestADatabaseThatIsAwayIsSaidSo(t *testing.T) {
	store := &countingStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	client, secret := p.AddClient("https://app.example/cb", nil)
	store.broken.Store(true)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
	response, body := send(t, "POST", p.Issuer+"/token", good, "Content-Type", form)
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !strings.Contains(body, "temporarily_unavailable") || strings.Contains(body, "disk") {
		t.Errorf("R8.4: %d %v %s", response.StatusCode, response.Header, body)
	}
	store.broken.Store(false)
	if response, body := send(t, "POST", p.Issuer+"/token", good, "Content-Type", form); response.StatusCode != 200 {
		t.Errorf("afterwards: %d %s", response.StatusCode, body)
	}
}

// later is a clock that can be moved.
type later struct{ by time.Duration }

func (l *later) now() time.Time { return time.Now().Add(l.by) }
