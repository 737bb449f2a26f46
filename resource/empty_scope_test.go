package resource_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

type noVerifier struct{}

func (noVerifier) Verify(context.Context, string) (*resource.Token, error) {
	return nil, resource.ErrInvalidToken
}

// TestAScopeThatNoTokenCanHavePanics: the mistake would otherwise be found by the first client
// that is refused, and without scopes RequireAny would accept every token (RFC 6749 §3.3).
func TestAScopeThatNoTokenCanHavePanics(t *testing.T) {
	g := &resource.Guard{Verifier: noVerifier{}}
	type middleware = func(http.Handler) http.Handler
	for name, c := range map[string]struct {
		guard func() middleware
		want  string
	}{
		"Require with an empty scope":     {func() middleware { return g.Require("read", "") }, `"" is not a scope`},
		"Require with two scopes in one":  {func() middleware { return g.Require("read write") }, `"read write" is not a scope`},
		"ReadWrite without a scope":       {func() middleware { return g.ReadWrite("read", "") }, `"" is not a scope`},
		"package ReadWrite":               {func() middleware { return resource.ReadWrite(noVerifier{}, "", "write") }, `"" is not a scope`},
		"package Require":                 {func() middleware { return resource.Require(noVerifier{}, "") }, `"" is not a scope`},
		"RequireAny without scopes":       {func() middleware { return g.RequireAny() }, "at least one scope"},
		"RequireAny with an empty scope":  {func() middleware { return g.RequireAny("read", "") }, `"" is not a scope`},
		"RequirePolicy with no scopes":    {func() middleware { return g.RequirePolicy(resource.Policy{AnyOf: [][]string{{"read"}, {}}}) }, "would accept every token"},
		"ReadWriteOf with a space":        {func() middleware { return g.ReadWriteOf("my notes") }, `"my notes:read" is not a scope`},
		"Require without scopes":          {func() middleware { return g.Require() }, ""},
		"Require with a scope of its own": {func() middleware { return g.Require("https://api.example/notes:read") }, ""},
		"RequireAny with scopes":          {func() middleware { return g.RequireAny("read", "write") }, ""},
	} {
		got := recovered(func() { c.guard() })
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: panics with %q, want %q", name, got, c.want)
		}
	}
	routes := func() { g.Routes(map[string]resource.Policy{"GET /": {Scopes: []string{""}}})(http.NotFoundHandler()) }
	if got := recovered(routes); !strings.Contains(got, `"" is not a scope`) {
		t.Errorf("Routes: panics with %q", got)
	}
}

// recovered returns what a function panics with, or "".
func recovered(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
