package resource_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
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
		"JWT has no Issuer":                                               &resource.JWT{Audience: "a"},
		`JWT.Algorithms has "HS256"`:                                      &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a", Algorithms: []string{"HS256"}},
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

// An address that is not the introspection endpoint usually redirects, rejects the request, or
// responds with a page, as the issuer does.
func TestIntrospectionAtAnotherAddressNamesTheURL(t *testing.T) {
	type answer struct {
		status int
		body   string
	}
	answers := []answer{{200, "<!doctype html>"}, {200, strings.Repeat("<br>", 20_000)}, {200, `["a list"]`}, {200, ""}}
	for _, status := range []int{301, 302, 303, 307, 308, 400, 404, 405} {
		answers = append(answers, answer{status: status})
	}
	for _, a := range answers {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/o/")
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, a.body)
		}))
		_, err := (&resource.Introspection{URL: server.URL, Audience: "a"}).Verify(t.Context(), "token")
		server.Close()
		if err == nil || !strings.Contains(err.Error(), server.URL) || !strings.Contains(err.Error(), "check URL, which is not the issuer") {
			t.Errorf("%d: %v", a.status, err)
		}
	}
}

// The address of a page is not that of the keys, and the error names it.
func TestKeysAtAnotherAddressNameTheURL(t *testing.T) {
	page := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<!doctype html>")), Request: r}, nil
	})
	const address = "https://id.example.com/o"
	_, err := (&resource.JWT{Issuer: address, Audience: "a", KeysURL: address, Client: &http.Client{Transport: page}}).Verify(t.Context(), "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30."+strings.Repeat("A", 86))
	if err == nil || !strings.Contains(err.Error(), `cannot be read from "`+address+`":`) {
		t.Errorf("got %v", err)
	}
}

// introspecting returns a guard with a changed Introspection.
func introspecting(change func(*resource.Introspection)) resource.Guard {
	i := &resource.Introspection{URL: "https://id.example.com/o/introspect/", ClientID: "api", ClientSecret: "secret", Audience: "a"}
	change(i)
	return resource.Guard{Verifier: i}
}

