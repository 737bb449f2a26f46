package resource_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// A value that is negative, too small or unknown is found when the program starts: it would
// otherwise accept or refuse every request.
func TestImplausibleValuesPanicAtTheStart(t *testing.T) {
	policy := func(p resource.Policy) func() {
		return func() { (&resource.Guard{Verifier: noVerifier{}}).RequirePolicy(p) }
	}
	limit := func(l *resource.RateLimit) func() {
		return func() { (&resource.Guard{Verifier: noVerifier{}, Limit: l.Wait}).Require("read") }
	}
	person := func(requests int, per time.Duration) func() {
		return limit(&resource.RateLimit{Person: resource.Rate{Requests: requests, Per: per}})
	}
	cache := func(d time.Duration) func() {
		return func() {
			guard := introspecting(func(i *resource.Introspection) { i.CacheFor = d })
			guard.Require("read")
		}
	}
	guard, none := &resource.Guard{Verifier: noVerifier{}}, (*resource.Guard)(nil)
	for name, c := range map[string]struct {
		start func()
		want  string
	}{
		"a negative MaxAge":            {policy(resource.Policy{MaxAge: -time.Second}), "Policy.MaxAge is -1s"},
		"a MaxAge in nanoseconds":      {policy(resource.Policy{MaxAge: 300}), "Policy.MaxAge is 300ns"},
		"a MaxAge":                     {policy(resource.Policy{MaxAge: time.Second}), ""},
		"a realm with quotation marks": {func() { (&resource.Guard{Verifier: noVerifier{}, Realm: `my "api"`}).Require("read") }, `Guard.Realm is "my \"api\""`},
		"a realm that is not ASCII":    {func() { (&resource.Guard{Verifier: noVerifier{}, Realm: "é"}).Require("read") }, "Guard.Realm is"},
		"a realm":                      {func() { (&resource.Guard{Verifier: noVerifier{}, Realm: "my api"}).Require("read") }, ""},
		"unknown Callers":              {policy(resource.Policy{Callers: 99}), "Policy.Callers is 99"},
		"negative Callers":             {policy(resource.Policy{Callers: -1}), "Policy.Callers is -1"},
		"Callers":                      {policy(resource.Policy{Callers: resource.OnlyClients}), ""},
		"an empty ACR value":           {policy(resource.Policy{ACRValues: []string{""}}), `Policy.ACRValues has ""`},
		"two ACR values in one":        {policy(resource.Policy{ACRValues: []string{"a b"}}), `Policy.ACRValues has "a b"`},
		"requests without a period":    {person(2, 0), "Per of RateLimit.Person is 0s"},
		"a period in nanoseconds":      {person(2, 60), "Per of RateLimit.Person is 60ns"},
		"a negative period":            {person(2, -time.Minute), "Per of RateLimit.Person is -1m0s"},
		"a period without requests":    {person(0, time.Minute), "RateLimit.Person has 0 Requests"},
		"negative requests":            {person(-2, time.Minute), "RateLimit.Person has -2 Requests"},
		"too many requests":            {person(2_000_000, time.Millisecond), "use a smaller number"},
		"a limit of a client":          {limit(&resource.RateLimit{Client: resource.Rate{Requests: -1}}), "RateLimit.Client has -1 Requests"},
		"no limit":                     {person(0, 0), ""},
		"a limit":                      {person(2, time.Minute), ""},
		"a nil limit":                  {limit(nil), "the RateLimit is nil"},
		"a negative CacheFor":          {cache(-1), "Introspection.CacheFor is -1ns"},
		"a CacheFor in nanoseconds":    {cache(30), "Introspection.CacheFor is 30ns"},
		"a CacheFor":                   {cache(30 * time.Second), ""},
		"an origin": {func() {
			resource.Origins("https://app.example.com", "http://localhost:3000", "http://[::1]:8000", "app://x", "*")
		}, ""},
		"an origin with a slash":        {func() { resource.Origins("https://app.example.com/") }, "is not an origin"},
		"an origin without a scheme":    {func() { resource.Origins("app.example.com") }, "is not an origin"},
		"an origin with a path":         {func() { resource.Origins("http://localhost:3000/x") }, "is not an origin"},
		"an origin in upper case":       {func() { resource.Origins("https://App.example.com") }, "is not an origin"},
		"an origin with a default port": {func() { resource.Origins("https://app.example.com:443") }, "is not an origin"},
		"an origin with a wildcard":     {func() { resource.Origins("https://*.example.com") }, "is not an origin"},
		"an empty origin":               {func() { resource.Origins("") }, "is not an origin"},
		"a nil handler":                 {func() { guard.Require("read")(nil) }, "the handler that the middleware guards is nil"},
		"a nil HandlerFunc":             {func() { guard.ReadWrite("read", "write")(http.HandlerFunc(nil)) }, "the handler that the middleware guards is nil"},
		"a nil handler of routes":       {func() { guard.Routes(map[string]resource.Policy{"GET /": {}})(nil) }, "the handler that the middleware guards is nil"},
		"a nil function":                {func() { guard.RequireScopes(nil) }, "the function of RequireScopes is nil"},
		"a nil guard":                   {func() { none.Require("read") }, "the Guard is nil"},
		"a nil guard with scopes":       {func() { none.RequireScopes(func(*http.Request) []string { return nil }) }, "the Guard is nil"},
		"a nil guard of calls":          {func() { _, _ = none.Check(t.Context(), nil, resource.Policy{}) }, "the Guard is nil"},
	} {
		got := recovered(c.start)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: panics with %q, want %q", name, got, c.want)
		}
	}
}

// A policy for one call is only known then. A mistake in it refuses the call, as a token that
// cannot be verified.
func TestImplausiblePolicyRefusesTheCall(t *testing.T) {
	guard := &resource.Guard{Verifier: noVerifier{}}
	_, refusal := guard.CheckCall(t.Context(), "/notes.Notes/Add", []string{"Bearer token"}, map[string]resource.Policy{"/notes.Notes/Add": {MaxAge: -1, Optional: true}}, func(context.Context, string, error) {})
	if refusal == nil || refusal.Kind.Status() != http.StatusInternalServerError {
		t.Errorf("got %v", refusal)
	}
}

// The check of a limit at the start counts no request, and calls no function of the program.
func TestLimitIsNotCountedAtTheStart(t *testing.T) {
	limit := &resource.RateLimit{Person: resource.Rate{Requests: 1, Per: time.Hour}}
	guard := &resource.Guard{Verifier: noVerifier{}, Limit: limit.Wait}
	guard.Require("read")
	if wait := limit.Wait(t.Context(), &resource.Token{}); wait != 0 {
		t.Errorf("the first request must wait %s", wait)
	}
	guard.Limit = func(context.Context, *resource.Token) time.Duration { t.Error("the function was called"); return 0 }
	guard.Require("read")(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}
