package resource_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// web is the transport of an HTTP client, with documents by URL. A document that begins with
// "http" is a redirect.
type web struct {
	documents map[string]string
	asked     []string
}

func (s *web) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.URL.String())
	body, found := s.documents[r.URL.String()]
	response := &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
	switch {
	case !found:
		response.StatusCode, response.Status = http.StatusNotFound, "404 Not Found"
	case strings.HasPrefix(body, "http"):
		response.StatusCode, response.Status = http.StatusFound, "302 Found"
		response.Header.Set("Location", body)
	}
	return response, nil
}

// RFC 8414 §3, OpenID Connect Discovery §4: the keys are found by the issuer, which must be
// exactly that in the metadata.
func TestKeysAreFoundByTheIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("k")
		const inserted, appended, keys = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "https://keys.example/jwks"
		metadata := func(issuer, keys string) string { return `{"issuer":"` + issuer + `","jwks_uri":"` + keys + `"}` }
		type documents map[string]string
		for name, test := range map[string]struct {
			issuer    string
			documents documents // besides the keys
			want      string
			requests  int
		}{
			"RFC 8414":                             {"https://id.example/a", documents{"https://id.example" + inserted + "/a": metadata("https://id.example/a", keys)}, "valid", 2},
			"OpenID Connect Discovery":             {"https://id.example/a", documents{"https://id.example/a" + appended: metadata("https://id.example/a", keys)}, "valid", 3},
			"without a path":                       {"https://id.example", documents{"https://id.example" + inserted: metadata("https://id.example", keys)}, "valid", 2},
			"a slash at the end":                   {"https://id.example/", documents{"https://id.example" + appended: metadata("https://id.example/", keys)}, "valid", 3},
			"the metadata has a slash at the end":  {"https://id.example", documents{"https://id.example" + appended: metadata("https://id.example/", keys)}, "unavailable", 2},
			"the metadata is of another issuer":    {"https://id.example/a", documents{"https://id.example" + inserted + "/a": metadata("https://id.example/b", keys)}, "unavailable", 2},
			"only the second is of the issuer":     {"https://id.example/a", documents{"https://id.example" + inserted + "/a": metadata("https://id.example", keys), "https://id.example/a" + appended: metadata("https://id.example/a", keys)}, "valid", 3},
			"no metadata":                          {"https://id.example", nil, "unavailable", 2},
			"a page in place of metadata":          {"https://id.example", documents{"https://id.example" + inserted: "<html>", "https://id.example" + appended: metadata("https://id.example", keys)}, "valid", 3},
			"no keys":                              {"https://id.example", documents{"https://id.example" + inserted: `{"issuer":"https://id.example"}`}, "unavailable", 2},
			"keys without TLS":                     {"https://id.example", documents{"https://id.example" + inserted: metadata("https://id.example", "http://keys.example/jwks"), "http://keys.example/jwks": s.document}, "unavailable", 2},
			"keys in a file":                       {"https://id.example", documents{"https://id.example" + inserted: metadata("https://id.example", "file:///etc/keys")}, "unavailable", 2},
			"keys with a password in the URL":      {"https://id.example", documents{"https://id.example" + inserted: metadata("https://id.example", "https://a:b@keys.example/jwks"), "https://a:b@keys.example/jwks": s.document}, "unavailable", 2},
			"keys on this machine":                 {"http://localhost:9000", documents{"http://localhost:9000" + inserted: metadata("http://localhost:9000", "http://127.0.0.1:9000/jwks"), "http://127.0.0.1:9000/jwks": s.document}, "valid", 2},
			"an issuer on this machine, IPv6":      {"http://[::1]:9000", documents{"http://[::1]:9000" + inserted: metadata("http://[::1]:9000", keys)}, "valid", 2},
			"an issuer without TLS":                {"http://id.example", documents{"http://id.example" + inserted: metadata("http://id.example", keys)}, "unavailable", 0},
			"an issuer that begins like localhost": {"http://localhost.evil.example", documents{"http://localhost.evil.example" + inserted: metadata("http://localhost.evil.example", keys)}, "unavailable", 0},
			"an issuer with a query":               {"https://id.example?a", nil, "unavailable", 0},
			"an issuer with a fragment":            {"https://id.example#", nil, "unavailable", 0},
			"no issuer":                            {"", nil, "unavailable", 0},
			"the metadata redirects":               {"https://id.example", documents{"https://id.example" + inserted: "http://evil.example/", "http://evil.example/": metadata("https://id.example", keys)}, "unavailable", 2},
			"the keys redirect":                    {"https://id.example", documents{"https://id.example" + inserted: metadata("https://id.example", "https://id.example/jwks"), "https://id.example/jwks": keys}, "unavailable", 2},
			"metadata that is too long":            {"https://id.example", documents{"https://id.example" + inserted: metadata("https://id.example", keys) + strings.Repeat(" ", 256<<10)}, "unavailable", 2},
			"metadata with the issuer in a list":   {"https://id.example", documents{"https://id.example" + inserted: `{"issuer":["https://id.example"],"jwks_uri":"` + keys + `"}`}, "unavailable", 2},
			"a list in place of metadata":          {"https://id.example", documents{"https://id.example" + appended: "[]"}, "unavailable", 2},
		} {
			served := &web{documents: documents{keys: s.document}}
			for place, document := range test.documents {
				served.documents[place] = document
			}
			guard := &resource.JWT{Issuer: test.issuer, Audience: "https://api.example", Client: &http.Client{Transport: served}}
			_, err := guard.Verify(t.Context(), s.token("k", "at+jwt", map[string]any{"iss": test.issuer}))
			if got := verdict(err); got != test.want || len(served.asked) != test.requests {
				t.Errorf("%s: %s (%v) after the requests %q, want %s after %d", name, got, err, served.asked, test.want, test.requests)
			}
		}
	})
}

