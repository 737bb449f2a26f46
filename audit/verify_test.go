package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

var (
	ctx   = context.Background()
	key   = []byte("a key that is derived from the master key")
	start = time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
)

// vault is a Store whose database an attacker can change.
type vault struct {
	audit.Store
	now    time.Time
	log    *audit.Log
	tamper func([]audit.Row) []audit.Row // or nil
	heads  func(head, anchor *audit.Head)
}

func newVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{now: start}
	v.Store = memstore.New(v.clock)
	v.log = audit.New(audit.Config{Store: v.Store, Key: key, TTL: 100 * time.Hour, Clock: v.clock})
	return v
}

func (v *vault) clock() time.Time { return v.now }

func (v *vault) AuditChain(ctx context.Context, after int64, n int) ([]audit.Row, error) {
	if v.tamper == nil {
		return v.Store.AuditChain(ctx, after, n)
	}
	rows, err := v.Store.AuditChain(ctx, 0, 1_000_000)
	rows = v.tamper(rows)
	rows = slices.DeleteFunc(rows, func(r audit.Row) bool { return r.Seq <= after })
	return rows[:min(n, len(rows))], err
}

func (v *vault) AuditHeads(ctx context.Context) (head, anchor audit.Head, err error) {
	head, anchor, err = v.Store.AuditHeads(ctx)
	if v.heads != nil {
		v.heads(&head, &anchor)
	}
	return head, anchor, err
}

// record records n logins of ada, a minute apart, and links them.
func (v *vault) record(t *testing.T, n int) {
	t.Helper()
	for range n {
		v.now = v.now.Add(time.Minute)
		v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
	}
	if _, err := v.log.Link(ctx); err != nil {
		t.Fatal(err)
	}
}

