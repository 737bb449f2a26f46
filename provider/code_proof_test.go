package provider

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §4.1.3, RFC 7636 §4.6: an omitted redirect_uri or code_challenge is another
// condition, and no part can be moved to the next. proof_test.go changes the conditions one by
// one.
func TestAnOmittedConditionOfACodeChangesItsProof(t *testing.T) {
	secret := oauth.Hash{1}
	proof := codeProof(secret, "client", "https://app.example/cb", "challenge")
	for name, changed := range map[string]oauth.Hash{
		"no redirect URI":                   codeProof(secret, "client", "", "challenge"),
		"no challenge":                      codeProof(secret, "client", "https://app.example/cb", ""),
		"a byte moved to the next part":     codeProof(secret, "clienth", "ttps://app.example/cb", "challenge"),
		"parts moved across an empty value": codeProof(secret, "client", "", "https://app.example/cbchallenge"),
		"one part fewer":                    oauth.Fold(ticketCode, string(secret[:]), "client", "https://app.example/cb"),
	} {
		if changed == proof {
			t.Errorf("%s: the proof is the same", name)
		}
	}
}
