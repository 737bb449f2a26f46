package resource_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// A verifier without a required field returns an error that names the field. Otherwise, it would
// refuse every token as if the clients were wrong.
func TestVerifiersNameTheFieldThatIsMissing(t *testing.T) {
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	for want, v := range map[string]resource.Verifier{
		"JWT has no Audience":                                             &resource.JWT{Issuer: "https://id.example.com/o"},
		"Introspection has no Audience":                                   &resource.Introspection{URL: missing.URL},
		`the URL of Introspection is ""`:                                  &resource.Introspection{Audience: "a"},
		`the URL of Introspection is "/o"`:                                &resource.Introspection{Audience: "a", URL: "/o"},
		missing.URL + "/introspect/ responds with 404":                    &resource.Introspection{Audience: "a", URL: missing.URL + "/introspect/"},
		`the URL of Introspection is "http://192.0.2.2/o/introspect/"`:    &resource.Introspection{Audience: "a", URL: "http://192.0.2.2/o/introspect/"},
		`the URL of Introspection is "http://localhost.evil.example/"`:    &resource.Introspection{Audience: "a", URL: "http://localhost.evil.example/", CacheFor: time.Minute},
		`the URL of Introspection is "https://api:xxxxx@id.example.com/"`: &resource.Introspection{Audience: "a", URL: "https://api:secret@id.example.com/"},
		"which is not the issuer, but its introspection_endpoint":         &resource.Introspection{Audience: "a", URL: missing.URL + "/o"},
	} {
		if _, err := v.Verify(t.Context(), "token"); err == nil || errors.Is(err, resource.ErrInvalidToken) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The endpoint receives the credentials of the API and the token, so http is possible only on
// the same machine (RFC 7662 §4).
func TestIntrospectionSendsNothingWithoutEncryption(t *testing.T) {
	for url, want := range map[string]int32{
		"https://id.example.com/o/introspect/":           1,
		"http://127.0.0.1:8000/o/introspect/":            1,
		"http://[::1]:8000/o/introspect/":                1,
		"http://localhost:8000/o/introspect/":            1,
		"http://id.example.com/o/introspect/":            0,
		"http://192.0.2.2:9709/o/introspect/":            0,
		"http://127.0.0.1.evil.example/o/introspect/":    0,
		"http://localhost@id.example.com/o/introspect/":  0,
		"ftp://id.example.com/o/introspect/":             0,
		"HTTP://id.example.com/o/introspect/":            0,
		"https://api:secret@id.example.com/o/introspect": 0,
	} {
		for _, cacheFor := range []time.Duration{0, time.Minute} {
			sent := &sentRequests{}
			i := &resource.Introspection{URL: url, ClientID: "api", ClientSecret: "secret", Audience: "a", CacheFor: cacheFor, Client: &http.Client{Transport: sent}}
			_, err := i.Verify(t.Context(), "token")
			if got := sent.n.Load(); got != want || err == nil || errors.Is(err, resource.ErrInvalidToken) || strings.Contains(err.Error(), "secret@") {
				t.Errorf("%s: %d requests, %v", url, got, err)
			}
		}
	}
}

// sentRequests counts requests, which all fail.
type sentRequests struct{ n atomic.Int32 }

func (s *sentRequests) RoundTrip(*http.Request) (*http.Response, error) {
	s.n.Add(1)
	return nil, errors.New("no network")
}

// An address that is not the introspection endpoint usually redirects, or rejects the
// request.
func TestIntrospectionAtAnotherAddressNamesTheURL(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308, 400, 404, 405} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/o/")
			w.WriteHeader(status)
		}))
		_, err := (&resource.Introspection{URL: server.URL, Audience: "a"}).Verify(t.Context(), "token")
		server.Close()
		if err == nil || !strings.Contains(err.Error(), "check URL, which is not the issuer") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// A Guard that cannot work panics when the program starts, and not at the first token.
func TestGuardWithAMistakePanicsAtTheStart(t *testing.T) {
	v := &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a"}
	for name, c := range map[string]struct {
		guard resource.Guard
		want  string
	}{
		"no verifier":      {resource.Guard{}, "Guard has no Verifier"},
		"a nil pointer":    {resource.Guard{Verifier: (*resource.JWT)(nil)}, "Guard has no Verifier"},
		"a relative URL":   {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "notes"}}, `Metadata.Resource is "notes"`},
		"a fragment":       {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "https://a.example/#x"}}, "Metadata.Resource is"},
		"nothing is wrong": {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "https://a.example/x"}}, ""},
		"on this machine":  {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "http://localhost:8080"}}, ""},
		"without metadata": {resource.Guard{Verifier: v}, ""},
	} {
		func() {
			defer func() {
				got, _ := recover().(string)
				if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
					t.Errorf("%s: got %q, want %q", name, got, c.want)
				}
			}()
			c.guard.Require("read")
		}()
	}
}
