package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testChanges(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	change := func(ticket oauth.Ticket, to string) oauth.ChangeRequest {
		return oauth.ChangeRequest{Kind: ticket.Kind, ID: ticket.ID, From: ticket.State, To: to, Now: h.now}
	}

	t.Run("a change moves the state and keeps the rest", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := change(ticket, "done")
		r.Now = h.now.Add(time.Second)
		got, err := h.Change(ctx, r)
		must(t, err)
		ticket.State = "done"
		same(t, "ticket", got.Ticket, ticket)
		if !got.Won {
			t.Error("the change was not won")
		}
		again, err := h.Change(ctx, r)
		must(t, err)
		if again.Won {
			t.Error("the same change was won twice")
		}
		same(t, "ticket as found", again.Ticket, ticket)
	})

	t.Run("a permission is replaced as a whole, and counts from the change on", func(t *testing.T) {
		ticket := h.put(t, "")
		permission := oauth.Permission{Subject: "id-ada", Scope: oauth.Scopes{"write"}, AuthTime: h.now, Details: oauth.Details{ACR: "2"}}
		r := change(ticket, "allowed")
		r.Permission, r.Now = &permission, h.now.Add(time.Second)
		got, err := h.Change(ctx, r)
		must(t, err)
		ticket.State, ticket.Permission, ticket.IssuedAt = "allowed", permission, r.Now
		same(t, "ticket", got.Ticket, ticket)
		kept, _, err := h.Ticket(ctx, someKind, ticket.ID)
		must(t, err)
		same(t, "ticket afterwards", kept, ticket)
		spend := h.spend(ticket)
		if got, err := h.Spend(ctx, spend); err != nil || !got.Won {
			t.Fatalf("got %+v %v", got, err)
		}
		f, _, err := h.Family(ctx, ticket.ID)
		must(t, err)
		same(t, "the family's permission", f.Permission, permission)
	})

	t.Run("a body is replaced unless it is empty", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := change(ticket, "next")
		r.Body = `{"n":"another"}`
		got, err := h.Change(ctx, r)
		must(t, err)
		ticket.State = "next"
		if got.Ticket.Body != r.Body {
			t.Errorf("the body is %s", got.Ticket.Body)
		}
		got, err = h.Change(ctx, change(ticket, "last"))
		must(t, err)
		if got.Ticket.Body != r.Body {
			t.Errorf("the body became %q", got.Ticket.Body)
		}
	})

	for name, spoil := range map[string]func(*oauth.ChangeRequest){
		"from another state":            func(r *oauth.ChangeRequest) { r.From = "pending" },
		"in the millisecond it expires": func(r *oauth.ChangeRequest) { r.Now = h.now.Add(time.Minute) },
		"long after it has expired":     func(r *oauth.ChangeRequest) { r.Now = h.now.Add(time.Hour) },
		"from the state it is moved to": func(r *oauth.ChangeRequest) { r.From = r.To },
	} {
		t.Run("a ticket is not changed "+name, func(t *testing.T) {
			ticket := h.put(t, "id-ada")
			r := change(ticket, "done")
			r.Body, r.Permission = "{}", &oauth.Permission{Subject: "id-eve"}
			spoil(&r)
			got, err := h.Change(ctx, r)
			must(t, err)
			if got.Won {
				t.Error("the change was won")
			}
			same(t, "ticket as found", got.Ticket, ticket)
		})
	}

	t.Run("a spent ticket is not changed", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || !got.Won {
			t.Fatalf("got %+v %v", got, err)
		}
		if got, err := h.Change(ctx, change(ticket, "done")); err != nil || got.Won || got.Ticket.State != "ready" {
			t.Errorf("got %+v %v", got, err)
		}
	})

	for name, test := range map[string]struct {
		change func(*oauth.Cancellation)
		won    bool
	}{
		"a ticket of a disabled client and a disabled person is cancelled": {func(*oauth.Cancellation) {}, true},
		"a ticket is cancelled, and then spent":                            {func(c *oauth.Cancellation) { c.Spent = true }, true},
		"a ticket is not cancelled from another state":                     {func(c *oauth.Cancellation) { c.From = "pending" }, false},
		"a ticket that was replaced is not cancelled":                      {func(c *oauth.Cancellation) { c.Proof[0]++ }, false},
		"a ticket is not cancelled in the millisecond it expires":          {func(c *oauth.Cancellation) { c.Now = c.Now.Add(time.Minute) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h.client(t, "off")
			ticket := h.ticket("id-eve")
			ticket.ClientID = "off"
			must(t, h.Put(ctx, ticket))
			must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "off", Disabled: true, At: h.now}))
			must(t, h.SetSubject(ctx, "id-eve", true, h.now))
			c := oauth.Cancellation{Kind: ticket.Kind, ID: ticket.ID, From: ticket.State, To: "cancelled", Proof: ticket.Proof, Now: h.now}
			test.change(&c)
			for _, won := range []bool{test.won, false} { // once
				if won {
					if ticket.State = c.To; c.Spent {
						ticket.SpentAt = h.now
					}
				}
				got, err := h.Cancel(ctx, c)
				must(t, err)
				same(t, "ticket", got.Ticket, ticket)
				if got.Won != won {
					t.Errorf("won: %t, want %t", got.Won, won)
				}
				kept, _, err := h.Ticket(ctx, ticket.Kind, ticket.ID)
				must(t, err)
				same(t, "ticket afterwards", kept, ticket)
			}
			if c.Spent {
				c.From = c.To
				if got, err := h.Cancel(ctx, c); err != nil || got.Won {
					t.Errorf("a spent ticket: won %t, %v", got.Won, err)
				}
			}
			must(t, h.DeleteClient(ctx, "off"))
		})
	}

	t.Run("an unknown ticket, or one of another kind, is not cancelled", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		for _, c := range []oauth.Cancellation{{Kind: ticket.Kind, ID: oauth.NewID(h.now), Now: h.now}, {Kind: "other", ID: ticket.ID, From: ticket.State, Now: h.now}} {
			if _, err := h.Cancel(ctx, c); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}
