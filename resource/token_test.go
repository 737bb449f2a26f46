package resource_test

import (
	"cmp"
	"context"
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
		if !reflect.DeepEqual(token, want) || own.Plan == "" {
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
	guard := resource.Guard{Verifier: fake{}, Limit: func(_ context.Context, t *resource.Token) time.Duration {
		if t.HasAll("read", "write") {
			return time.Minute
		}
		return 0
	}}
	for name, test := range map[string]struct {
		authorization []string
		policy        resource.Policy
		kind          resource.RefusalKind
		status        int
		code          uint32 // of gRPC
	}{
		"a valid token":       {authorization: []string{"Bearer reader"}},
		"no token":            {nil, resource.Policy{}, resource.RefusedNoToken, 401, 16},
		"no token is needed":  {policy: resource.Policy{Optional: true}},
		"two headers":         {[]string{"Bearer reader", "Bearer both"}, resource.Policy{Optional: true}, resource.RefusedRequest, 400, 3},
		"an invalid token":    {[]string{"Bearer x"}, resource.Policy{Optional: true}, resource.RefusedToken, 401, 16},
		"a missing scope":     {[]string{"Bearer reader"}, resource.Policy{Scopes: []string{"write"}}, resource.RefusedScope, 403, 7},
		"an old login":        {[]string{"Bearer reader"}, resource.Policy{MaxAge: time.Minute}, resource.RefusedLogin, 401, 16},
		"over the limit":      {[]string{"Bearer both"}, resource.Policy{}, resource.RefusedRate, 429, 8},
		"a verifier is down":  {[]string{"Bearer down"}, resource.Policy{}, resource.RefusedUnavailable, 503, 14},
		"a token too long":    {[]string{"Bearer " + string(make([]byte, 20_000))}, resource.Policy{}, resource.RefusedToken, 401, 16},
		"a token of a client": {[]string{"Bearer reader"}, resource.Policy{Callers: resource.OnlyClients}, resource.RefusedToken, 401, 16},
	} {
		token, err := guard.Check(t.Context(), test.authorization, test.policy)
		refusal, _ := errors.AsType[*resource.Refusal](err)
		switch {
		case test.status == 0 && (err != nil || (token == nil) != (test.authorization == nil)):
			t.Errorf("%s: got %+v, %v", name, token, err)
		case test.status != 0 && (refusal == nil || refusal.Kind != test.kind || refusal.Kind.Status() != test.status || refusal.Kind.GRPCCode() != test.code ||
			refusal.Text == "" || (refusal.Challenge == "") != (test.status >= 429) || token != nil):
			t.Errorf("%s: got %+v, %#v", name, token, err)
		}
		var procedure string
		var told error
		called, refused := guard.CheckCall(t.Context(), "/notes.Notes/Add", test.authorization, map[string]resource.Policy{"/notes.Notes/": test.policy}, func(_ context.Context, name string, err error) { procedure, told = name, err })
		if seen, ok := resource.FromContext(cmp.Or(called, t.Context())); ok != (token != nil) || token != nil && seen.ClientID != token.ClientID || (called == nil) != (test.status != 0) {
			t.Errorf("%s: a call gets %+v", name, seen)
		}
		if !reflect.DeepEqual(refused, refusal) || told != nil && procedure != "/notes.Notes/Add" || (told == nil) != (refused == nil) {
			t.Errorf("%s: a call is refused with %#v, and the host gets %q, %v", name, refused, procedure, told)
		}
	}
}

// TestCallOfAProcedureWithoutAPolicyIsRefused: a procedure that was added later is not open to
// everybody who has a token.
func TestCallOfAProcedureWithoutAPolicyIsRefused(t *testing.T) {
	guard := &resource.Guard{Verifier: fake{}}
	policies := map[string]resource.Policy{"/notes.Notes/": {Optional: true}, "/notes.Notes/Add": {Scopes: []string{"write"}}, "/open.Open/Get": {Optional: true}}
	for procedure, want := range map[string]error{
		"/notes.Notes/List":      nil,
		"/notes.Notes/Add":       resource.ErrNoToken, // not the policy of the service
		"/open.Open/Get":         nil,
		"/open.Open/Set":         resource.ErrUnlisted,
		"/open.Open/":            resource.ErrUnlisted,
		"/notes.Notes/sub/List":  resource.ErrUnlisted,
		"/notes.Notes2/List":     resource.ErrUnlisted,
		"notes.Notes/List":       resource.ErrUnlisted,
		"":                       resource.ErrUnlisted,
		"/grpc.health.v1.Health": resource.ErrUnlisted,
	} {
		var told error
		called, refused := guard.CheckCall(t.Context(), procedure, nil, policies, func(_ context.Context, _ string, err error) { told = err })
		if (refused == nil) != (want == nil) || (called == nil) != (want != nil) || !errors.Is(told, want) {
			t.Errorf("%s: got %v, and the host gets %v", procedure, refused, told)
		}
		if errors.Is(want, resource.ErrUnlisted) && (refused.Kind != resource.RefusedUnlisted || refused.Kind.Status() != 404 || refused.Kind.GRPCCode() != 12 || refused.Text == "") {
			t.Errorf("%s: got %#v", procedure, refused)
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
