package resource_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// Requests for which scopes depend on the request call OnScopes before the token is checked. It only
// observes, so a panic must not change the response, and must not end a server of gRPC.
func TestPanicOfOnScopesDoesNotChangeTheResponse(t *testing.T) {
	defer slog.SetDefault(slog.Default())
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	guard := resource.Guard{Verifier: noVerifier{}, OnScopes: func([]string) { panic("a mistake") }}
	_, refusal := guard.CheckCall(t.Context(), "/notes.Notes/Add", nil, map[string]resource.Policy{"/notes.Notes/Add": {Scopes: []string{"read"}}}, nil)
	if refusal == nil || refusal.Kind != resource.RefusedNoToken || strings.Count(log.String(), "panic: a mistake") != 1 {
		t.Errorf("got %v and the log %s", refusal, log.String())
	}
	w := httptest.NewRecorder()
	guard.RequireScopes(func(*http.Request) []string { return []string{"read"} })(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusUnauthorized || strings.Count(log.String(), "panic: a mistake") != 2 {
		t.Errorf("got %d and the log %s", w.Code, log.String())
	}
}

// panicking is a Verifier with a mistake.
type panicking struct{}

func (panicking) Verify(_ context.Context, token string) (*resource.Token, error) {
	panic("a mistake with the token " + token)
}

// A server of gRPC does not recover from panics, so a call with any token would end it.
func TestPanicWhileACallIsCheckedRefusesIt(t *testing.T) {
	for name, guard := range map[string]*resource.Guard{
		"Verifier": {Verifier: panicking{}},
		"Limit": {
			Verifier: anyVerifier{}, Limit: func(context.Context, *resource.Token) time.Duration { panic("a mistake with the token") },
		},
	} {
		token, err := guard.Check(t.Context(), []string{"Bearer sec-ret"}, resource.Policy{Optional: true})
		refusal, ok := err.(*resource.Refusal) //nolint:errorlint // as documented
		if !ok || token != nil || refusal.Kind != resource.RefusedFault || strings.Contains(refusal.Text, "mistake") {
			t.Errorf("%s: got %v %v", name, token, err)
		} else if text := refusal.Err.Error(); !strings.Contains(text, "a mistake with the token") || strings.Contains(text, "sec-ret") || !strings.Contains(text, "panic_test.go") {
			t.Errorf("%s: the reason is %s", name, text)
		}
	}
}

// anyVerifier accepts every token.
type anyVerifier struct{}

func (anyVerifier) Verify(context.Context, string) (*resource.Token, error) {
	return &resource.Token{}, nil
}

// Responses that are cached, and keys, are fetched in a goroutine. The transport of a Client can be
// one of the program, such as that of golang.org/x/oauth2 with its source of tokens.
func TestPanicOfATransportIsAFaultOfTheAPI(t *testing.T) {
	client := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { panic("a mistake") })}
	for name, v := range map[string]resource.Verifier{
		"introspection":        &resource.Introspection{URL: "https://id.example.com/introspect", Audience: "a", Client: client},
		"cached introspection": &resource.Introspection{URL: "https://id.example.com/introspect", Audience: "a", Client: client, CacheFor: time.Minute},
		"keys":                 &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a", KeysURL: "https://id.example.com/keys", Client: client},
		"metadata":             &resource.JWT{Issuer: "https://id.example.com/o", Audience: "a", Client: client},
	} {
		// {"alg":"ES256","typ":"at+jwt"}
		_, err := v.Verify(t.Context(), "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30."+strings.Repeat("A", 86))
		if verdict(err) != "unavailable" || !strings.Contains(err.Error(), "panic: a mistake") || !strings.Contains(err.Error(), "panic_test.go") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
