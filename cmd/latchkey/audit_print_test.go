package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
)

// TestRecordsNameTheirObject: the group by its name, and another object by its ID. The long ID of a
// client that has registered itself does not widen the table.
func TestRecordsNameTheirObject(t *testing.T) {
	long := "lk_reg_" + strings.Repeat("a", 180)
	for name, test := range map[string]struct {
		record     audit.Record
		want, lack string
	}{
		"a group":          {audit.Record{Kind: "latchkey group edit", Target: "g-1", Details: &audit.Details{TargetName: "crew"}}, "crew", "g-1"},
		"an erased name":   {audit.Record{Kind: "latchkey group edit", Target: "g-1"}, "g-1", "crew"},
		"a denied login":   {audit.Record{Event: "login", Outcome: "denied", Reason: "no_account"}, "denied: no_account", long},
		"a key":            {audit.Record{Kind: "latchkey key retire", Target: "kid-1"}, "kid-1", "–"},
		"a login provider": {audit.Record{Kind: "latchkey login-provider edit", Target: "acme"}, "acme", long},
		"a registration":   {audit.Record{Actor: long, ClientID: long}, long[:39] + "…", long},
	} {
		var out bytes.Buffer
		printRecords(&out, []*audit.Record{&test.record})
		if !strings.Contains(out.String(), test.want) || strings.Contains(out.String(), test.lack) {
			t.Errorf("%s: %s, want %s, without %s", name, out.String(), test.want, test.lack)
		}
	}
}
