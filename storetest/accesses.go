package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testAccesses tests that the access of a client for a person is that of the valid families of both,
// for many pairs in one call.
func testAccesses(t *testing.T, h *house) {
	h.client(t, "c")
	began := h.now
	for i, f := range []struct {
		subject, scope string
		limit          time.Duration
	}{
		{"ada", "read", 0},
		{"ada", "write", 0},
		{"ada", "limited", time.Minute},
		{"ada", "past", time.Second},
		{"ada", "revoked", 0},
		{"bob", "other", time.Minute},
	} {
		h.setNow(began.Add(time.Duration(i+1) * time.Millisecond))
		ticket := h.ticket(f.subject)
		if ticket.Scope = (oauth.Scopes{f.scope}); f.limit > 0 {
			ticket.Details.Until = began.Add(f.limit)
		}
		must(t, h.Put(ctx, ticket))
		got, err := h.Spend(ctx, h.spend(ticket))
		must(t, err)
		if !got.Won {
			t.Fatal("the ticket was not spent")
		}
		if f.scope == "revoked" {
			must(t, h.revoke(oauth.Revocation{ClientID: "c", Families: []oauth.ID{ticket.ID}, At: h.now}))
		}
	}
	h.setNow(began.Add(2 * time.Second))
	var keys []oauth.ConsentKey
	for _, subject := range []string{"bob", "nobody", "ada", "\x00", "ada"} {
		keys = append(keys, oauth.ConsentKey{Subject: subject, ClientID: "c"})
	}
	keys = append(keys, oauth.ConsentKey{Subject: "ada", ClientID: "other"})
	accesses, err := h.Accesses(ctx, keys, false)
	must(t, err)
	var got []string
	for _, a := range accesses {
		slices.Sort(a.Scope)
		got = append(got, fmt.Sprint(a.Scope, ", ", a.Active(), ", ", a.Until.Sub(began) > time.Minute))
	}
	const all, none = "limited read write, true, true", ", false, false"
	same(t, "accesses", got, []string{"other, true, false", none, all, none, all, none})
	if until := accesses[0].Until; !until.Equal(began.Add(time.Minute)) {
		t.Errorf("the access for a limited time ends after %v, want a minute", until.Sub(began))
	}
	if none, err := h.Accesses(ctx, nil, true); err != nil || len(none) != 0 {
		t.Errorf("without keys: %v, %v", none, err)
	}
}
