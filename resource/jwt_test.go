package resource_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestJWTAccessTokenIsVerified changes one thing of a valid token at a time (RFC
// 9068 §4).
func TestJWTAccessTokenIsVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newIssuer(t)
		s.publish("k")
		in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
		for name, test := range map[string]struct {
			typ    string
			claims map[string]any
			guard  func(*resource.JWT)
			ok     bool
		}{
			"a valid token":                     {ok: true},
			"the type in full":                  {typ: "application/at+jwt", ok: true},
			"the type in upper case":            {typ: "AT+JWT", ok: true},
			"an ID token":                       {typ: "JWT"},
			"a logout token":                    {typ: "logout+jwt"},
			"a token without a type":            {typ: "-"},
			"another issuer":                    {claims: map[string]any{"iss": "https://other.example"}},
			"an issuer with a slash at its end": {claims: map[string]any{"iss": "https://id.example/"}},
			"no issuer":                         {claims: map[string]any{"iss": nil}},
			"another audience":                  {claims: map[string]any{"aud": "https://other.example"}},
			"one of two audiences":              {claims: map[string]any{"aud": []string{"https://other.example", "https://api.example"}}, ok: true},
			"no audience":                       {claims: map[string]any{"aud": nil}},
			"an empty audience":                 {claims: map[string]any{"aud": ""}},
			"no expiry":                         {claims: map[string]any{"exp": nil}},
			"an expiry that is null":            {claims: map[string]any{"exp": (*int)(nil)}},
			"an expiry that is a text":          {claims: map[string]any{"exp": "tomorrow"}},
			"expired":                           {claims: map[string]any{"exp": in(-time.Minute)}},
			"expired, within the clock skew":    {claims: map[string]any{"exp": in(-59 * time.Second)}, ok: true},
			"an expiry with a fraction":         {claims: map[string]any{"exp": float64(in(time.Minute)) + 0.5}, ok: true},
			"issued by a clock far ahead":       {claims: map[string]any{"iat": in(61 * time.Second)}},
			"issued within the clock skew":      {claims: map[string]any{"iat": in(time.Minute)}, ok: true},
			"not valid yet":                     {claims: map[string]any{"nbf": in(61 * time.Second)}},
			"not yet, within the clock skew":    {claims: map[string]any{"nbf": in(time.Minute)}, ok: true},
			"longer than 16 KiB":                {claims: map[string]any{"scope": strings.Repeat("x ", 8<<10)}},
			"valid since a moment":              {claims: map[string]any{"nbf": in(0)}, ok: true},
		} {
			guard := s.guard()
			if test.guard != nil {
				test.guard(guard)
			}
			typ := test.typ
			switch typ {
			case "":
				typ = "at+jwt"
			case "-":
				typ = ""
			}
			got, err := guard.Verify(t.Context(), s.token("k", typ, test.claims))
			if test.ok != (err == nil) || (!test.ok && !errors.Is(err, resource.ErrInvalidToken)) {
				t.Errorf("%s: %v", name, err)
			}
			if err == nil && (got.Subject != "ada" || got.ClientID != "app" || got.Scope != "read" || got.ID != "1" || got.ExpiresAt < in(-time.Hour)) {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}
