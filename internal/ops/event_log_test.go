package ops

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestEventLogHasTheEventsOfTheAuditLog and none of their details, which contain text that
// people typed.
func TestEventLogHasTheEventsOfTheAuditLog(t *testing.T) {
	var b bytes.Buffer
	log := EventLog(slog.New(slog.NewTextHandler(&b, nil)))
	log(t.Context(), oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeOK})
	if b.Len() > 0 {
		t.Errorf("got %s", b.String())
	}
	log(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, Subject: "42", Address: netip.MustParseAddr("192.0.2.1"), Details: &oauth.EventDetails{PersonName: "ada"}})
	if line := b.String(); !strings.Contains(line, "msg=audit category=login event=login outcome=ok subject=42 remote=192.0.2.1\n") || strings.Contains(line, "ada") {
		t.Errorf("got %s", line)
	}
}
