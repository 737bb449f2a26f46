package audit_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// picky is a Store that cannot store rows of one event.
type picky struct{ *vault }

func (p picky) LinkAudit(ctx context.Context, from, to audit.Head, rows []audit.Row) error {
	if slices.ContainsFunc(rows, func(r audit.Row) bool { return r.Event == oauth.EventConfirmation }) {
		return errors.New("the row is too large for the index")
	}
	return p.vault.LinkAudit(ctx, from, to, rows)
}

// TestARowThatTheStoreRejectsDoesNotStopTheLog: the others are linked, also those that are
// queued later, and the chain is complete.
func TestARowThatTheStoreRejectsDoesNotStopTheLog(t *testing.T) {
	v := newVault(t)
	var lines strings.Builder
	log := audit.New(audit.Config{Store: picky{v}, Key: key, Clock: v.clock, Logger: logTo(&lines)})
	for round := range 3 {
		for i := range 4 {
			event := oauth.EventLogin
			if i == 1 && round < 2 {
				event = oauth.EventConfirmation
			}
			log.OnEvent(ctx, oauth.Event{Name: event, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
			v.now = v.now.Add(time.Second)
		}
		if _, err := log.Link(ctx); err != nil {
			t.Fatal(err)
		}
	}
	report := v.verify(t, key, audit.Head{})
	if report.Records != 10 || report.Waiting != 2 || len(report.Faults) > 0 {
		t.Errorf("%+v", report)
	}
	if n := strings.Count(lines.String(), "cannot be added"); n != 2 {
		t.Errorf("%d lines: %s", n, &lines)
	}
}

// TestTextsOfARecordAreBounded: a long text in an index would stop the log on PostgreSQL.
func TestTextsOfARecordAreBounded(t *testing.T) {
	long := strings.Repeat("ü\x00\xff", 5000)
	row := audit.NewRow(&audit.Record{
		At: start, Event: long, Category: long, Kind: long, Outcome: long, Reason: long, Actor: long, ActorKind: long, Person: long, ClientID: long,
		Target: long, PermissionID: long, Scope: long, ErrorID: long,
	})
	for _, text := range []string{row.Event, row.Category, row.Actor, row.Person, row.ClientID, row.ErrorID} {
		if len(text) > oauth.MaxClientID || len(text) < 1000 || !oauth.IsText(text) {
			t.Errorf("a text has %d bytes", len(text))
		}
	}
	if len(row.Body) > 10_000 {
		t.Errorf("the body has %d bytes", len(row.Body))
	}
}

// TestErasureIncludesRecordsThatAreQueuedAfterIt, for a minute, and attempts to log in, whose
// actor is not known.
func TestErasureIncludesRecordsThatAreQueuedAfterIt(t *testing.T) {
	v := newVault(t)
	attempt := func() {
		v.log.OnEvent(ctx, oauth.Event{
			Name: oauth.EventLogin, Outcome: oauth.OutcomeWrongPassword, At: v.now, Address: netip.MustParseAddr("192.0.2.77"),
			Details: &oauth.EventDetails{Person: "ada", PersonName: "Ada Lovelace"},
		})
		v.now = v.now.Add(time.Second)
		v.record(t, 0)
	}
	attempt()
	if err := v.QueueAudit(ctx, audit.ErasureRow(v.now, "ada")); err != nil {
		t.Fatal(err)
	}
	attempt()
	attempt()
	if report := v.verify(t, key, audit.Head{}); report.Records != 3 || report.Waiting != 1 || len(report.Faults) > 0 {
		t.Errorf("before a minute: %+v", report)
	}
	v.now = v.now.Add(time.Minute)
	if report := v.verify(t, key, audit.Head{}); len(report.Faults) > 0 {
		t.Errorf("after a minute: %+v", report)
	}
	v.record(t, 0)
	rows, err := v.AuditChain(ctx, 0, 100)
	if report := v.verify(t, key, audit.Head{}); err != nil || report.Records != 4 || report.Waiting != 0 || len(report.Faults) > 0 || report.Erased != 8 {
		t.Errorf("after the erasure: %+v", report)
	}
	if all := fmt.Sprint(rows); strings.Contains(all, "192.0.2.77") || strings.Contains(all, "Lovelace") {
		t.Errorf("the log still has %s", all)
	}
}

// TestErasureBeforeItsMinuteIncludesWhatAnotherProcessLinked without knowing the erasure.
func TestErasureBeforeItsMinuteIncludesWhatAnotherProcessLinked(t *testing.T) {
	v := newVault(t)
	if err := v.QueueAudit(ctx, audit.ErasureRow(v.now, "ada")); err != nil {
		t.Fatal(err)
	}
	v.record(t, 0)
	head, _, err := v.AuditHeads(ctx)
	if err != nil {
		t.Fatal(err)
	}
	row := audit.NewRow(&audit.Record{At: v.now, Event: oauth.EventLogin, Outcome: oauth.OutcomeOK, Actor: "ada", Person: "ada", Origin: &audit.Origin{Name: "Ada"}})
	row.Seq = head.Seq + 1
	if err := v.LinkAudit(ctx, head, audit.Head{Seq: row.Seq}, []audit.Row{row}); err != nil {
		t.Fatal(err)
	}
	v.now = v.now.Add(time.Minute)
	v.record(t, 0)
	if rows, err := v.AuditChain(ctx, 0, 100); err != nil || len(rows) != 2 || rows[0].Origin.Text != "" {
		t.Errorf("%+v %v", rows, err)
	}
}

// TestErasuresInTheQueueDoNotDelayOtherRecords, however many there are.
func TestErasuresInTheQueueDoNotDelayOtherRecords(t *testing.T) {
	v := newVault(t)
	for i := range 1200 {
		if err := v.QueueAudit(ctx, audit.ErasureRow(v.now, fmt.Sprint("p", i))); err != nil {
			t.Fatal(err)
		}
	}
	v.now = v.now.Add(time.Second)
	v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
	v.record(t, 0)
	if report := v.verify(t, key, audit.Head{}); report.Records != 1 {
		t.Errorf("%+v", report)
	}
}

// TestRecordsWithAWrongTimeDoNotChangeRetention: one in the future does not keep the
// records after it, and one in the past does not remove those before it.
func TestRecordsWithAWrongTimeDoNotChangeRetention(t *testing.T) {
	at := func(v *vault, at time.Time) {
		v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: at, Subject: "ada"})
		v.record(t, 0)
	}
	for name, c := range map[string]struct {
		hours []int // from now
		want  int64
	}{
		"in the future": {[]int{-103, 5000, -102, -101, -1, 0}, 4},
		"first":         {[]int{5000, -102, -101, -1, 0}, 3},
		"in the past":   {[]int{-101, -3, -2, -1, -9000, 0}, 1},
		"nothing old":   {[]int{-3, -2, -9000, 0}, 0},
	} {
		v := newVault(t)
		for _, hours := range c.hours {
			at(v, v.now.Add(time.Duration(hours)*time.Hour))
		}
		run, stop := context.WithCancel(ctx)
		done := make(chan error)
		logged := make(chan struct{}, 1)
		v.log.Logger = logTo(signal(logged))
		go func() { done <- v.log.Run(run) }()
		<-logged // the head, after old records were removed
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if report := v.verify(t, key, audit.Head{}); report.Removed != c.want {
			t.Errorf("%s: %d records were removed, want %d", name, report.Removed, c.want)
		}
	}
}
