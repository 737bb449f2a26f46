package resource_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// verdict returns "valid", the reason why a token is not valid, or "unavailable".
func verdict(err error) string {
	var reason *resource.InvalidTokenError
	switch {
	case err == nil:
		return "valid"
	case errors.As(err, &reason) && errors.Is(err, resource.ErrInvalidToken):
		return string(reason.Reason)
	}
	return "unavailable"
}

// TestTokensOfOtherServersAreVerified has the forms in which authorization
// servers issue JWT access tokens without RFC 9068.
func TestTokensOfOtherServersAreVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("k")
		soon := float64(time.Now().Add(time.Minute).Unix())
		type claims = map[string]any
		for name, test := range map[string]struct {
			typ    string // "-" means none
			claims claims
			strict bool // without AllowJWT
			want   string
			scope  string // of the valid token
		}{
			"the typ JWT":                         {typ: "JWT", want: "valid", scope: "read"},
			"no typ":                              {typ: "-", want: "valid", scope: "read"},
			"at+jwt":                              {typ: "at+jwt", want: "valid", scope: "read"},
			"the typ JWT, which was not allowed":  {typ: "JWT", strict: true, want: "wrong_type"},
			"no typ, which was not allowed":       {typ: "-", strict: true, want: "wrong_type"},
			"a logout token":                      {typ: "logout+jwt", want: "wrong_type"},
			"a DPoP proof":                        {typ: "dpop+jwt", want: "wrong_type"},
			"scope is a list":                     {claims: claims{"scope": []string{"read", "write"}}, want: "valid", scope: "read write"},
			"scp is a text":                       {claims: claims{"scope": nil, "scp": "read write"}, want: "valid", scope: "read write"},
			"scp is a list":                       {claims: claims{"scope": nil, "scp": []string{"a", "b"}}, want: "valid", scope: "a b"},
			"scope and scp":                       {claims: claims{"scp": "other"}, want: "valid", scope: "read"},
			"scope is a number":                   {claims: claims{"scope": 7}, want: "malformed"},
			"no scope":                            {claims: claims{"scope": nil}, want: "valid"},
			"times with fractions":                {claims: claims{"exp": soon + 0.75, "iat": soon - 100.5, "nbf": soon - 100.25}, want: "valid", scope: "read"},
			"several audiences":                   {claims: claims{"aud": []string{"account", "https://api.example"}}, want: "valid", scope: "read"},
			"the other audience":                  {claims: claims{"aud": "api://second"}, want: "valid", scope: "read"},
			"an audience that is a list of one":   {claims: claims{"aud": []string{"api://second"}}, want: "valid", scope: "read"},
			"a foreign audience":                  {claims: claims{"aud": []string{"account"}}, want: "wrong_audience"},
			"an empty audience":                   {claims: claims{"aud": ""}, want: "wrong_audience"},
			"no kid":                              {claims: claims{"kid": nil}, want: "valid", scope: "read"},
			"azp names the client":                {claims: claims{"client_id": nil, "azp": "app"}, want: "valid", scope: "read"},
			"cid names the client":                {claims: claims{"client_id": nil, "cid": "app"}, want: "valid", scope: "read"},
			"an ID token, by at_hash":             {typ: "JWT", claims: claims{"at_hash": "x"}, want: "wrong_type"},
			"an ID token, by c_hash":              {typ: "JWT", claims: claims{"c_hash": "x"}, want: "wrong_type"},
			"an ID token of Cognito":              {typ: "-", claims: claims{"token_use": "id"}, want: "wrong_type"},
			"an access token of Cognito":          {typ: "-", claims: claims{"token_use": "access"}, want: "valid", scope: "read"},
			"an ID token of Keycloak":             {typ: "JWT", claims: claims{"typ": "ID"}, want: "wrong_type"},
			"a refresh token of Keycloak":         {typ: "JWT", claims: claims{"typ": "Refresh"}, want: "wrong_type"},
			"an access token of Keycloak":         {typ: "JWT", claims: claims{"typ": "Bearer"}, want: "valid", scope: "read"},
			"a logout token without a typ":        {typ: "-", claims: claims{"events": claims{"x": claims{}}}, want: "wrong_type"},
			"a token bound to a key":              {claims: claims{"cnf": claims{"jkt": "x"}}, want: "bound"},
			"a cnf that is null":                  {claims: claims{"cnf": (*int)(nil)}, want: "valid", scope: "read"},
			"another issuer":                      {claims: claims{"iss": "https://other.example"}, want: "wrong_issuer"},
			"expired":                             {claims: claims{"exp": soon - 1000}, want: "expired"},
			"no expiry":                           {claims: claims{"exp": nil}, want: "expired"},
			"not valid yet":                       {claims: claims{"nbf": soon + 1000}, want: "not_yet_valid"},
			"claims of other types in other ways": {claims: claims{"azp": 7, "typ": 7, "token_use": []int{}}, want: "valid", scope: "read"},
		} {
			guard := s.guard()
			guard.AllowJWT, guard.OtherAudiences = !test.strict, []string{"api://second"}
			typ := map[string]string{"": "at+jwt", "-": ""}[test.typ]
			if test.typ != "" && test.typ != "-" {
				typ = test.typ
			}
			token, err := guard.Verify(t.Context(), s.token("k", typ, test.claims))
			if got := verdict(err); got != test.want {
				t.Errorf("%s: %s (%v), want %s", name, got, err, test.want)
			}
			if err == nil && (token.Scope != test.scope || token.ClientID != "app" || token.Subject != "ada" || token.ExpiresAt == 0) {
				t.Errorf("%s: %+v", name, token)
			}
		}
	})
}

