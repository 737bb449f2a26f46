package provider

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestCodeCannotBeComputedWithoutTheSecretOfTheRequest(t *testing.T) {
	decision := oauth.Permission{Subject: "ada", SessionID: "s", Scope: oauth.Scopes{"read"}}
	one, other := AuthorizationRequest{CodeSecret: [32]byte{1}}, AuthorizationRequest{CodeSecret: [32]byte{2}}
	if one.decisionSecret(decision) == other.decisionSecret(decision) {
		t.Error("two requests with different secrets have the same code")
	}
}