// verify returns the report. Kept may be zero.
func (v *vault) verify(t *testing.T, key []byte, kept audit.Head) *audit.Report {
	t.Helper()
	report, err := audit.Verify(ctx, v, audit.Check{Key: key, Kept: kept, Now: v.now})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (v *vault) head(t *testing.T) audit.Head {
	t.Helper()
	head, err := audit.ParseHead(v.verify(t, key, audit.Head{}).Head)
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// TestEveryChangeOfTheChainIsFound: of a column, of a part, of the order and of the length.
// The first broken record is named.
func TestEveryChangeOfTheChainIsFound(t *testing.T) {
	change := func(n int, do func(*audit.Row)) func([]audit.Row) []audit.Row {
		return func(rows []audit.Row) []audit.Row {
			do(&rows[n-1])
			return rows
		}
	}
	for name, c := range map[string]struct {
		tamper func([]audit.Row) []audit.Row
		want   string
	}{
		"time":                        {change(5, func(r *audit.Row) { r.At = r.At.Add(time.Millisecond) }), "Record 5 ("},
		"event":                       {change(5, func(r *audit.Row) { r.Event = "logi" }), "Record 5 ("},
		"category":                    {change(5, func(r *audit.Row) { r.Category = "" }), "Record 5 ("},
		"failed":                      {change(5, func(r *audit.Row) { r.Failed = true }), "Record 5 ("},
		"actor":                       {change(5, func(r *audit.Row) { r.Actor = "bob" }), "Record 5 ("},
		"person":                      {change(5, func(r *audit.Row) { r.Person = "bob" }), "Record 5 ("},
		"application":                 {change(5, func(r *audit.Row) { r.ClientID = "x" }), "Record 5 ("},
		"error":                       {change(5, func(r *audit.Row) { r.ErrorID = "x" }), "Record 5 ("},
		"body":                        {change(5, func(r *audit.Row) { r.Body = `{"outcome":"ok"}` }), "Record 5 ("},
		"id":                          {change(5, func(r *audit.Row) { r.ID[15] ^= 1 }), "Record 5 ("},
		"from one column to the next": {change(5, func(r *audit.Row) { r.Actor, r.Person = "ad", "aada" }), "Record 5 ("},
		"origin":                      {change(5, func(r *audit.Row) { r.Origin.Text = `{"address":"192.0.2.9"}` }), "Record 5 (login, 2026-11-29T08:05:00Z): the origin"},
		"details":                     {change(5, func(r *audit.Row) { r.Details.Text = `{"person_name":"x"}` }), "Record 5 (login, 2026-11-29T08:05:00Z): the details"},
		"digest":                      {change(5, func(r *audit.Row) { r.Details.Digest[0] ^= 1 }), "Record 5 ("},
		"emptied":                     {change(5, func(r *audit.Row) { r.Origin.Text = "" }), "Record 5 has no personal data"},
		"hash":                        {change(5, func(r *audit.Row) { r.Hash[0] ^= 1 }), "Record 5 ("},
		"copy of the target":          {change(5, func(r *audit.Row) { r.Misfiled = true }), "Record 5 (login, 2026-11-29T08:05:00Z) is not in the history of its target"},
		"seal":                        {change(5, func(r *audit.Row) { r.Seal[0] ^= 1 }), "Record 5 ("},
		"deletion":                    {func(rows []audit.Row) []audit.Row { return slices.Delete(rows, 4, 5) }, "Record 5 is missing"},
		"deletion of many":            {func(rows []audit.Row) []audit.Row { return slices.Delete(rows, 4, 7) }, "Records 5 to 7 are missing"},
		"deletion of the first":       {func(rows []audit.Row) []audit.Row { return rows[2:] }, "Records 1 to 2 are missing"},
		"deletion of the newest":      {func(rows []audit.Row) []audit.Row { return rows[:8] }, "Records 9 to 10 are missing at the end"},
		"deletion of all":             {func([]audit.Row) []audit.Row { return nil }, "Records 1 to 10 are missing at the end"},
		"another order": {func(rows []audit.Row) []audit.Row {
			rows[4], rows[5] = rows[5], rows[4]
			rows[4].Seq, rows[5].Seq = 5, 6
			return rows
		}, "Record 5 ("},
		"insertion": {func(rows []audit.Row) []audit.Row {
			extra := rows[4]
			rows = slices.Insert(rows, 4, extra)
			for i := range rows {
				rows[i].Seq = int64(i + 1)
			}
			return rows
		}, "Record 6 ("},
	} {
		v := newVault(t)
		v.record(t, 10)
		if report := v.verify(t, key, audit.Head{}); len(report.Faults) > 0 || report.Records != 10 || !report.Sealed {
			t.Fatalf("%s: before: %+v", name, report)
		}
		v.tamper = c.tamper
		if report := v.verify(t, key, audit.Head{}); len(report.Faults) == 0 || !strings.HasPrefix(report.Faults[0], c.want) {
			t.Errorf("%s: got %q, want %q", name, report.Faults, c.want)
		}
	}
}

// TestARecordWithoutACopyOfItsTargetIsAFault, except before the first record that has one: the
// database can be older than these copies.
func TestARecordWithoutACopyOfItsTargetIsAFault(t *testing.T) {
	for unfiled, want := range map[int]struct {
		fault string
		older int64
	}{0: {"", 1}, 1: {"Record 2 (administration, ", 0}} {
		v := newVault(t)
		for range 2 {
			v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventAdministration, Kind: "groups/{id}", Outcome: oauth.OutcomeOK, At: v.now, Actor: "root", Target: "staff"})
		}
		v.record(t, 1)
		v.tamper = func(rows []audit.Row) []audit.Row {
			rows[unfiled].Unfiled = true
			return rows
		}
		report := v.verify(t, key, audit.Head{})
		if got := strings.Join(report.Faults, " "); !strings.HasPrefix(got, want.fault) || (want.fault == "") != (got == "") || report.Unfiled != want.older {
			t.Errorf("record %d: %+v", unfiled+1, report)
		}
	}
}

