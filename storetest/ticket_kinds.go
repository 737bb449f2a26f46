package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A kindOfTicket describes the tickets of a kind. A Store does not know the kinds, so a new kind
// with the same fields as another kind needs no entry.
type kindOfTicket struct {
	kind oauth.TicketKind
	// change changes a ticket that h.ticket has returned to one of this kind.
	change func(*oauth.Ticket)
	// spent is set if tickets of this kind are spent. The others are only written, once.
	spent bool
	// to is the state to which such a ticket changes before it is used, or empty.
	to string
}

// withoutClient removes everything that belongs to a client or a person.
func withoutClient(ticket *oauth.Ticket) {
	ticket.ClientID, ticket.Permission, ticket.State = "", oauth.Permission{}, ""
}

// kindsOfTickets are the kinds of the server: those that package provider and the admin API write.
func kindsOfTickets() []kindOfTicket {
	return []kindOfTicket{
		{kind: "code", spent: true, change: func(ticket *oauth.Ticket) { ticket.State = "" }},
		{kind: "push", spent: true, change: func(ticket *oauth.Ticket) {
			ticket.State, ticket.Permission = "", oauth.Permission{Scope: ticket.Scope}
		}},
		{kind: "device", spent: true, to: "approved", change: func(ticket *oauth.Ticket) {
			ticket.State, ticket.Permission = "pending", oauth.Permission{Scope: ticket.Scope}
		}},
		{kind: "kept", spent: true, change: func(ticket *oauth.Ticket) {
			withoutClient(ticket)
			ticket.Body = "a handle, which is not JSON"
		}},
		{kind: "answer", change: func(ticket *oauth.Ticket) { ticket.State = "" }},
		{kind: "user_code", change: func(ticket *oauth.Ticket) { ticket.State, ticket.Permission = "", oauth.Permission{} }},
		{kind: "device_answer", change: func(ticket *oauth.Ticket) {
			withoutClient(ticket)
			ticket.State, ticket.Body = "denied", ""
		}},
		{kind: "assertion", change: func(ticket *oauth.Ticket) {
			client := ticket.ClientID
			withoutClient(ticket)
			ticket.ClientID, ticket.Body, ticket.Proof = client, "", oauth.Hash{}
			ticket.ExpiresAt = ticket.ExpiresAt.Add(-oauth.KeepTicket)
		}},
		{kind: "admin-api", to: "done", change: func(ticket *oauth.Ticket) {
			withoutClient(ticket)
			ticket.State, ticket.Body = "begun", ""
			ticket.ID = oauth.IDFrom(ticket.IssuedAt.Add(-47*time.Hour), [10]byte(ticket.ID[6:])) // see oauth.LongestTicket
		}},
	}
}

// testTicketKinds checks that a ticket of each kind can be written once and used once, also at
// the same time, and only if it is presented as what it is.
func testTicketKinds(t *testing.T, h *house) {
	all := kindsOfTickets()
	for i, kind := range all {
		ticket, next := h.ticket("id-ada"), all[(i+1)%len(all)].kind
		ticket.Kind = kind.kind
		kind.change(&ticket)
		written := together(crowd/8, func(int) bool {
			err := h.Put(ctx, ticket)
			if err != nil && !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("%s: %v", kind.kind, err)
			}
			return err == nil
		})
		if n := count(written); n != 1 {
			t.Errorf("%s: %d of %d callers wrote it", kind.kind, n, len(written))
		}
		got, _, err := h.Ticket(ctx, kind.kind, ticket.ID)
		must(t, err)
		same(t, string(kind.kind), got, ticket)
		if _, _, err := h.Ticket(ctx, next, ticket.ID); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("%s is found as %s: %v", kind.kind, next, err)
		}
		if kind.to != "" {
			h.changeKind(t, &ticket, kind.to)
		}
		if kind.spent {
			h.spendKind(t, ticket, next)
		}
	}
}

// changeKind changes the state of a ticket. One of several callers succeeds.
func (h *house) changeKind(t *testing.T, ticket *oauth.Ticket, to string) {
	t.Helper()
	r := oauth.ChangeRequest{Kind: ticket.Kind, ID: ticket.ID, From: ticket.State, To: to, Now: h.now, Body: `{"n":"changed"}`}
	if ticket.ClientID != "" {
		permission := h.ticket("id-ada").Permission
		r.Permission = &permission
	}
	won := together(crowd/8, func(int) bool {
		got, err := h.Change(ctx, r)
		if err != nil {
			t.Errorf("%s: %v", ticket.Kind, err)
		}
		return got.Won
	})
	if n := count(won); n != 1 {
		t.Errorf("%s: %d of %d callers changed its state", ticket.Kind, n, len(won))
	}
	got, _, err := h.Ticket(ctx, ticket.Kind, ticket.ID)
	must(t, err)
	ticket.State, ticket.Body = to, r.Body
	if r.Permission != nil {
		ticket.Permission = *r.Permission
	}
	same(t, "changed "+string(ticket.Kind), got, *ticket)
}

// spendKind spends a ticket. Only one of several callers succeeds, and a caller with a wrong
// value never does.
func (h *house) spendKind(t *testing.T, ticket oauth.Ticket, other oauth.TicketKind) {
	t.Helper()
	request := func() oauth.SpendRequest {
		r := h.spend(ticket)
		if ticket.ClientID == "" {
			r.Family, r.Access = nil, nil
		}
		return r
	}
	for name, spoil := range map[string]func(*oauth.SpendRequest){
		"another proof": func(r *oauth.SpendRequest) { r.Proofs[0][0]++ },
		"another kind":  func(r *oauth.SpendRequest) { r.Kind = other },
		"another state": func(r *oauth.SpendRequest) { r.State += "x" },
		"too late":      func(r *oauth.SpendRequest) { r.Now = ticket.ExpiresAt },
	} {
		r := request()
		spoil(&r)
		if got, err := h.Spend(ctx, r); got.Won || err != nil && !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("%s, %s: %+v %v", ticket.Kind, name, got, err)
		}
	}
	won := together(crowd/8, func(int) bool {
		got, err := h.Spend(ctx, request())
		if err != nil {
			t.Errorf("%s: %v", ticket.Kind, err)
		}
		return got.Won
	})
	if n := count(won); n != 1 {
		t.Errorf("%s: %d of %d callers spent it", ticket.Kind, n, len(won))
	}
}
