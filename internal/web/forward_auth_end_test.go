package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestLogoutOfAProtectedHostRevokesItsToken: a copy of the cookie is useless.
func TestLogoutOfAProtectedHostRevokesItsToken(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	g.logIn(wiki + "/")
	copied := maps.Clone(g.cookies)
	g.expect("before", g.ask("/check/", "GET", wiki+"/"), http.StatusOK)
	if err := logOutOfHost(g); err != nil {
		t.Fatal(err)
	}
	g.cookies = copied
	g.expect("with the copy", g.ask("/check/", "GET", wiki+"/"), http.StatusUnauthorized)
	g.expect("a second logout", g.ask("/", "GET", wiki+"/.latchkey/logout"), http.StatusFound)
	for _, method := range []string{"POST", "HEAD", "DELETE"} {
		g.cookies = maps.Clone(copied)
		response := g.ask("/", method, wiki+"/.latchkey/logout")
		if g.expect(method, response, http.StatusMethodNotAllowed); len(response.Cookies()) > 0 {
			t.Errorf("%s: the cookies %v", method, response.Cookies())
		}
	}
	clear(g.cookies)
	if response := g.ask("/", "GET", wiki+"/.latchkey/logout"); len(response.Cookies()) > 0 {
		t.Errorf("a request without a cookie clears %v", response.Cookies())
	}
}

// TestInvalidCallbacksOfAProtectedHostAreLimitedByAddress: others can still log in.
func TestInvalidCallbacksOfAProtectedHostAreLimitedByAddress(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	callback := g.begin(wiki + "/page")
	state := url.QueryEscape(callback.Query().Get("state"))
	invalid := func(from string) int {
		return g.ask("/", "GET", wiki+provider.ForwardCallback+"?state="+state+"&code=y", "X-Forwarded-For", from).StatusCode
	}
	for range 61 { // these are not guesses
		g.expect("an invalid state", g.ask("/", "GET", wiki+provider.ForwardCallback+"?state=x&code=y", "X-Forwarded-For", "203.0.113.1"), http.StatusBadRequest)
		g.expect("a person who refused", g.ask("/", "GET", wiki+provider.ForwardCallback+"?state="+state+"&error=access_denied", "X-Forwarded-For", "203.0.113.1"), http.StatusForbidden)
	}
	for i := range 60 {
		if status := invalid("203.0.113.1"); status != http.StatusForbidden {
			t.Fatalf("attempt %d: got %d", i, status)
		}
	}
	if status := invalid("203.0.113.1"); status != http.StatusTooManyRequests {
		t.Errorf("after the limit: got %d", status)
	}
	if status := invalid("198.51.100.1"); status != http.StatusForbidden {
		t.Errorf("from another address: got %d", status)
	}
	g.expect("a valid one from another address", g.ask("/", "GET", callback.String(), "X-Forwarded-For", "198.51.100.1"), http.StatusFound)
}
