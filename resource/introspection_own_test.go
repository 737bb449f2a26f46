package resource_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// RFC 7662 §2.1: an API can authenticate with an access token of its own.
func TestIntrospectionAuthenticatesWithAnAccessToken(t *testing.T) {
	e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","sub":"ada","aud":"api"}`}
	own, failure := "own-token", error(nil)
	i := &resource.Introspection{
		URL: "https://id.example/introspect", ClientID: "api", ClientSecret: "unused", Audience: "api", Client: &http.Client{Transport: e},
		AccessToken: func(context.Context) (string, error) { return own, failure },
	}
	if _, err := i.Verify(t.Context(), "token"); err != nil || e.request.Header.Get("Authorization") != "Bearer own-token" || e.form != "token=token" {
		t.Errorf("%v, the request has %q and the form %q", err, e.request.Header, e.form)
	}
	e.request, failure = nil, errors.New("the token endpoint is down")
	if _, err := i.Verify(t.Context(), "token"); verdict(err) != "unavailable" || !errors.Is(err, failure) || e.request != nil {
		t.Errorf("without a token of its own: %v", err)
	}
}

// TestIntrospectionNeedsAnAudience: an API that accepts the tokens for every other API is
// a fault in its configuration, not in the token.
func TestIntrospectionNeedsAnAudience(t *testing.T) {
	e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","sub":"ada","aud":"other"}`}
	i := &resource.Introspection{URL: "https://id.example/introspect", Client: &http.Client{Transport: e}}
	if _, err := i.Verify(t.Context(), "token"); verdict(err) != "unavailable" || !strings.Contains(err.Error(), "Audience") || e.request != nil {
		t.Errorf("got %v", err)
	}
	i.Audience, i.AllowAnyAudience = "api", true
	if _, err := i.Verify(t.Context(), "token"); verdict(err) != "wrong_audience" {
		t.Errorf("an Audience is checked even if any is allowed: got %v", err)
	}
}

// TestIntrospectionFollowsNoRedirects: the token would go to another server.
func TestIntrospectionFollowsNoRedirects(t *testing.T) {
	var stolen string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = r.FormValue("token") }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	i := &resource.Introspection{URL: server.URL, Audience: "api"}
	if _, err := i.Verify(t.Context(), "token"); verdict(err) != "unavailable" || stolen != "" {
		t.Errorf("got %v, and the other server has the token %q", err, stolen)
	}
}

// TestIntrospectionResponseIsBounded: a part of a response is not read as a whole one.
func TestIntrospectionResponseIsBounded(t *testing.T) {
	e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","sub":"ada","aud":"api"}` + strings.Repeat(" ", 64<<10)}
	i := &resource.Introspection{URL: "https://id.example/introspect", Audience: "api", Client: &http.Client{Transport: e}}
	if _, err := i.Verify(t.Context(), "token"); verdict(err) != "unavailable" {
		t.Errorf("got %v", err)
	}
	i.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"active":true`), broken{})), Request: r}, nil
	})}
	if _, err := i.Verify(t.Context(), "token"); verdict(err) != "unavailable" {
		t.Errorf("a broken connection: got %v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// broken is a connection that was reset.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
