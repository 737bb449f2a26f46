package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestPageWithWaitingRecordsHasTheRequestedSize: the pages together have each record once, and the
// last page has only the oldest.
func TestPageWithWaitingRecordsHasTheRequestedSize(t *testing.T) {
	v := newVault(t)
	v.record(t, 7)
	for range 2 { // these wait
		v.now = v.now.Add(time.Minute)
		v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
	}
	list := func(p paging.Page) (minutes []int, next string) {
		records, cursor, err := audit.List(ctx, v, audit.Filter{}, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			minutes = append(minutes, int(r.At.Sub(start).Minutes()))
		}
		return minutes, cursor.Next
	}
	var pages [][]int
	for p := (paging.Page{Limit: 4}); ; {
		minutes, next := list(p)
		pages = append(pages, minutes)
		if p.After = next; next == "" {
			break
		}
	}
	if got, want := fmt.Sprint(pages), "[[9 8 7 6] [5 4 3 2] [1]]"; got != want {
		t.Errorf("pages %s, want %s", got, want)
	}
	if last, _ := list(paging.Page{Limit: 4, Last: true}); len(last) > 4 || last[len(last)-1] != 1 {
		t.Errorf("the last page is %v", last)
	}
	if one, next := list(paging.Page{Limit: 1}); fmt.Sprint(one) != "[9 8 7]" || next == "" {
		t.Errorf("a page of one is %v", one)
	}
}
