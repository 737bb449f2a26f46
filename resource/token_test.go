package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestHandlerCanBeTestedWithATokenInItsContext, without a guard.
func TestHandlerCanBeTestedWithATokenInItsContext(t *testing.T) {
	want := &resource.Token{Subject: "ada"}
	got, ok := resource.FromContext(resource.NewContext(t.Context(), want))
	if !ok || got != want {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := resource.FromContext(t.Context()); ok || got != nil {
		t.Errorf("without a token: got %+v, %v", got, ok)
	}
}

// TestTokenHasTheClaimsOfTheLoginAndItsOwn: RFC 9470 §6, and claims of the host.
func TestTokenHasTheClaimsOfTheLoginAndItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("k")
		now := time.Now().Unix()
		token, err := s.guard().Verify(t.Context(), s.token("k", "at+jwt", map[string]any{
			"iat": now, "auth_time": now - 60, "acr": "gold", "amr": []string{"pwd", "otp"}, "exp": now + 60, "https://example.com/plan": "team", "jti": "7",
		}))
		if err != nil {
			t.Fatal(err)
		}
		var own struct {
			Plan string `json:"https://example.com/plan"`
		}
		if err := token.Claims(&own); err != nil || own.Plan != "team" {
			t.Errorf("got the claims %+v, %v", own, err)
		}
		want := &resource.Token{
			Issuer: "https://id.example", Subject: "ada", ClientID: "app", Scope: "read", IssuedAt: now, ExpiresAt: now + 60, AuthTime: now - 60,
			ACR: "gold", AMR: []string{"pwd", "otp"}, ID: "7", Audience: []string{"https://api.example"}, RawClaims: token.RawClaims,
		}
		if !reflect.DeepEqual(token, want) || !json.Valid(token.RawClaims) {
			t.Errorf("got %+v, want %+v", token, want)
		}
		// A server that writes other types does not make the token invalid, and the claims
		// count as missing.
		token, err = s.guard().Verify(t.Context(), s.token("k", "at+jwt", map[string]any{"auth_time": "noon", "acr": 7, "amr": 8, "iat": map[string]any{}}))
		if err != nil || token.AuthTime != 0 || token.ACR != "" || token.AMR != nil || token.IssuedAt != 0 {
			t.Errorf("got %+v, %v", token, err)
		}
		if err := new(resource.Token).Claims(&own); err == nil {
			t.Error("there is no error if the claims are not known")
		}
	})
}

// TestTokenIsForAClientOnItsOwnBehalf at servers that follow RFC 9068 §2.2, Auth0, Microsoft
// and Keycloak.
func TestTokenIsForAClientOnItsOwnBehalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("k")
		type claims = map[string]any
		for name, test := range map[string]struct {
			claims claims
			want   bool
		}{
			"a person":                             {claims{}, false},
			"the sub is the client":                {claims{"sub": "app"}, true},
			"the sub is another client":            {claims{"sub": "other"}, false},
			"no sub and no client":                 {claims{"sub": nil, "client_id": nil}, false},
			"Auth0":                                {claims{"sub": "app@clients", "client_id": nil, "azp": "app", "gty": "client-credentials"}, true},
			"a person at Auth0":                    {claims{"sub": "auth0|1", "client_id": nil, "azp": "app", "gty": "password"}, false},
			"Microsoft":                            {claims{"idtyp": "app"}, true},
			"a person at Microsoft":                {claims{"idtyp": "user"}, false},
			"Keycloak":                             {claims{"preferred_username": "service-account-app"}, true},
			"a person at Keycloak":                 {claims{"preferred_username": "ada", "sid": "1", "auth_time": 1}, false},
			"a person at Keycloak with that name":  {claims{"preferred_username": "service-account-app", "sid": "1"}, false},
			"a person with that name, by the time": {claims{"preferred_username": "service-account-app", "auth_time": 1}, false},
		} {
			token, err := s.guard().Verify(t.Context(), s.token("k", "at+jwt", test.claims))
			if err != nil || token.ClientOnly != test.want {
				t.Errorf("%s: got %+v, %v", name, token, err)
			}
		}
	})
}

// TestCheckIsForOtherTransports: its error has all that a transport needs.
func TestCheckIsForOtherTransports(t *testing.T) {
	guard := resource.Guard{Verifier: fake{}}
	for name, test := range map[string]struct {
		authorization []string
		policy        resource.Policy
		status        int
	}{
		"a valid token":       {[]string{"Bearer reader"}, resource.Policy{}, 0},
		"no token":            {nil, resource.Policy{}, 401},
		"no token is needed":  {nil, resource.Policy{Optional: true}, 0},
		"two headers":         {[]string{"Bearer reader", "Bearer both"}, resource.Policy{Optional: true}, 400},
		"an invalid token":    {[]string{"Bearer x"}, resource.Policy{Optional: true}, 401},
		"a missing scope":     {[]string{"Bearer reader"}, resource.Policy{Scopes: []string{"write"}}, 403},
		"a verifier is down":  {[]string{"Bearer down"}, resource.Policy{}, 503},
		"a token too long":    {[]string{"Bearer " + string(make([]byte, 20_000))}, resource.Policy{}, 401},
		"a token of a client": {[]string{"Bearer reader"}, resource.Policy{Callers: resource.OnlyClients}, 401},
	} {
		token, err := guard.Check(t.Context(), test.authorization, test.policy)
		refusal, _ := errors.AsType[*resource.Refusal](err)
		switch {
		case test.status == 0 && (err != nil || (token == nil) != (test.authorization == nil)):
			t.Errorf("%s: got %+v, %v", name, token, err)
		case test.status != 0 && (refusal == nil || refusal.Status != test.status || refusal.Text == "" || (refusal.Challenge == "") != (test.status == 503) || token != nil):
			t.Errorf("%s: got %+v, %#v", name, token, err)
		}
	}
}

// TestVerifierThatReturnsNothingIsNotTrusted: nil, nil is a fault of a host's Verifier.
func TestVerifierThatReturnsNothingIsNotTrusted(t *testing.T) {
	guard := resource.Guard{Verifier: nothing{}, OnRefused: func(*http.Request, error) {}}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer x")
	guard.Require()(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d", w.Code)
	}
}

type nothing struct{ resource.Verifier }

func (nothing) Verify(context.Context, string) (*resource.Token, error) { return nil, nil }
