package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// chain returns a claim act with that many actors.
func chain(n int) string {
	return strings.Repeat(`{"sub":"a","act":`, n) + "null" + strings.Repeat("}", n)
}

// TestActorsOfATokenAreRead: RFC 8693 §4.1. A token whose actors cannot be read is not
// one without an actor.
func TestActorsOfATokenAreRead(t *testing.T) {
	type actor = resource.Actor
	for name, test := range map[string]struct {
		act  string
		want *actor
		ok   bool
	}{
		"no actor":        {`null`, nil, true},
		"a service":       {`{"sub":"orders"}`, &actor{Subject: "orders"}, true},
		"a client_id":     {`{"client_id":"orders"}`, &actor{Subject: "orders"}, true},
		"two":             {`{"sub":"orders","iss":"https://x.example","act":{"sub":"shop"}}`, &actor{Subject: "orders", Issuer: "https://x.example", Before: &actor{Subject: "shop"}}, true},
		"no name":         {`{"iss":"https://x.example"}`, nil, false},
		"a text":          {`"orders"`, nil, false},
		"a list":          {`[{"sub":"orders"}]`, nil, false},
		"a number as sub": {`{"sub":7}`, nil, false},
		"the one before":  {`{"sub":"orders","act":"shop"}`, nil, false},
		"nine":            {chain(9), nil, false},
	} {
		e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","sub":"ada","act":` + test.act + `}`}
		token, err := (&resource.Introspection{URL: "https://id.example/introspect", AllowAnyAudience: true, Client: &http.Client{Transport: e}}).Verify(t.Context(), "x")
		if test.ok != (err == nil) || err != nil && !errors.Is(err, resource.ErrInvalidToken) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && !reflect.DeepEqual(token.Actor, test.want) {
			t.Errorf("%s: %+v", name, token.Actor)
		}
		synctest.Test(t, func(t *testing.T) {
			s := newIssuer(t)
			s.publish("k")
			token, err := s.guard().Verify(t.Context(), s.token("k", "at+jwt", map[string]any{"act": json.RawMessage(test.act)}))
			if test.ok != (err == nil) || err == nil && !reflect.DeepEqual(token.Actor, test.want) {
				t.Errorf("%s in a JWT: %+v %v", name, token, err)
			}
		})
	}
	e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","act":` + chain(8) + `}`}
	if _, err := (&resource.Introspection{URL: "https://id.example/introspect", AllowAnyAudience: true, Client: &http.Client{Transport: e}}).Verify(t.Context(), "x"); err != nil {
		t.Errorf("eight actors: %v", err)
	}
}

// acted is a Verifier whose tokens are about a person. The text of a token is the
// subject of its actor.
type acted struct{}

func (acted) Verify(_ context.Context, text string) (*resource.Token, error) {
	t := &resource.Token{Subject: "ada", Scope: "read write"}
	if text != "nobody" {
		t.Actor = &resource.Actor{Subject: text}
	}
	return t, nil
}

func TestGuardRefusesActorsThatTheAPIDoesNotAllow(t *testing.T) {
	only := func(_ context.Context, t *resource.Token) bool { return t.Actor.Subject == "orders" }
	for text, test := range map[string]struct {
		allows func(context.Context, *resource.Token) bool
		status int
	}{
		"orders": {only, 200}, "billing": {only, 401}, "nobody": {only, 200}, "anybody": {nil, 200},
	} {
		guard := resource.Guard{Verifier: acted{}, AllowsActor: test.allows}
		if w := ask(&guard, "Bearer "+text); w.Code != test.status || strings.Contains(w.Header().Get("WWW-Authenticate"), "actor") != (test.status == 401) {
			t.Errorf("%s: %d %v", text, w.Code, w.Header())
		}
	}
}

func FuzzIntrospectionResponse(f *testing.F) {
	for _, text := range []string{`{"active":true,"token_type":"Bearer","act":{"sub":"a","act":{"sub":"b"}}}`, `{"active":true,"aud":["a"],"scope":["b"]}`, chain(9)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := &endpoint{status: 200, body: text}
		token, err := (&resource.Introspection{URL: "https://id.example/introspect", AllowAnyAudience: true, Client: &http.Client{Transport: e}, AllowUntyped: true}).Verify(t.Context(), "x")
		if err != nil {
			return
		}
		depth := 0
		for a := token.Actor; a != nil; a = a.Before {
			if depth++; a.Subject == "" {
				t.Errorf("an actor without a name: %s", text)
			}
		}
		if depth > 8 {
			t.Errorf("%d actors: %s", depth, text)
		}
	})
}