// A panic in a function that only observes must not cost the client its response, and must not end the
// process of a gRPC server.
func TestPanicOfOnRefusedDoesNotChangeTheResponse(t *testing.T) {
	defer slog.SetDefault(slog.Default())
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	guard := resource.Guard{Verifier: noVerifier{}, OnRefused: func(*http.Request, error) { panic("a mistake") }}
	w := httptest.NewRecorder()
	guard.Require("read")(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusUnauthorized || strings.Count(log.String(), "panic: a mistake") != 1 {
		t.Errorf("got %d and the log %s", w.Code, log.String())
	}
	_, refusal := guard.CheckCall(t.Context(), "/notes.Notes/Add", nil, map[string]resource.Policy{"/notes.Notes/Add": {}}, func(context.Context, string, error) { panic("a mistake") })
	if refusal == nil || refusal.Kind != resource.RefusedNoToken || strings.Count(log.String(), "panic: a mistake") != 2 {
		t.Errorf("got %v and the log %s", refusal, log.String())
	}
}

// brokenError is the error of a verifier with a mistake.
type brokenError struct{}

func (brokenError) Error() string                                             { return "a hook returned sub" }
func (brokenError) Broken() bool                                              { return true }
func (e brokenError) Verify(context.Context, string) (*resource.Token, error) { return nil, e }

// A mistake is not answered as if the server were unavailable for a moment.
func TestMistakeOfTheAPIIsNotTemporary(t *testing.T) {
	for name, verifier := range map[string]resource.Verifier{"a hook": brokenError{}, "a missing field": wrapped{&resource.JWT{Issuer: "https://id.example.com/o"}}} {
		guard := resource.Guard{Verifier: verifier, OnRefused: func(*http.Request, error) {}}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer token")
		guard.Require("read")(http.NotFoundHandler()).ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError || w.Header().Get("Retry-After") != "" || strings.Contains(w.Body.String(), "later") {
			t.Errorf("%s: got %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
}

// wrapped is the Verifier of a program around another one, whose fields Require cannot check.
type wrapped struct{ resource.Verifier }

// A Guard that cannot work panics when the program starts, and not at the first token.
func TestGuardWithAMistakePanicsAtTheStart(t *testing.T) {
	v := &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a"}
	for name, c := range map[string]struct {
		guard resource.Guard
		want  string
	}{
		"no verifier":                  {resource.Guard{}, "Guard has no Verifier"},
		"a nil pointer":                {resource.Guard{Verifier: (*resource.JWT)(nil)}, "Guard has no Verifier"},
		"a relative URL":               {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "notes"}}, `Metadata.Resource is "notes"`},
		"a fragment":                   {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "https://a.example/#x"}}, "Metadata.Resource is"},
		"nothing is wrong":             {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "https://a.example/x"}}, ""},
		"on this machine":              {resource.Guard{Verifier: v, Metadata: &resource.Metadata{Resource: "http://localhost:8080"}}, ""},
		"without metadata":             {resource.Guard{Verifier: v}, ""},
		"no issuer":                    {resource.Guard{Verifier: &resource.JWT{Audience: "a"}}, "JWT has no Issuer"},
		"no audience":                  {resource.Guard{Verifier: &resource.JWT{Issuer: "https://id.example.com/o"}}, "JWT has no Audience"},
		"an http issuer":               {resource.Guard{Verifier: &resource.JWT{Issuer: "http://id.example.com/o", Audience: "a"}}, "JWT.Issuer"},
		"a relative path":              {resource.Guard{Verifier: &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a", KeysURL: "/keys"}}, "JWT.KeysURL"},
		"an algorithm":                 {resource.Guard{Verifier: &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a", Algorithms: []string{"none"}}}, "JWT.Algorithms"},
		"no audience at introspection": {introspecting(func(i *resource.Introspection) { i.Audience = "" }), "Introspection has no Audience"},
		"no URL":                       {introspecting(func(i *resource.Introspection) { i.URL = "" }), "the URL of Introspection"},
		"no client ID":                 {introspecting(func(i *resource.Introspection) { i.ClientID = "" }), "Introspection has no ClientID"},
		"no client secret":             {introspecting(func(i *resource.Introspection) { i.ClientSecret = "" }), "Introspection has no ClientSecret"},
		"a key without an audience":    {introspecting(func(i *resource.Introspection) { i.Key = &resource.ClientKey{} }), "ClientKey has no Audience"},
		"a key without a key":          {introspecting(func(i *resource.Introspection) { i.Key = &resource.ClientKey{Audience: "a"} }), "ClientKey.Private is a <nil>"},
		"a token of its own": {introspecting(func(i *resource.Introspection) {
			i.ClientID, i.AccessToken = "", func(context.Context) (string, error) { return "", nil }
		}), ""},
		"introspection": {introspecting(func(*resource.Introspection) {}), ""},
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

// A verifier of a program can embed a JWT whose fields it sets for each request, such as those of a
// tenant. Only the program knows which are required.
func TestVerifierThatEmbedsAnotherHasItsOwnFields(t *testing.T) {
	for name, v := range map[string]resource.Verifier{"empty": tenants{&resource.JWT{}}, "nil": tenants{}} {
		if got := recovered(func() { _ = (&resource.Guard{Verifier: v}).Require("read") }); got != "" {
			t.Errorf("%s: panics with %s", name, got)
		}
	}
}

type tenants struct{ *resource.JWT }

func (tenants) Verify(context.Context, string) (*resource.Token, error) {
	return &resource.Token{}, nil
}

// The text of a panic is in the log of the program, and in that of its supervisor.
func TestPanicOfAGuardContainsNoPassword(t *testing.T) {
	const issuer = "https://id.example.com/o"
	v := &resource.JWT{Issuer: issuer, Audience: "a"}
	for name, guard := range map[string]resource.Guard{
		"an issuer":                       {Verifier: &resource.JWT{Issuer: "https://api:secret@id.example.com/o", Audience: "a"}},
		"an issuer that is not a URL":     {Verifier: &resource.JWT{Issuer: "https://api:secret@id.example.com:port/o", Audience: "a"}},
		"keys that are not a URL":         {Verifier: &resource.JWT{Issuer: issuer, Audience: "a", KeysURL: "https://api:secret@id.example.com:port/"}},
		"keys without a scheme":           {Verifier: &resource.JWT{Issuer: issuer, Audience: "a", KeysURL: "api:secret@id.example.com"}},
		"keys with a slash in the text":   {Verifier: &resource.JWT{Issuer: issuer, Audience: "a", KeysURL: "https:/api:secret@id.example.com/"}},
		"introspection that is not a URL": {Verifier: &resource.Introspection{URL: "https://api:secret@id.example.com:port/", ClientID: "a", ClientSecret: "s", Audience: "a"}},
		"introspection":                   {Verifier: &resource.Introspection{URL: "https://api:secret@id.example.com/", ClientID: "a", ClientSecret: "s", Audience: "a"}},
		"a resource":                      {Verifier: v, Metadata: &resource.Metadata{Resource: "https://api:secret@api.example.com/"}},
		"a resource that is not a URL":    {Verifier: v, Metadata: &resource.Metadata{Resource: "https://api:secret@api.example.com:port/"}},
	} {
		if got := recovered(func() { _ = guard.Require("read") }); got == "" || strings.Contains(got, "secret") {
			t.Errorf("%s: panics with %q", name, got)
		}
	}
}

// The errors of keys contain the address from which they are fetched.
func TestErrorsOfKeysContainNoPassword(t *testing.T) {
	unavailable := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusNotFound, Status: "404 Not Found", Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})}
	for _, address := range []string{"https://api:secret@id.example.com/keys", "https://api:secret@id.example.com:port/keys"} {
		j := &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a", KeysURL: address, Client: unavailable}
		_, err := j.Verify(t.Context(), "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30."+strings.Repeat("A", 86))
		if verdict(err) != "unavailable" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

// An API can authenticate with the transport of its client: a certificate (RFC 8705), or
// golang.org/x/oauth2. It then sends no empty credentials.
func TestIntrospectionWithATransportThatAuthenticates(t *testing.T) {
	e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","sub":"ada","aud":"api"}`}
	i := &resource.Introspection{URL: "https://id.example/introspect", Audience: "api", Client: &http.Client{Transport: e}}
	guard := &resource.Guard{Verifier: i}
	if got := recovered(func() { _ = guard.Require("read") }); got != "" {
		t.Errorf("it panics with %s", got)
	}
	if _, err := i.Verify(t.Context(), "token"); err != nil || e.request.Header.Get("Authorization") != "" {
		t.Errorf("got %v, and the request has %q", err, e.request.Header)
	}
	i.ClientID = "api" // with a certificate
	if got := recovered(func() { _ = guard.Require("read") }); got != "" {
		t.Errorf("with a client ID, it panics with %s", got)
	}
}
