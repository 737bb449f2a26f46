package storetest

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// queued queues a record, a second after the one before it.
func (h *house) queued(t *testing.T, r audit.Record) audit.Row {
	t.Helper()
	h.setNow(h.now.Add(time.Second))
	r.At = h.now
	row := audit.NewRow(&r)
	must(t, h.QueueAudit(ctx, row))
	return row
}

// link links what is queued, without seals.
func (h *house) link(t *testing.T) {
	t.Helper()
	log := audit.New(audit.Config{Store: h, Key: []byte("key"), Clock: h.clock})
	if _, err := log.Link(ctx); err != nil {
		t.Fatal(err)
	}
}

// testAudit tests the queue and the chain of the audit log.
func testAudit(t *testing.T, h *house) {
	first := h.queued(t, audit.Record{
		Event: "administration", Category: "administration", Kind: "users/{id}", Outcome: "ok", Actor: "root", ActorKind: "person", Person: "ada", ClientID: "shop", Target: "group1", ErrorID: "e1", Roles: []oauth.Change{{Field: "roles", After: "auditor"}},
		Origin: &audit.Origin{Name: "Root", Address: "192.0.2.1"}, Details: &audit.Details{PersonName: "Ada ☺", Changes: []oauth.Change{{Field: "email", Before: "a@b", After: ""}}},
	})
	must(t, h.QueueAudit(ctx, first)) // again
	h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "ok", Actor: "ada", Person: "ada", Kind: `,"roles":[`, Origin: &audit.Origin{Address: "192.0.2.2"}})
	h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "wrong_password", Origin: &audit.Origin{Address: "192.0.2.2"}})
	if waiting, err := h.AuditQueue(ctx, 2); err != nil || len(waiting) != 2 || waiting[0] != first {
		t.Fatalf("%v: got\n%+v, want first\n%+v", err, waiting, first)
	}
	h.link(t)
	head, anchor, err := h.AuditHeads(ctx)
	if err != nil || head.Seq != 3 || anchor.Seq != 0 {
		t.Fatalf("head %+v, anchor %+v, %v", head, anchor, err)
	}
	chain, err := h.AuditChain(ctx, 0, 2)
	must(t, err)
	linked := first
	linked.Seq, linked.Hash, linked.Seal = 1, chain[0].Hash, chain[0].Seal
	if len(chain) != 2 || chain[0] != linked || chain[0].Hash == (audit.Hash{}) || chain[1].Seq != 2 {
		t.Errorf("got\n%+v, want first\n%+v", chain, linked)
	}
	// Not from the present head: nothing changes.
	for _, from := range []audit.Head{{}, {Seq: 2, Hash: chain[1].Hash}, {Seq: 3}} {
		stray := h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "ok"})
		stray.Seq = 9
		if err := h.LinkAudit(ctx, from, audit.Head{Seq: 9}, []audit.Row{stray}); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("linking from %d: %v", from.Seq, err)
		}
	}
	if later, err := h.AuditChain(ctx, 3, 10); err != nil || len(later) != 0 {
		t.Errorf("a conflict has linked %v, %v", later, err)
	}
	h.testAuditLists(t, first.At)
	h.testAuditErasure(t)
	h.testAuditTrim(t)
}