// forge computes a chain again after a change, as an attacker could who can write to the
// database but does not have the master key.
func (v *vault) forge(t *testing.T, rows func([]audit.Row) []audit.Row) {
	t.Helper()
	chain, err := v.Store.AuditChain(ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	forged := memstore.New(v.clock)
	for _, r := range rows(chain) {
		if err := forged.QueueAudit(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := audit.New(audit.Config{Store: forged, Key: []byte("another key"), Clock: v.clock}).Link(ctx); err != nil {
		t.Fatal(err)
	}
	v.Store = forged
}

// TestAChainThatWasComputedAgainHasWrongSeals: only with the master key can the whole chain
// be written again. Without the key, verify says that it did not check this.
func TestAChainThatWasComputedAgainHasWrongSeals(t *testing.T) {
	v := newVault(t)
	v.record(t, 10)
	kept := v.head(t)
	v.forge(t, func(rows []audit.Row) []audit.Row { return slices.Delete(rows, 4, 5) })
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) == 0 || !strings.Contains(report.Faults[0], "Record 1 ") || !strings.Contains(report.Faults[0], "wrong seal") {
		t.Errorf("with the key: %q", report.Faults)
	}
	if report := v.verify(t, nil, audit.Head{}); len(report.Faults) > 0 || report.Sealed {
		t.Errorf("without the key: %+v", report)
	}
	if report := v.verify(t, nil, kept); len(report.Faults) == 0 || !strings.Contains(report.Faults[0], "kept") {
		t.Errorf("without the key, with a head: %+v", report)
	}
	v = newVault(t)
	v.record(t, 10)
	kept = v.head(t)
	v.forge(t, func(rows []audit.Row) []audit.Row {
		rows[4].Actor = "bob"
		return rows
	})
	if report := v.verify(t, nil, kept); len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "Record 10 differs from the head that was kept") {
		t.Errorf("without the key, with a head, and all records: %q", report.Faults)
	}
}

// TestAReplacedRecordBreaksTheNextOne: each hash covers the one before it, so a changed record
// is found even if its own hash was computed again.
func TestAReplacedRecordBreaksTheNextOne(t *testing.T) {
	v := newVault(t)
	v.record(t, 10)
	original := v.Store
	v.forge(t, func(rows []audit.Row) []audit.Row {
		rows[4].Actor = "bob"
		return rows[:5]
	})
	replaced, err := v.Store.AuditChain(ctx, 4, 1)
	if err != nil || len(replaced) != 1 {
		t.Fatal(replaced, err)
	}
	v.Store, v.tamper = original, func(rows []audit.Row) []audit.Row {
		rows[4] = replaced[0]
		return rows
	}
	if report := v.verify(t, nil, audit.Head{}); len(report.Faults) != 1 || !strings.HasPrefix(report.Faults[0], "Record 6 (") {
		t.Errorf("got %q", report.Faults)
	}
}

// TestAnOlderStateWithItsSealsIsFoundByTheKeptHead: an attacker who removes the newest records
// and restores the head of that time leaves no other trace.
func TestAnOlderStateWithItsSealsIsFoundByTheKeptHead(t *testing.T) {
	v := newVault(t)
	v.record(t, 8)
	older, _, err := v.Store.AuditHeads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	v.record(t, 2)
	kept := v.head(t)
	v.tamper = func(rows []audit.Row) []audit.Row { return rows[:8] }
	v.heads = func(head, _ *audit.Head) { *head = older }
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) > 0 {
		t.Errorf("without the head: %q", report.Faults)
	}
	if report := v.verify(t, key, kept); len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "the newest records were deleted") {
		t.Errorf("with the head: %q", report.Faults)
	}
	v.heads = func(head, _ *audit.Head) { *head = audit.Head{} }
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "head of the log was deleted") {
		t.Errorf("with a deleted head: %q", report.Faults)
	}
}

// TestErasureOfAPersonKeepsTheChain: the data about a deleted person is gone, the chain is
// complete, and the data about others is not erased.
func TestErasureOfAPersonKeepsTheChain(t *testing.T) {
	v := newVault(t)
	v.record(t, 3)
	v.log.OnEvent(ctx, oauth.Event{
		Name: oauth.EventAdministration, Kind: "users/{id}", Outcome: oauth.OutcomeOK, At: v.now, Actor: "root", Target: "ada",
		Details: &oauth.EventDetails{PersonName: "Ada Lovelace", Changes: []oauth.Change{{Field: "email", After: "ada@example.com"}, {Field: "roles", After: "auditor"}}},
	})
	kept := v.head(t)
	if err := v.QueueAudit(ctx, audit.ErasureRow(v.now, "ada")); err != nil {
		t.Fatal(err)
	}
	v.now = v.now.Add(time.Minute)
	v.record(t, 0)
	report := v.verify(t, key, kept)
	if len(report.Faults) > 0 || report.Erased != 3+3+1+2 || report.Records != 5 {
		t.Errorf("%+v", report)
	}
	rows, err := v.AuditChain(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprint(rows); strings.Contains(all, "Lovelace") || strings.Contains(all, "example.com") {
		t.Errorf("the log still has %s", all)
	}
	for _, r := range rows {
		if erased := r.Origin.Text == ""; erased != (r.Actor == "ada" || r.Event == oauth.EventErasure) {
			t.Errorf("record %d of %q: erased %t", r.Seq, r.Actor, erased)
		}
	}
	rows, _, err = v.AuditRows(ctx, audit.Filter{Roles: true, Person: "ada"}, paging.Page{Limit: 10})
	records, failed := audit.Records(rows)
	if err != nil || failed != nil || len(records) != 1 || records[0].Details != nil || fmt.Sprint(records[0].Changes()) != "[{roles  auditor}]" {
		t.Errorf("the change of a role is not left: %v %v %v", records, err, failed)
	}
}

// TestRetentionRemovesOnlyAPrefix, records it, and keeps an anchor that nobody without the
// key can move.
func TestRetentionRemovesOnlyAPrefix(t *testing.T) {
	v := newVault(t)
	v.record(t, 3)
	kept := v.head(t)
	v.now = start.Add(101 * time.Hour)
	v.record(t, 2)
	run, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- v.log.Run(run) }()
	for {
		if report := v.verify(t, key, audit.Head{}); report.Removed == 3 && report.Waiting+report.Records == 3 {
			break
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	v.record(t, 0)
	report := v.verify(t, key, audit.Head{})
	if len(report.Faults) > 0 || report.Records != 3 {
		t.Errorf("%+v", report)
	}
	rows, err := v.AuditChain(ctx, 0, 100)
	if err != nil || rows[2].Event != oauth.EventAuditRemoval {
		t.Errorf("%+v %v", rows, err)
	}
	if report := v.verify(t, key, kept); len(report.Faults) > 0 {
		t.Errorf("the head of the last removed record: %q", report.Faults)
	}
	v.heads = func(_, anchor *audit.Head) { anchor.Seq, anchor.Hash = 4, rows[0].Hash }
	v.tamper = func(rows []audit.Row) []audit.Row { return rows[1:] }
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) == 0 || !strings.Contains(report.Faults[0], "anchor") {
		t.Errorf("a moved anchor: %q", report.Faults)
	}
}

// TestRecordsThatWaitTooLongAreReported.
func TestRecordsThatWaitTooLongAreReported(t *testing.T) {
	v := newVault(t)
	v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) > 0 || report.Waiting != 1 {
		t.Errorf("%+v", report)
	}
	v.now = v.now.Add(2 * time.Minute)
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "wait") {
		t.Errorf("%+v", report)
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add(audit.Head{Seq: 12, Hash: audit.Hash{1, 2, 3}}.String())
	f.Add("0:")
	f.Add("-1:AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := audit.ParseHead(text)
		if err == nil && head.String() != strings.TrimSpace(text) {
			t.Errorf("%q became %q", text, head)
		}
	})
}

