package provider

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 9126 §2.2: the request_uri is bound to the client.
func TestEachConditionOfAPushedRequestChangesItsProof(t *testing.T) {
	secret, other := oauth.Hash{1}, oauth.Hash{2}
	proof := pushProof(secret, "client")
	for name, changed := range map[string]oauth.Hash{
		"another secret": pushProof(other, "client"),
		"another client": pushProof(secret, "client2"),
		"another kind":   oauth.Fold(ticketCode, string(secret[:]), "client"),
	} {
		if changed == proof {
			t.Errorf("%s: the proof is the same", name)
		}
	}
	if pushProof(secret, "client") != proof {
		t.Error("the same conditions make another proof")
	}
}
