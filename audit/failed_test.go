package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestDeniedConsentIsNotAFailureButMissingPermissionIs: a person who denies consent makes a decision,
// but a request without the required permission fails.
func TestDeniedConsentIsNotAFailureButMissingPermissionIs(t *testing.T) {
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
		{oauth.EventLogin, oauth.OutcomeDenied, true},
		{oauth.EventToken, oauth.CodeInvalidGrant, true},
	} {
		if r := (&audit.Record{Event: test.event, Outcome: test.outcome}); r.Failed() != test.failed {
			t.Errorf("%s %s: failed is %v", test.event, test.outcome, r.Failed())
		}
	}
}

// An earlierStore keeps the records as an earlier version wrote them, for which a request without
// the permission was not a failure.
type earlierStore struct{ audit.Store }

func (s earlierStore) QueueAudit(ctx context.Context, rows ...audit.Row) error {
	for i := range rows {
		rows[i].Failed = false
	}
	return s.Store.QueueAudit(ctx, rows...)
}

// TestRecordsKeepTheirRuleForFailures: a change of the rule does not make the chain invalid.
func TestRecordsKeepTheirRuleForFailures(t *testing.T) {
	v := newVault(t)
	v.Store = earlierStore{v.Store}
	v.log = audit.New(audit.Config{Store: v.Store, Key: key, TTL: 100 * time.Hour, Clock: v.clock})
	v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventPermissionDenied, Outcome: oauth.OutcomeDenied, At: v.now, Actor: "ada"})
	if _, err := v.log.Link(ctx); err != nil {
		t.Fatal(err)
	}
	if report := v.verify(t, key, audit.Head{}); report.Records != 1 || len(report.Faults) > 0 {
		t.Errorf("%d records, %v", report.Records, report.Faults)
	}
}