func FuzzTime(f *testing.F) {
	f.Add("2026-11-29")
	f.Add("2026-11-29T01:02:03+01:00")
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := audit.Time(text); err == nil && (at.Year() < 1969 || at.Year() > 10000 || at.Location() != time.UTC) {
			t.Errorf("%q became %v", text, at)
		}
	})
}

// TestWrongKeyIsOneFault: if the key decrypts nothing else, Verify reports a wrong key instead of
// changed records. It still reports changes, and an attacker cannot make a change look like a wrong key:
// as long as one seal is right, every wrong one is a fault. The log is never reported as intact
// with a wrong key.
func TestWrongKeyIsOneFault(t *testing.T) {
	other := []byte("a key that is derived from another master key")
	const wrongKey = "the master key is not that of this database"
	for name, c := range map[string]struct {
		key     []byte
		foreign bool
		records int
		tamper  func([]audit.Row) []audit.Row
		faults  int
		first   string
		sealed  bool
	}{
		"the key":                            {key, false, 5, nil, 0, "", true},
		"a wrong key":                        {other, true, 5, nil, 1, wrongKey, false},
		"a wrong key, and no record":         {other, true, 0, nil, 1, wrongKey, false},
		"a wrong key that decrypts the rest": {other, false, 5, nil, 6, "Record 1 (", true},
		"a wrong key, and a changed record":  {other, true, 5, func(rows []audit.Row) []audit.Row { rows[2].Event = "x"; return rows }, 2, wrongKey, false},
		"the signing keys were changed":      {key, true, 5, nil, 0, "", true},
		"these and one record were changed":  {key, true, 5, func(rows []audit.Row) []audit.Row { rows[2].Event = "x"; return rows }, 1, "Record 3 (", true},
		"these and all seals but the head's": {key, true, 5, withoutSeals, 5, "Record 1 (", true},
		"the seals were changed":             {key, false, 5, withoutSeals, 5, "Record 1 (", true},
	} {
		v := newVault(t)
		v.record(t, c.records)
		v.tamper = c.tamper
		report, err := audit.Verify(ctx, v, audit.Check{Key: c.key, Foreign: c.foreign, Now: v.now})
		if err != nil {
			t.Fatal(err)
		}
		first := ""
		if len(report.Faults) > 0 {
			first = report.Faults[0]
		}
		if len(report.Faults) != c.faults || !strings.Contains(first, c.first) || report.Sealed != c.sealed {
			t.Errorf("%s: sealed %v, %q", name, report.Sealed, report.Faults)
		}
	}
}

func withoutSeals(rows []audit.Row) []audit.Row {
	for i := range rows {
		rows[i].Seal = audit.Hash{}
	}
	return rows
}