// TestTokenWithoutKeyIDIsVerifiedAfterARotation: any key of the set can have
// signed it, and if none did, the server may have a new one.
func TestTokenWithoutKeyIDIsVerifiedAfterARotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		guard := s.guard()
		anonymous := map[string]any{"kid": nil}
		for _, step := range []struct {
			name     string
			pass     time.Duration
			publish  []string
			key      string
			want     string
			requests int
		}{
			{"one key", 0, []string{"one"}, "one", "valid", 1},
			{"a forged signature at once", 0, nil, "forged", "bad_signature", 1},
			{"a new key after a pause", 30 * time.Second, []string{"two"}, "two", "valid", 2},
			{"a forged signature again", 0, nil, "forged", "bad_signature", 2},
			{"several keys", 30 * time.Second, []string{"two", "three"}, "three", "valid", 3},
			{"the older of them", 0, nil, "two", "valid", 3},
			{"a removed key", 0, nil, "one", "bad_signature", 3},
		} {
			time.Sleep(step.pass)
			if step.publish != nil {
				s.publish(step.publish...)
			}
			_, err := guard.Verify(t.Context(), s.token(step.key, "at+jwt", anonymous))
			if got := verdict(err); got != step.want || s.served() != step.requests {
				t.Errorf("%s: %s (%v) after %d requests, want %s after %d", step.name, got, err, s.served(), step.want, step.requests)
			}
		}
		// A token with a kid does not make the guard ask for new keys if its
		// signature is wrong.
		time.Sleep(time.Minute)
		_, err := guard.Verify(t.Context(), s.token("forged", "at+jwt", map[string]any{"kid": "two"}))
		if got := verdict(err); got != "bad_signature" || s.served() != 3 {
			t.Errorf("a known kid with a wrong signature: %s (%v) after %d requests", got, err, s.served())
		}
	})
}

// RFC 7662 §2.2: all members but active are optional.
func TestIntrospectionResponsesOfOtherServersAreVerified(t *testing.T) {
	const api = `"active":true,"sub":"ada","aud":["account","https://api.example"],`
	for name, test := range map[string]struct {
		body    string
		untyped bool // AllowUntyped
		want    string
		scope   string
	}{
		"no token_type":                     {`{` + api + `"scope":"read"}`, true, "valid", "read"},
		"no token_type, which is not alone": {`{` + api + `"scope":"read"}`, false, "wrong_type", ""},
		"scope is a list":                   {`{` + api + `"token_type":"Bearer","scope":["read","write"]}`, false, "valid", "read write"},
		"scp":                               {`{` + api + `"token_type":"bearer","scp":["read"]}`, false, "valid", "read"},
		"an expiry with a fraction":         {`{` + api + `"token_type":"Bearer","exp":1772600000.5}`, false, "valid", ""},
		"the token_type of Keycloak":        {`{` + api + `"token_type":"Bearer","typ":"Bearer","azp":"app"}`, false, "valid", ""},
		"a refresh token of Keycloak":       {`{` + api + `"typ":"Refresh"}`, true, "wrong_type", ""},
		"a refresh token of Ory":            {`{` + api + `"token_use":"refresh_token"}`, true, "wrong_type", ""},
		"a refresh token by token_type":     {`{` + api + `"token_type":"refresh_token"}`, true, "wrong_type", ""},
		"a DPoP token":                      {`{` + api + `"token_type":"DPoP"}`, false, "bound", ""},
		"a token bound to a certificate":    {`{` + api + `"token_type":"Bearer","cnf":{"x5t#S256":"x"}}`, false, "bound", ""},
		"the other audience":                {`{"active":true,"sub":"ada","token_type":"Bearer","aud":"api://second"}`, false, "valid", ""},
		"another audience":                  {`{"active":true,"sub":"ada","token_type":"Bearer","aud":"x"}`, false, "wrong_audience", ""},
		"inactive":                          {`{"active":false}`, true, "inactive", ""},
		"a list":                            {`[]`, true, "unavailable", ""},
	} {
		i := &resource.Introspection{
			URL: "https://id.example/introspect", Audience: "https://api.example", OtherAudiences: []string{"api://second"}, AllowUntyped: test.untyped,
			Client: &http.Client{Transport: &endpoint{status: 200, body: test.body}},
		}
		token, err := i.Verify(t.Context(), "token")
		if got := verdict(err); got != test.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, test.want)
		}
		if err == nil && (token.Scope != test.scope || token.Subject != "ada") {
			t.Errorf("%s: %+v", name, token)
		}
		if err != nil && strings.Contains(err.Error(), "ada") {
			t.Errorf("%s: the error has the person: %v", name, err)
		}
	}
}
