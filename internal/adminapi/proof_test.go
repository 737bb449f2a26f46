package adminapi

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestEachPartOfARepeatedRequestChangesItsProof: a response is repeated only for the same
// request with the same rights. provider/proof_test.go does this for the tickets of the protocol.
func TestEachPartOfARepeatedRequestChangesItsProof(t *testing.T) {
	parts := []string{"method", "path", "query", "body", "match", "scope", "roles"}
	proof := func(p []string) any { return onceProof([]byte("key"), p[0], p[1], p[2], p[3], p[4], p[5], p[6]) }
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

// TestAReaderOfTheDatabaseCannotGuessBodiesWithTheProof: a body can contain a password, so the
// proof depends on the key of the server.
func TestAReaderOfTheDatabaseCannotGuessBodiesWithTheProof(t *testing.T) {
	parts := []string{"POST", "/people/1/password", "", `{"password":"a"}`, "", "s", "administrator"}
	proof := func(key string) oauth.Hash {
		return onceProof([]byte(key), parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6])
	}
	if proof("one") == proof("another") {
		t.Error("the proof does not depend on the key")
	}
	if proof("one") == oauth.Fold(ticketOnce, parts...) {
		t.Error("the proof can be computed without the key")
	}
}

// TestAnyTwoRequestsWithinADayHaveACommonTicket, whenever the day begins.
func TestAnyTwoRequestsWithinADayHaveACommonTicket(t *testing.T) {
	c := &call{api: &api{Options: Options{Key: []byte("k")}}, token: &resource.Token{}}
	const step = 30 * time.Minute
	midnight := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	for first := midnight; first.Before(midnight.Add(onceDay)); first = first.Add(step) {
		ids := c.onceIDs("key", first)
		for later := time.Duration(0); later <= onceDay; later += step {
			if !slices.ContainsFunc(c.onceIDs("key", first.Add(later)), func(id oauth.ID) bool { return slices.Contains(ids, id) }) {
				t.Errorf("%s after %s, the key is not known", later, first)
			}
		}
	}
}
