package audit_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestFailuresAreWhatDidNotSucceed: the decision of a person is not a failure, and a request without
// the permission is one.
func TestFailuresAreWhatDidNotSucceed(t *testing.T) {
	for _, test := range []struct {
		event, outcome string
		failed         bool
	}{
		{oauth.EventLogin, oauth.OutcomeOK, false},
		{oauth.EventLogin, oauth.OutcomeSecondFactor, false},
		{oauth.EventLogin, oauth.OutcomeWrongPassword, true},
		{oauth.EventPasswordReset, oauth.OutcomeRequested, false},
		{oauth.EventAuthorization, oauth.OutcomeApproved, false},
		{oauth.EventAuthorization, oauth.OutcomeDenied, false},
		{oauth.EventPermissionDenied, oauth.OutcomeDenied, true},
		{oauth.EventToken, oauth.CodeInvalidGrant, true},
	} {
		if r := (&audit.Record{Event: test.event, Outcome: test.outcome}); r.Failed() != test.failed {
			t.Errorf("%s %s: failed is %v", test.event, test.outcome, r.Failed())
		}
	}
}
