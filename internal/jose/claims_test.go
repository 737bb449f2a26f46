package jose_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// RFC 7519 §4.1.3.
func TestAudienceIsOneStringOrSeveral(t *testing.T) {
	for text, want := range map[string][]string{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `[]`: {}, `null`: {""}} {
		var got jose.Audience
		if err := json.Unmarshal([]byte(text), &got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %q: %v", text, got, err)
		}
		if got.Contains("c") || got.Contains("a") != slices.Contains(want, "a") {
			t.Errorf("%s contains the wrong names", text)
		}
	}
	for _, text := range []string{`1`, `{"a":1}`, `["a",1]`} {
		var got jose.Audience
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s is %q", text, got)
		}
	}
}

// RFC 7519 §2.
func TestNumericDateHasFractionsAndLimits(t *testing.T) {
	for text, want := range map[string]time.Time{
		"0":          time.Unix(0, 0),
		"1772600000": time.Unix(1772600000, 0),
		"1.5":        time.UnixMilli(1500),
		"1e300":      time.Unix(1e12, 0),
		"-1e300":     time.Unix(-1e12, 0),
	} {
		var got jose.NumericDate
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Time().Equal(want) {
			t.Errorf("%s is %s: %v", text, got.Time(), err)
		}
	}
}

// TestLeftHalfHashMatchesTheSpecification uses the example of OpenID Connect
// Core, appendix A.4, and the length for Ed25519.
func TestLeftHalfHashMatchesTheSpecification(t *testing.T) {
	if got := jose.LeftHalfHash(jose.RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"); got != "77QmUPtjPfzWtF2AnpK9RQ" {
		t.Errorf("at_hash is %s", got)
	}
	if got := jose.LeftHalfHash(jose.EdDSA, "x"); len(got) != 43 {
		t.Errorf("the left half of SHA-512 is %s", got)
	}
	if got := jose.LeftHalfHash(jose.ES256, ""); got != "" {
		t.Errorf("the hash of an empty text is %s", got)
	}
}
