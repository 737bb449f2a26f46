package resource_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestPlainClaimsAreReadAsADecoderReadsThem: each claim with each type of value, alone, twice,
// and with a name in another case, which a decoder accepts.
func TestPlainClaimsAreReadAsADecoderReadsThem(t *testing.T) {
	values := []string{`"x"`, `""`, `"at+jwt"`, `7`, `0`, `1772600000`, `999999999999`, `1e12`, `-1`, `1.5`, `["a","b"]`, `["a"]`, `[]`, `[1]`, `null`, `true`, `{}`, `{"sub":"x"}`, `"\u0041"`, `"é"`}
	names := append(resource.ClaimNames(), "family", "https://example.com/plan", "")
	if len(names) < 25 {
		t.Fatalf("got the names %q", names)
	}
	for _, name := range names {
		for _, value := range values {
			for _, payload := range []string{
				`{"` + name + `":` + value + `}`,
				`{"iss":"i","` + name + `":"first","` + name + `":` + value + `}`,
				`{"` + name + `":0,"` + name + `":` + value + `,"exp":5}`,
				`{"` + name + `":["z"],"` + name + `":` + value + `}`,
				`{"` + name + `":"first","` + strings.ToUpper(name) + `":` + value + `}`,
			} {
				if err := resource.SameClaims(payload); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// FuzzClaims: no payload is read differently than a decoder reads it.
func FuzzClaims(f *testing.F) {
	f.Add(`{"iss":"https://id.example","aud":["a","b"],"exp":1772600000,"scope":"read write","cnf":{"jkt":"x"}}`)
	f.Add(`{"sub":"ada","SUB":"bob","amr":"pwd","nbf":1.5}`)
	f.Add(`{"exp":5,"exp":0,"aud":"a","aud":[]} `)
	f.Fuzz(func(t *testing.T, payload string) {
		if err := resource.SameClaims(payload); err != nil {
			t.Error(err)
		}
	})
}