func (h *house) testAuditLists(t *testing.T, start time.Time) {
	t.Helper()
	for name, c := range map[string]struct {
		filter audit.Filter
		want   string
	}{
		"all":                {audit.Filter{}, "321"},
		"category":           {audit.Filter{Category: "login"}, "32"},
		"event":              {audit.Filter{Event: "administration"}, "1"},
		"failed":             {audit.Filter{Failed: true}, "3"},
		"failed in category": {audit.Filter{Failed: true, Category: "administration"}, ""},
		"roles":              {audit.Filter{Roles: true}, "1"},
		"roles of a person":  {audit.Filter{Roles: true, Person: "ada"}, "1"},
		"roles in category":  {audit.Filter{Roles: true, Category: "login"}, ""},
		"actor":              {audit.Filter{Actor: "root"}, "1"},
		"person":             {audit.Filter{Person: "ada"}, "21"},
		"person and actor":   {audit.Filter{Person: "ada", Actor: "ada"}, "2"},
		"application":        {audit.Filter{ClientID: "shop"}, "1"},
		"target":             {audit.Filter{Target: "group1"}, "1"},
		"target and person":  {audit.Filter{Target: "group1", Person: "eve"}, ""},
		"another target":     {audit.Filter{Target: "group"}, ""},
		"error":              {audit.Filter{ErrorID: "e1"}, "1"},
		"address":            {audit.Filter{Address: "192.0.2.2"}, "32"},
		"part of an address": {audit.Filter{Address: "192.0.2."}, ""},
		"wildcard":           {audit.Filter{Address: "%"}, ""},
		"from":               {audit.Filter{From: start.Add(time.Second)}, "32"},
		"until":              {audit.Filter{Until: start.Add(time.Second)}, "1"},
		"from and until":     {audit.Filter{From: start.Add(time.Second), Until: start.Add(2 * time.Second)}, "2"},
	} {
		rows, _, err := h.AuditRows(ctx, c.filter, paging.Page{})
		must(t, err)
		got := ""
		for _, r := range rows {
			got += fmt.Sprint(r.Seq)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if n, err := h.CountAudit(ctx, c.filter); err != nil || n.N != len(c.want) || n.More {
			t.Errorf("%s: counted %+v, %v", name, n, err)
		}
	}
	page, cursor, err := h.AuditRows(ctx, audit.Filter{}, paging.Page{Limit: 2})
	must(t, err)
	if len(page) != 2 || cursor.Next == "" || cursor.Previous != "" {
		t.Fatalf("%+v %+v", page, cursor)
	}
	if page, cursor, err = h.AuditRows(ctx, audit.Filter{}, paging.Page{Limit: 2, After: cursor.Next}); err != nil || len(page) != 1 || page[0].Seq != 1 || cursor.Next != "" {
		t.Fatalf("%+v %+v %v", page, cursor, err)
	}
	if page, _, err = h.AuditRows(ctx, audit.Filter{}, paging.Page{Limit: 2, Before: cursor.Previous}); err != nil || len(page) != 2 || page[0].Seq != 3 {
		t.Fatalf("%+v %v", page, err)
	}
}

// testAuditErasure: what the log has about a deleted person is erased. Records about
// others are not changed.
func (h *house) testAuditErasure(t *testing.T) {
	t.Helper()
	for _, want := range []int{2, 1, 0} { // ada's login has both parts, and root's act one
		if n, err := h.EraseAudit(ctx, "ada", 1); err != nil || n != want {
			t.Fatalf("erased %d, %v, want %d", n, err, want)
		}
	}
	rows, err := h.AuditChain(ctx, 0, 3)
	must(t, err)
	for i, erased := range [][2]bool{{false, true}, {true, true}, {false, false}} {
		r := rows[i]
		if got := [2]bool{r.Origin.Text == "", r.Details.Text == ""}; got != erased || (r.Origin.Salt == [16]byte{}) != erased[0] || r.Origin.Digest == (audit.Hash{}) || r.Details.Digest == (audit.Hash{}) {
			t.Errorf("record %d: %+v", r.Seq, r)
		}
	}
	gone := &account.User{ID: "gone", Username: "gone"}
	must(t, h.CreateUser(ctx, gone, "gone", account.Unconditionally))
	must(t, h.DeleteUser(ctx, "gone", 0, h.now))
	waiting, err := h.AuditQueue(ctx, 100)
	must(t, err)
	found := 0
	for _, r := range waiting {
		if r.Event == oauth.EventErasure && r.Person == "gone" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the deletion of an account queued %d erasures: %+v", found, waiting)
	}
}

func (h *house) testAuditTrim(t *testing.T) {
	t.Helper()
	rows, err := h.AuditChain(ctx, 0, 3)
	must(t, err)
	anchor := audit.Head{Seq: 2, Hash: rows[1].Hash, Seal: audit.Hash{1}, At: rows[1].At}
	if err := h.TrimAudit(ctx, audit.Head{Seq: 1, Hash: rows[0].Hash}, anchor); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("trimming from another anchor: %v", err)
	}
	must(t, h.TrimAudit(ctx, audit.Head{}, anchor))
	if err := h.TrimAudit(ctx, audit.Head{}, anchor); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("trimming again: %v", err)
	}
	if _, stored, err := h.AuditHeads(ctx); err != nil || stored != anchor {
		t.Errorf("anchor %+v, %v, want %+v", stored, err, anchor)
	}
	if rows, err = h.AuditChain(ctx, 0, 10); err != nil || len(rows) != 1 || rows[0].Seq != 3 {
		t.Errorf("%+v %v", rows, err)
	}
	for holder, want := range map[string]bool{"a": true} {
		if held, err := h.LeaseAudit(ctx, holder, time.Minute); err != nil || held != want {
			t.Errorf("%s: %v %v", holder, held, err)
		}
	}
	if held, err := h.LeaseAudit(ctx, "b", time.Minute); err != nil || held {
		t.Errorf("a second holder: %v %v", held, err)
	}
	h.setNow(h.now.Add(time.Hour))
	if held, err := h.LeaseAudit(ctx, "b", time.Minute); err != nil || !held {
		t.Errorf("after the lease: %v %v", held, err)
	}
}

