package provider

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §4.1.3, RFC 7636 §4.6: everything that must be presented to redeem
// a code is part of its proof.
func TestEachConditionOfACodeChangesItsProof(t *testing.T) {
	secret, other := oauth.Hash{1}, oauth.Hash{2}
	proof := codeProof(secret, "client", "https://app.example/cb", "challenge")
	for name, changed := range map[string]oauth.Hash{
		"another secret":                    codeProof(other, "client", "https://app.example/cb", "challenge"),
		"another client":                    codeProof(secret, "client2", "https://app.example/cb", "challenge"),
		"another redirect URI":              codeProof(secret, "client", "https://app.example/cb2", "challenge"),
		"no redirect URI":                   codeProof(secret, "client", "", "challenge"),
		"another challenge":                 codeProof(secret, "client", "https://app.example/cb", "challenge2"),
		"no challenge":                      codeProof(secret, "client", "https://app.example/cb", ""),
		"another kind":                      oauth.Fold("device", string(secret[:]), "client", "https://app.example/cb", "challenge"),
		"a byte moved to the next part":     codeProof(secret, "clienth", "ttps://app.example/cb", "challenge"),
		"parts moved across an empty value": codeProof(secret, "client", "", "https://app.example/cbchallenge"),
		"one part fewer":                    oauth.Fold(ticketCode, string(secret[:]), "client", "https://app.example/cb"),
	} {
		if changed == proof {
			t.Errorf("%s: the proof is the same", name)
		}
	}
	if codeProof(secret, "client", "https://app.example/cb", "challenge") != proof {
		t.Error("the same conditions make another proof")
	}
}
