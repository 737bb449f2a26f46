package adminapi_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
)

// TestEveryOperationThatChangesSomethingHasASentenceInTheAuditLog, and so has every step of a file that
// is applied.
func TestEveryOperationThatChangesSomethingHasASentenceInTheAuditLog(t *testing.T) {
	acts := adminapi.AppliedActs()
	for _, op := range adminapi.Operations() {
		if op.Method != "GET" {
			acts = append(acts, op.Act)
		}
	}
	for _, act := range acts {
		if !audit.HasSentence(act) {
			t.Errorf("%q has no sentence", act)
		}
	}
}