// testAuditContention: the chain is linear, however many processes link at once.
func testAuditContention(t *testing.T, h *house) {
	const writers, each = 8, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			log := audit.New(audit.Config{Store: h, Key: []byte("key"), Clock: h.clock})
			for range each {
				if err := h.QueueAudit(ctx, audit.NewRow(&audit.Record{At: h.now, Event: "login", Category: "login", Outcome: "ok"})); err != nil {
					t.Error(err)
				}
				if _, err := log.Link(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	h.link(t)
	report, err := audit.Verify(ctx, h, audit.Check{Key: []byte("key"), Now: h.now})
	if err != nil || len(report.Faults) > 0 || report.Records != writers*each || report.Waiting > 0 {
		t.Errorf("%+v %v", report, err)
	}
}

// testAuditLongTexts: long texts in all fields do not stop the log, also if they cannot be
// compressed.
func testAuditLongTexts(t *testing.T, h *house) {
	long := func() string {
		b := make([]byte, 4<<10)
		_, _ = rand.Read(b) // never fails (crypto/rand)
		return hex.EncodeToString(b)
	}
	h.queued(t, audit.Record{
		Event: long(), Category: long(), Kind: long(), Outcome: long(), Reason: long(), Actor: long(), ActorKind: long(), Person: long(), ClientID: long(),
		Target: long(), PermissionID: long(), Scope: long(), ErrorID: long(),
	})
	h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "ok"})
	h.link(t)
	report, err := audit.Verify(ctx, h, audit.Check{Key: []byte("key"), Now: h.now})
	if err != nil || len(report.Faults) > 0 || report.Records != 2 {
		t.Errorf("%+v %v", report, err)
	}
}

// testAuditErasureOfAttempts: where the actor is not known, the Origin is about the person.
func testAuditErasureOfAttempts(t *testing.T, h *house) {
	for _, actor := range []string{"", "ada", "root"} {
		h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "wrong_password", Actor: actor, Person: "ada", Origin: &audit.Origin{Address: "192.0.2.2"}})
	}
	h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "wrong_password", Person: "bob"})
	h.queued(t, audit.Record{Event: "login", Category: "login", Outcome: "wrong_password"})
	h.link(t)
	if n, err := h.EraseAudit(ctx, "ada", 10); err != nil || n < 3 {
		t.Errorf("erased %d, %v", n, err)
	}
	rows, err := h.AuditChain(ctx, 0, 10)
	must(t, err)
	for i, erased := range [][2]bool{{true, true}, {true, true}, {false, true}, {false, false}, {false, false}} {
		if got := [2]bool{rows[i].Origin.Text == "", rows[i].Details.Text == ""}; got != erased {
			t.Errorf("record %d: erased %v, want %v", rows[i].Seq, got, erased)
		}
	}
	if n, err := h.EraseAudit(ctx, "ada", 10); err != nil || n != 0 {
		t.Errorf("erased %d again, %v", n, err)
	}
}
