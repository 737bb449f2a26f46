package oauth_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestLoggedEventHasTheMembersOfItsJSON, except the time, which a log line has already.
func TestLoggedEventHasTheMembersOfItsJSON(t *testing.T) {
	for _, e := range []oauth.Event{
		{Name: oauth.EventToken, Outcome: oauth.OutcomeOK},
		{
			Name: "n", Kind: "k", Outcome: "o", Reason: "r", ClientID: "c", Subject: "s", Actor: "a", Target: "t", PermissionID: "p",
			Scope: "read", Address: netip.MustParseAddr("192.0.2.1"), ErrorID: "e", Details: &oauth.EventDetails{PersonName: "ada"},
		},
	} {
		var b bytes.Buffer
		slog.New(slog.NewJSONHandler(&b, nil)).Info("event", "event", e)
		var line struct{ Event map[string]any }
		if err := json.Unmarshal(b.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		e.At = time.Now()
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		delete(want, "at")
		if !maps.Equal(line.Event, want) {
			t.Errorf("got %v, want %v", slices.Sorted(maps.Keys(line.Event)), slices.Sorted(maps.Keys(want)))
		}
	}
}
