package adminapi

import (
	"slices"
	"testing"
)

// TestEachPartOfARepeatedRequestChangesItsProof: a response is repeated only for the same
// request with the same rights. provider/proof_test.go does this for the tickets of the protocol.
func TestEachPartOfARepeatedRequestChangesItsProof(t *testing.T) {
	parts := []string{"method", "path", "query", "body", "scope", "roles"}
	proof := func(p []string) any { return onceProof(p[0], p[1], p[2], p[3], p[4], p[5]) }
	for i, part := range parts {
		changed := slices.Clone(parts)
		changed[i] += "x"
		if proof(changed) == proof(parts) {
			t.Errorf("the proof does not depend on the %s", part)
		}
		if i > 0 {
			changed = slices.Clone(parts)
			changed[i-1], changed[i] = changed[i-1]+part[:1], part[1:]
			if proof(changed) == proof(parts) {
				t.Errorf("the proof does not depend on where the %s begins", part)
			}
		}
	}
}
