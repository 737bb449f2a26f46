package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestRecordsNameTheirObject: the group by its name, and another object by its ID. The long ID of a
// client that has registered itself does not widen the table.
func TestRecordsNameTheirObject(t *testing.T) {
	changed := func(field, before, after string) *audit.Details {
		return &audit.Details{Changes: []oauth.Change{{Field: "description"}, {Field: field, Before: before, After: after}}}
	}
	long := "lk_reg_" + strings.Repeat("a", 180)
	for name, test := range map[string]struct {
		record     audit.Record
		want, lack string
	}{
		"a new group":         {audit.Record{Kind: "latchkey group add", Target: "g-1", Details: changed("name", "", "crew")}, "crew", "g-1"},
		"a renamed group":     {audit.Record{Kind: "groups/{id}/edit", Target: "g-1", Details: changed("name", "crew", "sailors")}, "sailors", "crew"},
		"a deleted group":     {audit.Record{Kind: "latchkey group delete", Target: "g-1", Details: changed("name", "crew", "")}, "crew", "g-1"},
		"a member":            {audit.Record{Kind: "latchkey group members", Target: "g-1", Details: changed("group", "", "crew")}, "crew", "g-1"},
		"a group of one role": {audit.Record{Kind: "latchkey group edit", Target: "g-1", Details: changed("roles", "", "auditor")}, "g-1", "auditor"},
		"a key":               {audit.Record{Kind: "latchkey key retire", Target: "kid-1"}, "kid-1", "–"},
		"a login provider":    {audit.Record{Kind: "latchkey login-provider edit", Target: "acme", Details: changed("name", "a", "b")}, "acme", long},
		"a registration":      {audit.Record{Actor: long, ClientID: long}, long[:39] + "…", long},
	} {
		var out bytes.Buffer
		printRecords(&out, []*audit.Record{&test.record})
		if !strings.Contains(out.String(), test.want) || strings.Contains(out.String(), test.lack) {
			t.Errorf("%s: %s, want %s, without %s", name, out.String(), test.want, test.lack)
		}
	}
}