// TestDiscoveredKeysAreUsedDuringAnOutage: neither the metadata nor the keys are needed for
// each token. A new jwks_uri is used when the keys are fetched again.
func TestDiscoveredKeysAreUsedDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("one")
		const place = "https://id.example/.well-known/oauth-authorization-server"
		served := &web{documents: map[string]string{place: `{"issuer":"https://id.example","jwks_uri":"https://id.example/1"}`, "https://id.example/1": s.document}}
		guard := &resource.JWT{Issuer: "https://id.example", Audience: "https://api.example", Client: &http.Client{Transport: served}}
		verify := func(name, key, want string) {
			t.Helper()
			_, err := guard.Verify(t.Context(), s.token(key, "at+jwt", nil))
			if got := verdict(err); got != want {
				t.Errorf("%s: %s (%v), want %s", name, got, err, want)
			}
		}
		verify("the first token", "one", "valid")
		s.publish("two")
		served.documents = map[string]string{place: `{"issuer":"https://id.example","jwks_uri":"https://id.example/2"}`, "https://id.example/2": s.document}
		time.Sleep(time.Minute)
		verify("a new key at a new place", "two", "valid")
		served.documents = nil
		time.Sleep(59 * time.Minute)
		verify("an outage", "two", "valid")
		time.Sleep(2 * time.Minute)
		verify("an outage of more than an hour", "two", "unavailable")
	})
}

// RFC 8725 §3.1: an API can accept fewer algorithms.
func TestAlgorithmsCanBeNarrowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("k")
		for want, algorithms := range map[string][]string{
			"valid": {"RS256", "ES256"}, "wrong_algorithm": {"RS256", "EdDSA", "PS256"}, "unavailable": {"ES256", "HS256"},
		} {
			guard := s.guard()
			guard.Algorithms = algorithms
			_, err := guard.Verify(t.Context(), s.token("k", "at+jwt", nil))
			if got := verdict(err); got != want || want == "wrong_algorithm" && s.served() > 1 {
				t.Errorf("%q: %s (%v), want %s", algorithms, got, err, want)
			}
			if _, err := guard.Verify(t.Context(), "eyJhbGciOiJub25lIn0.e30."); err == nil {
				t.Errorf("%q: none is accepted", algorithms)
			}
		}
	})
}
